import { type CloudEvent, cloudEventFault, uuidv7 } from '@tutti/contracts';
import type { DeadLetterRow } from '@tutti/store';
import { type Queryable, rowOf } from '../database/rows.js';

/** Stands for a topic in letters of events that did not start a workflow. */
export const STARTS_TOPIC = 'schedule.on';
/** The reason of such a letter. */
export const NOT_STARTED = 'not-started';

/** The reason of a letter of events that others are missing for. */
const HALF_MET = 'half-met';

/** The letter of an event that found no room in a workflow for too long. */
export function startLetter(of: {
  workspaceId: string;
  namespace: string;
  name: string;
  /** Decimal text; names the start. */
  number: string;
  /** The CloudEvent, JSON text. */
  event: string;
  waitsFor: string;
}): DeadLetterRow {
  const workflow = `${of.namespace}/${of.name}`;
  return {
    workspaceId: of.workspaceId,
    topic: STARTS_TOPIC,
    partition: 0,
    offset: of.number,
    key: workflow,
    headers: {},
    payload: Buffer.from(of.event),
    reason: NOT_STARTED,
    detail:
      `The event started no run of ${workflow} for longer than the limit eventStartAge of 24 hours: ` +
      of.waitsFor,
  };
}

/** The letter of events that start a workflow only together with others, which did not come. */
export function setLetter(of: {
  workspaceId: string;
  namespace: string;
  name: string;
  /** Decimal text; names the set. */
  number: string;
  /** The CloudEvents, JSON text of an array. */
  events: string;
}): DeadLetterRow {
  const workflow = `${of.namespace}/${of.name}`;
  return {
    workspaceId: of.workspaceId,
    topic: STARTS_TOPIC,
    partition: 1,
    offset: of.number,
    key: workflow,
    headers: {},
    payload: Buffer.from(of.events),
    reason: HALF_MET,
    detail:
      `The events started no run of ${workflow}: the others that it waits for did not come within the ` +
      'limit eventSetAge of 7 days.',
  };
}

/** A letter whose events are to start its workflow once more. */
export interface StartAgain {
  letterId: string;
  workspaceId: string;
  namespace: string;
  name: string;
  events: CloudEvent[];
}

/** Reads a letter; a text says what is wrong with it. */
export function readStartLetter(
  letter: { id: string; workspaceId: string; key: string | null },
  payload: Buffer,
): StartAgain | string {
  let read: unknown;
  try {
    read = JSON.parse(payload.toString());
  } catch {
    return 'The payload is not JSON.';
  }
  const events = (Array.isArray(read) ? read : [read]) as unknown[];
  const fault = events.map(cloudEventFault).find((one) => one !== undefined);
  if (fault !== undefined) return `The payload is no CloudEvent: ${fault}`;
  const [namespace = '', name = ''] = (letter.key ?? '').split('/');
  const { id: letterId, workspaceId } = letter;
  return { letterId, workspaceId, namespace, name, events: events as CloudEvent[] };
}

/**
 * Lets the events wait for their workflow again, in the caller's transaction; the look for such events finds
 * them. Answers what stands in the way. They are named by the letter, for their own names are known already.
 */
export async function putStartBack(database: Queryable, of: StartAgain): Promise<string | null> {
  const { letterId, workspaceId, namespace, name, events } = of;
  const row = await rowOf<{ id: string; started: boolean }>(
    database,
    `SELECT w.id, EXISTS (SELECT 1 FROM event_schedules s WHERE s.workflow_id = w.id) AS started
     FROM workflows w WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [workspaceId, namespace, name],
  );
  if (row?.started !== true) return `No event starts the workflow ${namespace}/${name} any more.`;
  await database.query(
    `WITH given AS (
       SELECT * FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS g(id, name, type, event)),
     kept AS (
       INSERT INTO events (id, workspace_id, name, type, event)
       SELECT id, $1, sha256(convert_to(name, 'UTF8')), type, event FROM given ON CONFLICT DO NOTHING RETURNING id)
     INSERT INTO event_starts (event_id, workflow_id, workspace_id) SELECT id, $6, $1 FROM kept`,
    [
      workspaceId,
      events.map(() => uuidv7()),
      events.map((_, place) => `dead-letter:${letterId}:${place}`),
      events.map(({ type }) => type),
      events.map((event) => JSON.stringify(event)),
      row.id,
    ],
  );
  return null;
}
