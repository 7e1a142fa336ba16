import * as crm from '@tutti/contracts';
import type { CrmTask } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import { markOf } from '../mark.js';
import type { Capability, DatabaseFor, Reconciliation, RunContext } from '../plugin.js';
import { findContacts, upsertContact } from './contacts.js';
import type { CrmSystem, Marked } from './crm-system.js';

type NoDatabase = DatabaseFor<never>;

/** What a CRM works with, whichever capability was called. */
export type CrmCallContext<Settings> = Omit<RunContext<unknown, Settings, NoDatabase>, 'input'>;

/** A CRM, as a connector describes it. */
export interface CrmConnector<Settings> {
  /** The system for one call. */
  open: (this: void, context: CrmCallContext<Settings>) => CrmSystem;
  /** `write`: notes and tasks carry a mark by which one is found whose answer was lost. */
  creates: 'write' | 'idempotent-write';
}

type CrmCapability<
  Input extends Capability['input'],
  Output extends Capability['output'],
  Settings,
> = Capability<Input, Output, Settings, NoDatabase>;

/** The canonical capabilities of a CRM that is reached over HTTP. */
export function crmCapabilities<Settings>(
  connector: CrmConnector<Settings>,
): ReturnType<typeof contactCapabilities<Settings>> &
  ReturnType<typeof noteCapabilities<Settings>> &
  ReturnType<typeof taskCapabilities<Settings>> {
  return {
    ...contactCapabilities(connector),
    ...noteCapabilities(connector),
    ...taskCapabilities(connector),
  };
}

function contactCapabilities<Settings>({ open }: CrmConnector<Settings>): {
  'crm.contact.find': CrmCapability<
    typeof crm.CrmContactFindInput,
    typeof crm.CrmContactFindOutput,
    Settings
  >;
  'crm.contact.upsert': CrmCapability<
    typeof crm.CrmContactUpsertInput,
    typeof crm.CrmContactUpsertOutput,
    Settings
  >;
} {
  return {
    'crm.contact.find': {
      summary: 'Find a contact by id, email or a part of the name or company.',
      effect: 'read',
      input: crm.CrmContactFindInput,
      output: crm.CrmContactFindOutput,
      run: ({ input, ...context }) => findContacts(open(context), input),
    },
    'crm.contact.upsert': {
      summary: 'Create a contact, or change the one with this id or email.',
      effect: 'idempotent-write',
      input: crm.CrmContactUpsertInput,
      output: crm.CrmContactUpsertOutput,
      run: ({ input, ...context }) => upsertContact(open(context), input),
    },
  };
}

function noteCapabilities<Settings>({ open, creates }: CrmConnector<Settings>): {
  'crm.note.create': CrmCapability<typeof crm.CrmNoteCreateInput, typeof crm.CrmNoteCreateOutput, Settings>;
  'crm.note.list': CrmCapability<typeof crm.CrmNoteListInput, typeof crm.CrmNoteListOutput, Settings>;
} {
  return {
    'crm.note.create': {
      summary: 'Write a note to a contact.',
      effect: creates,
      input: crm.CrmNoteCreateInput,
      output: crm.CrmNoteCreateOutput,
      run: async ({ input, ...context }) => ({
        note: await open(context).createNote({ ...input, mark: await markOf(context.idempotencyKey) }),
      }),
      ...(creates === 'write' && {
        reconcile: async ({ input, ...context }) => {
          const notes = await open(context).notes(input.contactId, RECENT);
          return madeBy(notes, context.idempotencyKey, (note) => ({ note }));
        },
      }),
    },
    'crm.note.list': {
      summary: 'List the notes of a contact, the newest first.',
      effect: 'read',
      input: crm.CrmNoteListInput,
      output: crm.CrmNoteListOutput,
      run: async ({ input, ...context }) => ({
        notes: (await open(context).notes(input.contactId, input.limit)).map(unmarked),
      }),
    },
  };
}

function taskCapabilities<Settings>({ open, creates }: CrmConnector<Settings>): {
  'crm.task.create': CrmCapability<typeof crm.CrmTaskCreateInput, typeof crm.CrmTaskCreateOutput, Settings>;
  'crm.task.complete': CrmCapability<
    typeof crm.CrmTaskCompleteInput,
    typeof crm.CrmTaskCompleteOutput,
    Settings
  >;
} {
  return {
    'crm.task.create': {
      summary: 'Create a task.',
      effect: creates,
      input: crm.CrmTaskCreateInput,
      output: crm.CrmTaskCreateOutput,
      run: async ({ input, ...context }) => ({
        task: await open(context).createTask({ ...input, mark: await markOf(context.idempotencyKey) }),
      }),
      ...(creates === 'write' && {
        reconcile: async ({ input, ...context }) => {
          const mark = await markOf(context.idempotencyKey);
          const tasks = await open(context).tasksLike({ ...input, mark });
          return tasks === null
            ? { happened: 'unknown' }
            : madeBy(tasks, context.idempotencyKey, (task) => ({ task }));
        },
      }),
    },
    'crm.task.complete': {
      summary: 'Mark a task as done.',
      effect: 'idempotent-write',
      input: crm.CrmTaskCompleteInput,
      output: crm.CrmTaskCompleteOutput,
      run: async ({ input, ...context }) => ({ task: await completeTask(open(context), input) }),
    },
  };
}

/** Among so many of the newest a note is looked for whose answer was lost. */
const RECENT = 200;

async function madeBy<T extends object, Output>(
  records: readonly Marked<T>[],
  idempotencyKey: string,
  told: (record: Omit<Marked<T>, 'mark'>) => Output,
): Promise<Reconciliation<Output>> {
  const mark = await markOf(idempotencyKey);
  const made = records.find((record) => record.mark === mark);
  return made === undefined ? { happened: false } : { happened: true, output: told(unmarked(made)) };
}

function unmarked<T extends { mark: string | null }>({ mark: _mark, ...record }: T): Omit<T, 'mark'> {
  return record;
}

/** A task is completed once; completing it again changes nothing. */
async function completeTask(
  system: CrmSystem,
  { id, expectedVersion }: { id: string; expectedVersion?: number | undefined },
): Promise<CrmTask> {
  const before = await system.task(id);
  if (before === null) throw new PermanentError(`There is no task "${id}".`, { status: 404 });
  if (before.status === 'done') return before;
  if (expectedVersion !== undefined && expectedVersion !== before.version) {
    const message = `Task "${id}" is at version ${before.version}, not ${expectedVersion}: it was changed meanwhile.`;
    throw new PermanentError(message, { status: 409, reply: { task: before } });
  }
  return system.completeTask(before);
}
