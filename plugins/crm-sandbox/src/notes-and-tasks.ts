import type {
  CrmNote,
  CrmNoteCreateInput,
  CrmNoteListInput,
  CrmTask,
  CrmTaskCompleteInput,
  CrmTaskCreateInput,
} from '@tutti/contracts';
import { PermanentError, type DatabaseSession } from '@tutti/plugin-sdk';
import type { z } from 'zod';

const NOTE_COLUMNS = 'id, contact_id AS "contactId", text, source, created_at AS "createdAt"';
const TASK_COLUMNS = `id, contact_id AS "contactId", title, due_on AS "dueOn",
  CASE WHEN completed_at IS NULL THEN 'open' ELSE 'done' END AS status, created_at AS "createdAt",
  completed_at AS "completedAt", version`;

export async function createNote(
  session: DatabaseSession,
  input: z.output<typeof CrmNoteCreateInput>,
): Promise<CrmNote> {
  return withContact(input.contactId, async () => {
    const [row] = await session.query<CrmNote>(
      `INSERT INTO notes (contact_id, text, source) VALUES ($1, $2, $3) RETURNING ${NOTE_COLUMNS}`,
      [input.contactId, input.text, input.source],
    );
    return row as CrmNote;
  });
}

/** The newest first. */
export function listNotes(
  session: DatabaseSession,
  input: z.output<typeof CrmNoteListInput>,
): Promise<CrmNote[]> {
  return session.query<CrmNote>(
    `SELECT ${NOTE_COLUMNS} FROM notes WHERE contact_id = $1 ORDER BY position DESC LIMIT $2`,
    [input.contactId, input.limit],
  );
}

export async function createTask(
  session: DatabaseSession,
  input: z.output<typeof CrmTaskCreateInput>,
): Promise<CrmTask> {
  return withContact(input.contactId, async () => {
    const [row] = await session.query<CrmTask>(
      `INSERT INTO tasks (contact_id, title, due_on) VALUES ($1, $2, $3) RETURNING ${TASK_COLUMNS}`,
      [input.contactId, input.title, input.dueOn],
    );
    return row as CrmTask;
  });
}

/** A task is completed once; completing it again changes nothing. */
export async function completeTask(
  session: DatabaseSession,
  input: z.output<typeof CrmTaskCompleteInput>,
): Promise<CrmTask> {
  const [before] = await session.query<CrmTask>(
    `SELECT ${TASK_COLUMNS} FROM tasks WHERE id = $1 FOR UPDATE`,
    [input.id],
  );
  if (before === undefined) throw new PermanentError(`There is no task "${input.id}".`, { status: 404 });
  if (input.expectedVersion !== undefined && input.expectedVersion !== before.version) {
    const message =
      `Task "${before.id}" is at version ${before.version}, not ${input.expectedVersion}: ` +
      `it was changed meanwhile.`;
    throw new PermanentError(message, { status: 409, reply: { task: before } });
  }
  if (before.status === 'done') return before;
  const [row] = await session.query<CrmTask>(
    `UPDATE tasks SET completed_at = clock_timestamp(), version = version + 1 WHERE id = $1
       RETURNING ${TASK_COLUMNS}`,
    [input.id],
  );
  return row as CrmTask;
}

async function withContact<T>(contactId: string | null, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if ((error as { code?: string }).code !== '23503') throw error;
    throw new PermanentError(`There is no contact "${contactId}".`, { status: 404, cause: error });
  }
}
