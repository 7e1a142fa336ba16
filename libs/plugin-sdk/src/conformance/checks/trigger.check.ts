import { z } from 'zod';
import { told, type TriggerBench, type TriggerOutcome } from '../bench.js';
import { mismatch } from '../matches.js';
import { isRecord } from '../sample.js';
import type { TriggerExample } from '../table.js';
import type { Trial, TrialRequest } from '../trial.js';
import { faultsOf } from './faults.check.js';
import { checkHookSender, checkMalformedHooks, sentBy } from './webhook.check.js';
import { checkStreamLife, Emissions } from './stream.check.js';
import { cancelComplaint } from './cancel.check.js';

const CURSOR_BYTES_MAX = 64 * 1024;
const Event = z.looseObject({ id: z.string().min(1).max(512), data: z.unknown() });
const Events = z.array(Event);

/** Whether a trigger does what its examples say, names its events for ever, and fails as it is to. */
export async function checkTrigger(bench: TriggerBench, examples: readonly TriggerExample[]): Promise<void> {
  const { name, findings } = bench;
  if (examples.length === 0)
    return findings.warn('examples', name, 'There is no example of it, so that nothing of it was looked at.');
  for (const [at, example] of examples.entries()) {
    const place = examples.length === 1 ? name : `${name}, ${example.name ?? `example ${at + 1}`}`;
    await checkOne(bench, place, example);
  }
  if (bench.trigger.kind === 'poll' && !examples.some(({ events }) => events?.length === 0))
    findings.warn('examples', name, 'No example has a look that finds nothing: "events: []".');
}

async function checkOne(bench: TriggerBench, place: string, example: TriggerExample): Promise<void> {
  const { trials, findings, trigger } = bench;
  const request = requestOf(bench, example);
  const { outcome, trial } = await performed(bench, request);
  findings.judge('hosts', place, trial.undeclared.map(undeclaredText));
  const complaint = outcome === null ? `The example is to work, but ${told(trial.ending)}` : null;
  const wrong = complaint ?? trial.system.complaints[0] ?? (outcome && exampleComplaint(outcome, example));
  findings.judge('example', place, wrong === null ? [] : [wrong]);
  if (outcome === null || wrong !== null) return;
  findings.judge('output', place, eventComplaints(bench, outcome));
  const again = await performed(bench, request);
  findings.judge('event-id', place, idComplaints(outcome, again.outcome));
  if (trigger.kind === 'webhook') {
    checkHookSender(bench, place, example);
    await checkMalformedHooks(bench, place, request);
  } else findings.judge('cursor', place, cursorComplaints(outcome, example));
  if (trigger.kind === 'stream') await checkStreamLife(bench, place, { request, outcome });
  const requests = trial.system.seen.length;
  if (requests === 0) return;
  const { handles, replies } = example;
  const of = { request, requests: Math.min(requests, replies.length), place, replies, handles };
  await faultsOf({ trials, findings }, of, (ending) =>
    ending.how === 'triggered' ? { value: ending.value, isMeant: false } : null,
  );
  const { ending } = await trials.cancelled(request, true);
  // A stream may end by itself when it is told to.
  const late = cancelComplaint(ending, trigger.kind !== 'stream');
  findings.judge('cancel', place, late === null ? [] : [late]);
}

function requestOf({ name }: TriggerBench, example: TriggerExample): TrialRequest {
  const { options, cursor = null, replies, request } = example;
  const sent = request === undefined ? undefined : sentBy(request);
  return { action: 'trigger', capability: name, replies, trigger: { options, cursor, ...sent } };
}

/** The events that came of it; null when it did not work. */
async function performed(
  { trials, trigger }: TriggerBench,
  request: TrialRequest,
): Promise<{ outcome: TriggerOutcome | null; trial: Trial }> {
  if (trigger.kind === 'stream') {
    const emissions = new Emissions();
    const trial = await trials.streamed(emissions.request(request));
    return { outcome: trial.ending.how === 'triggered' ? emissions.outcome : null, trial };
  }
  const trial = await trials.attempt(request);
  const { ending } = trial;
  if (ending.how !== 'triggered') return { outcome: null, trial };
  return { outcome: outcomeOf(ending.value), trial };
}

function outcomeOf(value: unknown): TriggerOutcome | null {
  if (value === 'ignored') return { events: [], cursor: null };
  if (!isRecord(value)) return null;
  const events = Events.safeParse(value['events'] ?? []);
  return events.success ? { events: events.data, cursor: value['cursor'] ?? null } : null;
}

function exampleComplaint({ events }: TriggerOutcome, example: TriggerExample): string | null {
  return example.events === undefined ? null : mismatch(events, example.events, 'events');
}

function eventComplaints({ trigger }: TriggerBench, { events }: TriggerOutcome): string[] {
  const ids = new Set(events.map(({ id }) => id));
  const twice = ids.size < events.length ? ['Two of its events have the same id: they would be one.'] : [];
  const wrong = events.flatMap(({ id, data }) => {
    const parsed = trigger.event.safeParse(data);
    return parsed.success
      ? []
      : [`The data of "${id}" breaks the event schema: ${z.prettifyError(parsed.error)}`];
  });
  return [...twice, ...wrong];
}

function idComplaints(first: TriggerOutcome, again: TriggerOutcome | null): string[] {
  const idsOf = (outcome: TriggerOutcome | null) => outcome?.events.map(({ id }) => id).join('\n');
  return idsOf(first) === idsOf(again)
    ? []
    : [
        'What happened once gets another id when it is looked at again, and would start a second run: make the ' +
          'id of what the other system says.',
      ];
}

function cursorComplaints({ cursor }: TriggerOutcome, example: TriggerExample): string[] {
  const before = example.cursor ?? null;
  if (cursor === null && before !== null)
    return ['It was given a cursor and gives none: the next look would begin anew.'];
  const text = JSON.stringify(cursor) ?? '';
  if (text === '' || mismatch(JSON.parse(text), cursor) !== null) return ['The cursor is no JSON.'];
  return text.length > CURSOR_BYTES_MAX ? [`The cursor has ${text.length} characters.`] : [];
}

function undeclaredText(host: string): string {
  return `It calls "${host}", which is not one of its declared hosts: add it to \`hosts\`.`;
}
