import * as crm from '@tutti/contracts';
import { definePlugin, once } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { findContacts, upsertContact } from './contacts.js';
import { MIGRATIONS } from './migrations.js';
import { completeTask, createNote, createTask, listNotes } from './notes-and-tasks.js';

/**
 * A small but true CRM in the hub's own database: contacts, notes, tasks. It holds nothing until it is given
 * something.
 */
export default definePlugin({
  contract: 1,
  name: 'crm-sandbox',
  kind: 'crm',
  summary: 'A small CRM in the hub’s own database: contacts, notes, tasks.',
  settings: z.object({}),
  database: { schema: 'crm_sandbox', migrations: MIGRATIONS },
  async health({ database }) {
    const [row] = await database.query<{ contacts: string }>('SELECT count(*) AS contacts FROM contacts');
    return `${row?.contacts ?? 0} contacts`;
  },
  capabilities: {
    'crm.contact.find': {
      summary: 'Find a contact by id, email or a part of the name or company.',
      effect: 'read',
      input: crm.CrmContactFindInput,
      output: crm.CrmContactFindOutput,
      async run({ input, database }) {
        const candidates = await findContacts(database, input);
        return { contact: candidates.length === 1 ? (candidates[0] ?? null) : null, candidates };
      },
    },
    'crm.contact.upsert': {
      summary: 'Create a contact, or change the one with this id or email.',
      effect: 'idempotent-write',
      input: crm.CrmContactUpsertInput,
      output: crm.CrmContactUpsertOutput,
      run: (call) =>
        once({ ...call, capability: 'crm.contact.upsert' }, (session) => upsertContact(session, call.input)),
    },
    'crm.note.create': {
      summary: 'Write a note to a contact.',
      effect: 'idempotent-write',
      input: crm.CrmNoteCreateInput,
      output: crm.CrmNoteCreateOutput,
      run: (call) =>
        once({ ...call, capability: 'crm.note.create' }, async (session) => ({
          note: await createNote(session, call.input),
        })),
    },
    'crm.note.list': {
      summary: 'List the notes of a contact, the newest first.',
      effect: 'read',
      input: crm.CrmNoteListInput,
      output: crm.CrmNoteListOutput,
      run: async ({ input, database }) => ({ notes: await listNotes(database, input) }),
    },
    'crm.task.create': {
      summary: 'Create a task.',
      effect: 'idempotent-write',
      input: crm.CrmTaskCreateInput,
      output: crm.CrmTaskCreateOutput,
      run: (call) =>
        once({ ...call, capability: 'crm.task.create' }, async (session) => ({
          task: await createTask(session, call.input),
        })),
    },
    'crm.task.complete': {
      summary: 'Mark a task as done.',
      effect: 'idempotent-write',
      input: crm.CrmTaskCompleteInput,
      output: crm.CrmTaskCompleteOutput,
      run: (call) =>
        once({ ...call, capability: 'crm.task.complete' }, async (session) => ({
          task: await completeTask(session, call.input),
        })),
    },
  },
});
