import { createHash } from 'node:crypto';
import { type CloudEvent, cloudEventFault, uuidv7 } from '@tutti/contracts';
import type { DeadLetterRow } from '@tutti/store';
import { type Queryable, rowOf } from '../database/rows.js';

/** Stands for a topic in letters of events that did not start a workflow. */
export const STARTS_TOPIC = 'schedule.on';
/** The reason of such a letter. */
export const NOT_STARTED = 'not-started';

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

/** A letter whose event is to start its workflow once more. */
export interface StartAgain {
  letterId: string;
  workspaceId: string;
  namespace: string;
  name: string;
  event: CloudEvent;
}

/** Reads a letter; a text says what is wrong with it. */
export function readStartLetter(
  letter: { id: string; workspaceId: string; key: string | null },
  payload: Buffer,
): StartAgain | string {
  let event: unknown;
  try {
    event = JSON.parse(payload.toString());
  } catch {
    return 'The payload is not JSON.';
  }
  const fault = cloudEventFault(event);
  if (fault !== undefined) return `The payload is no CloudEvent: ${fault}`;
  const [namespace = '', name = ''] = (letter.key ?? '').split('/');
  const { id: letterId, workspaceId } = letter;
  return { letterId, workspaceId, namespace, name, event: event as CloudEvent };
}

/**
 * Lets the event wait for its workflow again, in the caller's transaction; the look for such events finds it.
 * Answers what stands in the way. Its name is that of the letter, for the event's own is known already.
 */
export async function putStartBack(database: Queryable, of: StartAgain): Promise<string | null> {
  const { letterId, workspaceId, namespace, name, event } = of;
  const row = await rowOf<{ id: string; started: boolean }>(
    database,
    `SELECT w.id, EXISTS (SELECT 1 FROM event_schedules s WHERE s.workflow_id = w.id) AS started
     FROM workflows w WHERE w.workspace_id = $1 AND w.namespace = $2 AND w.name = $3`,
    [workspaceId, namespace, name],
  );
  if (row?.started !== true) return `No event starts the workflow ${namespace}/${name} any more.`;
  const nameHash = createHash('sha256').update(`dead-letter:${letterId}`).digest();
  await database.query(
    `WITH event AS (
       INSERT INTO events (id, workspace_id, name, type, event) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT DO NOTHING RETURNING id)
     INSERT INTO event_starts (event_id, workflow_id, workspace_id) SELECT id, $6, $2 FROM event`,
    [uuidv7(), workspaceId, nameHash, event.type, JSON.stringify(event), row.id],
  );
  return null;
}
