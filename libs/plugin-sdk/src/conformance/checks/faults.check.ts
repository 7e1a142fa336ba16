import type { TransientError } from '../../errors.js';
import { told, type CapabilityBench, type WorkingExample } from '../bench.js';
import { mismatch } from '../matches.js';
import { RETRY_AFTER_MS } from '../other-system.js';
import type { Check } from '../report.js';
import { Fault, type ScriptedReply } from '../table.js';
import type { Ending, Trial, TrialRequest } from '../trial.js';

/** Which check a fault belongs to, and the fate that it is to have. */
const EXPECTED: Readonly<Record<Fault, { check: Check; fate: 'permanent' | 'transient' }>> = {
  '401': { check: 'status', fate: 'permanent' },
  '403': { check: 'status', fate: 'permanent' },
  '404': { check: 'status', fate: 'permanent' },
  '409': { check: 'status', fate: 'permanent' },
  '422': { check: 'status', fate: 'permanent' },
  '429': { check: 'retry-after', fate: 'transient' },
  '500': { check: 'status', fate: 'transient' },
  '503': { check: 'status', fate: 'transient' },
  timeout: { check: 'timeout', fate: 'transient' },
  cut: { check: 'cut', fate: 'transient' },
  'broken-json': { check: 'malformed', fate: 'permanent' },
  'wrong-shape': { check: 'malformed', fate: 'permanent' },
};

/** Makes each request of an example fail in each way, and looks at what the capability makes of it. */
export async function checkFaults(
  { capability, trials, findings }: CapabilityBench,
  working: WorkingExample,
): Promise<void> {
  const { example, place, requests, output } = working;
  const { input, replies, handles } = example;
  const request = { action: 'run' as const, capability: capability.name, input, replies };
  await faultsOf({ trials, findings }, { request, requests, place, replies, handles }, (ending) =>
    ending.how === 'result'
      ? { value: ending.value.output, isMeant: same(ending.value.output, output) }
      : null,
  );
}

/** Something that makes requests, each of which is to fail in each way. */
interface FaultTarget {
  request: TrialRequest;
  requests: number;
  place: string;
  replies: readonly ScriptedReply[];
  handles: readonly Fault[];
}

/** `isMeant`: it is what it gives without a fault, too. */
type GivenOf = (ending: Ending) => { value: unknown; isMeant: boolean } | null;

/** Makes each request fail in each way; what is given nevertheless is a fault of its own. */
export async function faultsOf(
  { trials, findings }: Pick<CapabilityBench, 'trials' | 'findings'>,
  { request, requests, place, replies, handles }: FaultTarget,
  givenOf: GivenOf,
): Promise<void> {
  for (let at = 0; at < requests; at++) {
    for (const fault of Fault.options) {
      if (EXPECTED[fault].check === 'malformed' && replies[at]?.json === undefined) continue;
      const trial = await trials.attempt({ ...request, injection: { at, fault } });
      const complaint = complaintOf(trial, fault, { handles, given: givenOf(trial.ending) });
      const where = `${place}, request ${at + 1}: ${fault}`;
      findings.judge(EXPECTED[fault].check, where, complaint === null ? [] : [complaint]);
    }
  }
}

function complaintOf(
  { ending, system }: Trial,
  fault: Fault,
  { handles, given }: { handles: readonly Fault[]; given: ReturnType<GivenOf> },
): string | null {
  const { fate, check } = EXPECTED[fault];
  if (given !== null) {
    if (handles.includes(fault)) return null;
    // What does not look at the body is not misled by it.
    if (check === 'malformed' && given.isMeant) return null;
    return `It makes an output of it. If it means to, say so in the example: handles: ["${fault}"].`;
  }
  // What goes on after a fault asks for what the example does not tell.
  if (handles.includes(fault) && system.complaints.length > 0) return null;
  if (ending.how !== fate) {
    const [more] = system.complaints;
    return `It is ${fate}, but ${told(ending)}${more === undefined ? '' : ` ${more}`}`;
  }
  if (fault !== '429' || ending.how !== 'transient') return null;
  const { retryAfterMs } = ending.error as TransientError;
  if (retryAfterMs !== undefined && retryAfterMs >= RETRY_AFTER_MS) return null;
  return (
    `Retry-After says ${RETRY_AFTER_MS} ms, and its error ${retryAfterMs ?? 'nothing'}: pass on the error of the ` +
    'port, or its retryAfterMs.'
  );
}

function same(one: unknown, other: unknown): boolean {
  return mismatch(one, other) === null && mismatch(other, one) === null;
}
