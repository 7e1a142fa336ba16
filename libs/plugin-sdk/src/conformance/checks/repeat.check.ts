import { told, type CapabilityBench, type WorkingExample } from '../bench.js';
import { mismatch } from '../matches.js';
import type { SeenRequest } from '../other-system.js';
import type { ReconcileExample } from '../table.js';
import type { Trial } from '../trial.js';

const KEY = 'conformance-key-that-comes-again';
const OTHER_KEY = 'conformance-key-of-another-call';
/** Sent twice to the same address they have one effect (RFC 9110, 9.2.2). */
const IDEMPOTENT = new Set(['PUT', 'DELETE']);

/**
 * Whether the same key twice has one effect: every write of the second attempt carries the key or something
 * made of it, or is a PUT or DELETE to the same address.
 */
export async function checkIdempotency(
  { capability, trials, findings }: CapabilityBench,
  { example, place }: WorkingExample,
): Promise<void> {
  const again = example.repeat?.replies ?? example.replies;
  const base = { action: 'run' as const, capability: capability.name, input: example.input };
  const first = await trials.attempt({ ...base, replies: example.replies, idempotencyKey: KEY, fresh: true });
  const second = await trials.attempt({ ...base, replies: again, idempotencyKey: KEY });
  const other = await trials.attempt({ ...base, replies: again, idempotencyKey: OTHER_KEY, fresh: true });
  const complaints = writesOf(second).flatMap((write) => {
    const complaint = unguarded(write, writesOf(first), writesOf(other));
    return complaint === null ? [] : [complaint];
  });
  if (example.repeat === undefined) complaints.push(...differentAnswers(first, second));
  else if (second.ending.how !== 'result')
    complaints.push(`The repeat is to work, but ${told(second.ending)}`);
  findings.judge('idempotency', place, complaints);
}

function writesOf({ system }: Trial): SeenRequest[] {
  return system.seen.filter(({ method, read }) => method !== 'GET' && !read);
}

function unguarded(
  write: SeenRequest,
  before: readonly SeenRequest[],
  other: readonly SeenRequest[],
): string | null {
  const { method, url } = write;
  const told = `${method} ${url.pathname}`;
  const text = fingerprint(write);
  const keyed = text.includes(KEY) || !other.some((one) => fingerprint(one) === text);
  const known = before.some((one) =>
    text.includes(KEY) || IDEMPOTENT.has(method)
      ? one.method === method && one.url.href === url.href
      : fingerprint(one) === text,
  );
  if (known && (keyed || IDEMPOTENT.has(method))) return null;
  if (!known)
    return `The repeat sends another ${told} than the first attempt: it would make a second change.`;
  return (
    `${told} carries nothing of the idempotency key, so that a repeat makes the change again: send the key, ` +
    'look first whether it was made ("repeat" in the example), or declare effect "write".'
  );
}

function fingerprint({ method, url, headers, body }: SeenRequest): string {
  return `${method} ${url.href}\n${JSON.stringify(headers)}\n${body}`;
}

function differentAnswers({ ending: first }: Trial, { ending: second }: Trial): string[] {
  if (first.how !== 'result' || second.how !== 'result')
    return [`The repeat is to work, but ${told(second)}`];
  const difference = mismatch(second.value.output, first.value.output);
  return difference === null
    ? []
    : [`The same key gets two answers: ${difference.replace('the example', 'the first')}.`];
}

/** Whether `reconcile` tells what became of a write, changes nothing, and does not guess. */
export async function checkReconcile(
  bench: CapabilityBench,
  { example, place }: WorkingExample,
): Promise<void> {
  for (const [at, reconcile] of example.reconcile.entries())
    await checkOne(bench, `${place}, reconcile ${at + 1}`, { input: example.input, reconcile });
}

async function checkOne(
  { capability, trials, findings }: CapabilityBench,
  place: string,
  { input, reconcile }: { input: unknown; reconcile: ReconcileExample },
): Promise<void> {
  const { replies } = reconcile;
  const request = {
    action: 'reconcile' as const,
    capability: capability.name,
    input,
    replies,
    idempotencyKey: KEY,
  };
  const trial = await trials.attempt(request);
  findings.judge('reconcile', place, complaintsOf(trial, reconcile));
  for (const fault of ['401', '503', 'timeout'] as const) {
    if (trial.system.seen.length === 0) return;
    const { ending } = await trials.attempt({ ...request, injection: { at: 0, fault } });
    const guesses = ending.how === 'reconciled' && ending.value.happened === false;
    const text = `It says that the write did not happen where the other system did not answer: throw, or say "unknown".`;
    findings.judge(
      'reconcile',
      `${place}: ${fault}`,
      guesses || ending.how === 'defect' ? [guesses ? text : told(ending)] : [],
    );
  }
}

function complaintsOf(trial: Trial, wanted: ReconcileExample): string[] {
  const { ending, system } = trial;
  const [write] = writesOf(trial);
  if (write !== undefined)
    return [`It sends ${write.method} ${write.url.pathname}: reconcile looks, and changes nothing.`];
  const [complaint] = system.complaints;
  if (complaint !== undefined) return [complaint];
  if (ending.how !== 'reconciled') return [`It is to tell what became of the write, but ${told(ending)}`];
  const { value } = ending;
  if (value.happened !== wanted.happened)
    return [`It says happened: ${String(value.happened)}, where the example has ${String(wanted.happened)}.`];
  if (value.happened !== true || wanted.output === undefined) return [];
  const difference = mismatch(value.output, wanted.output);
  return difference === null ? [] : [difference];
}
