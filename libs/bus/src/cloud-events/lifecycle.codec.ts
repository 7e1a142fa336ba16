import {
  type ControlMessage,
  type DefinitionsChanged,
  type JournalEntry,
  type LifecycleMessage,
  type ReviewChanged,
  type ReviewStatus,
  RUN_ENDED,
  type RunChanged,
  type RunStatus,
  uuidv7,
  VALUE_BYTES_MAX,
  type WorkflowIdentity,
} from '@tutti/contracts';
import { formatTraceparent, parseTraceparent } from '@tutti/telemetry';
import { headerText, type RecordHeaders } from './kafka-binding.js';
import { type StandardEvent, standardEvents, timeText } from './lifecycle-data.js';

/**
 * How much of a run's life is published. `all`: every standard event; `workflow`: those of the run, not of
 * its tasks; `internal`: only what the hub's own processes need, one record a turn.
 */
export const LIFECYCLE_LEVELS = ['all', 'workflow', 'internal'] as const;
export type LifecycleLevel = (typeof LIFECYCLE_LEVELS)[number];

/** A record of a topic, ready for a Kafka client. */
export interface EventRecord {
  key: string;
  headers: Record<string, string>;
  value: string;
}

export type { RecordHeaders };

const STANDARD = 'io.serverlessworkflow.';
const RUN_CHANGED = 'io.tutti.run.changed.v1';
const REVIEW_CHANGED = 'io.tutti.review.changed.v1';
const DEFINITIONS_CHANGED = 'io.tutti.definitions.changed.v1';

/**
 * The CloudEvents of a lifecycle message, in Kafka binary mode. The change of a run becomes its standard
 * events; the last of them carries, as extension attributes, what the hub's own processes need of the turn,
 * so that there is one such record for each change. A turn without a standard event has a record of its own.
 * The ids follow from run, revision and place: an event that is published again is known by its id.
 */
export function encodeLifecycle(
  message: LifecycleMessage | ControlMessage,
  level: LifecycleLevel = 'all',
): EventRecord[] {
  switch (message.kind) {
    case 'run.changed':
      return encodeRunChanged(message, level);
    case 'review.changed':
      return [encodeReviewChanged(message)];
    case 'definitions.changed':
      return [encodeDefinitionsChanged(message)];
  }
}

/**
 * Whether a record may carry something for the hub's own processes, seen from the bytes of its headers: most
 * are standard events for others, and need not be read at all.
 */
export function isForHub(rawHeaders: Buffer): boolean {
  return rawHeaders.includes('ce_tuttirevision') || rawHeaders.includes('io.tutti.');
}

/** The message that a record carries for the hub's own processes; null: it is for others only. */
export function decodeLifecycle(
  headers: RecordHeaders,
  value: Uint8Array | string | null,
): LifecycleMessage | ControlMessage | null {
  if (headers.ce_tuttirevision !== undefined) return decodeRunChanged(headers, value);
  const type = headerText(headers.ce_type);
  if (type === REVIEW_CHANGED) return { kind: 'review.changed', ...(parse(value) as Body<ReviewChanged>) };
  if (type === DEFINITIONS_CHANGED)
    return { kind: 'definitions.changed', ...(parse(value) as Body<DefinitionsChanged>) };
  return null;
}

type Body<M extends LifecycleMessage | ControlMessage> = Omit<M, 'kind'>;

function encodeRunChanged(change: RunChanged, level: LifecycleLevel): EventRecord[] {
  const records: EventRecord[] = [];
  const { runId, revision } = change;
  let place = 0;
  for (const event of standardEvents(change)) {
    // The place among all events of the turn, so that an id does not depend on the level. What happens to all
    // open tasks has the task in its id: a later reader of the journal may know them in another order.
    const suffix = event.isOfAll ? `${event.type}-${event.position}` : place++;
    if (level === 'internal' || (level === 'workflow' && event.type.startsWith('task.'))) continue;
    const id = `${runId}-${revision}-${suffix}`;
    records.push(recordOf(change, { ...event, id, type: `${STANDARD}${event.type}.v1` }));
  }
  // At its end a run's output or error has to be in the record that the hub's processes read.
  const last = records.at(-1)?.headers.ce_type;
  if (last === undefined || (RUN_ENDED.has(change.status) && !last.startsWith(`${STANDARD}workflow.`)))
    records.push(recordOf(change, ownEvent(change)));
  addAttributes((records.at(-1) as EventRecord).headers, change);
  return records;
}

/** The record of a turn in which nothing happened that the standard has an event for. */
function ownEvent(change: RunChanged): StandardEvent & { id: string } {
  const { runId, revision, status, output, error } = change;
  const at = (change.entries as readonly JournalEntry[]).at(-1)?.at ?? Date.now();
  const data = { runId, status, revision, output, error };
  return { id: `${runId}-${revision}`, type: RUN_CHANGED, at, data };
}

function recordOf(change: RunChanged, event: StandardEvent & { id: string }): EventRecord {
  const { workflow, runId, trace } = change;
  const headers: Record<string, string> = {
    ce_specversion: '1.0',
    ce_id: event.id,
    ce_source: `/v1/workflows/${workflow.namespace}/${workflow.name}`,
    ce_type: event.type,
    ce_time: timeText(event.at),
    ce_subject: runId,
    ce_partitionkey: runId,
    'content-type': 'application/json',
  };
  if (trace) headers.traceparent = headers.ce_traceparent = formatTraceparent(trace);
  if (event.position !== undefined) headers.ce_tuttiposition = event.position;
  return { key: runId, headers, value: valueOf(event, headers, runId) };
}

/** The data of an event; what would make it too large is left out, and an attribute says where it is. */
function valueOf(event: StandardEvent, headers: Record<string, string>, runId: string): string {
  const value = JSON.stringify(event.data);
  // A UTF-16 unit is at most three bytes, so most values need no counting.
  if (value.length * 3 <= VALUE_BYTES_MAX || Buffer.byteLength(value) <= VALUE_BYTES_MAX) return value;
  headers.ce_tuttidata = `/v1/runs/${runId}${event.type.includes('.task.') ? '/journal' : ''}`;
  const { error } = event.data as { error?: { type: string; title: string; status: number } };
  const brief = error && { type: error.type, title: error.title, status: error.status };
  return JSON.stringify({ ...event.data, output: undefined, error: brief });
}

/** What the hub's own processes read without looking into the data. */
function addAttributes(headers: Record<string, string>, change: RunChanged): void {
  const { workflow, revision, status, workspaceId } = change;
  headers.ce_tuttirevision = String(revision);
  headers.ce_tuttistatus = status;
  headers.ce_tuttiworkspace = workspaceId;
  const { namespace, name, version, versionId } = workflow;
  headers.ce_tuttiworkflow = `${namespace}/${name}/${version}/${versionId}`;
  const calls = callsOf(change.entries as readonly JournalEntry[]);
  if (calls.length > 0) headers.ce_tutticalls = JSON.stringify(calls);
}

/** Connection, begin, end and status of a settled call. */
type CallFigures = [connection: string, startedAt: number, at: number, status: string];

function callsOf(entries: readonly JournalEntry[]): CallFigures[] {
  const calls: CallFigures[] = [];
  for (const entry of entries) {
    if (entry.kind === 'call.settled' && entry.connection !== undefined)
      calls.push([entry.connection, entry.startedAt, entry.at, entry.outcome.status]);
  }
  return calls;
}

function decodeRunChanged(headers: RecordHeaders, value: Uint8Array | string | null): RunChanged {
  const status = required(headers, 'ce_tuttistatus') as RunStatus;
  const calls = headerText(headers.ce_tutticalls);
  const trace = parseTraceparent(headerText(headers.traceparent) ?? headerText(headers.ce_traceparent));
  const change: RunChanged = {
    kind: 'run.changed',
    runId: required(headers, 'ce_subject'),
    workspaceId: required(headers, 'ce_tuttiworkspace'),
    workflow: identityOf(required(headers, 'ce_tuttiworkflow')),
    status,
    revision: Number(headerText(headers.ce_tuttirevision)),
    entries: calls === undefined ? [] : (JSON.parse(calls) as CallFigures[]).map(settledCall),
    ...(trace && { trace }),
  };
  if (!RUN_ENDED.has(status)) return change;
  if (headers.ce_tuttidata !== undefined) return { ...change, elsewhere: true };
  const { output, error } = parse(value) as { output?: unknown; error?: unknown };
  return { ...change, output, error };
}

function settledCall([connection, startedAt, at, status]: CallFigures) {
  return { kind: 'call.settled', connection, startedAt, at, outcome: { status } };
}

function identityOf(workflow: string): WorkflowIdentity {
  const [namespace = '', name = '', version = '', versionId = ''] = workflow.split('/');
  return { namespace, name, version, versionId };
}

function encodeReviewChanged({ kind: _kind, ...body }: ReviewChanged): EventRecord {
  const { reviewId, runId, status, workspaceId } = body;
  return {
    key: runId,
    headers: {
      ...ownHeaders(REVIEW_CHANGED, `${reviewId}-${status satisfies ReviewStatus}`),
      ce_source: '/v1/reviews',
      ce_subject: reviewId,
      ce_partitionkey: runId,
      ce_tuttiworkspace: workspaceId,
    },
    value: JSON.stringify(body),
  };
}

function encodeDefinitionsChanged({ kind: _kind, ...body }: DefinitionsChanged): EventRecord {
  const id = uuidv7();
  return {
    // Every process hears it, so the partition does not matter: a key of random bits like all the others.
    key: id,
    headers: {
      ...ownHeaders(DEFINITIONS_CHANGED, id),
      ce_source: '/v1',
      ce_partitionkey: id,
      ce_tuttiworkspace: body.workspaceId,
    },
    value: JSON.stringify(body),
  };
}

function ownHeaders(type: string, id: string): Record<string, string> {
  return {
    ce_specversion: '1.0',
    ce_id: id,
    ce_type: type,
    ce_time: new Date().toISOString(),
    'content-type': 'application/json',
  };
}

function required(headers: RecordHeaders, name: string): string {
  const value = headerText(headers[name]);
  if (value === undefined) throw new Error(`The record of a run's change lacks the header ${name}.`);
  return value;
}

function parse(value: Uint8Array | string | null): unknown {
  return JSON.parse(typeof value === 'string' ? value : Buffer.from(value ?? []).toString());
}
