import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import { PermanentError, type Change, type HttpPort } from '@tutti/plugin-sdk';
import {
  nameOf,
  nameParts,
  signed,
  unsigned,
  type ContactFields,
  type CrmSystem,
  type Marked,
  type NewTask,
} from '@tutti/plugin-sdk/crm';
import { z } from 'zod';
import {
  changeRecord,
  createRecord,
  query,
  queryPages,
  upsertRecord,
  type Org,
  type SalesforceRecord,
} from './records.js';
import { salesforce, type Settings } from './settings.js';
import { holding, quoted } from './soql.js';

const CANDIDATES_MAX = 100;
const RECENT_TASKS = 200;
const TITLE_LENGTH_MAX = 80;
const NOTE_FIELDS = 'Id, Body, CreatedDate';
const TASK_FIELDS =
  'Id, WhoId, Subject, ActivityDate, Status, IsClosed, Description, CreatedDate, CompletedDateTime, SystemModstamp';

const Text = z.string().nullable().optional();
const Contact = z.looseObject({
  Id: z.string(),
  Email: Text,
  FirstName: Text,
  LastName: Text,
  Phone: Text,
  Account: z.object({ Name: Text }).nullable().optional(),
  SystemModstamp: z.string(),
});
const Note = z.object({ Id: z.string(), Body: Text, CreatedDate: z.string() });
const Task = z.object({
  Id: z.string(),
  WhoId: Text,
  Subject: Text,
  ActivityDate: Text,
  IsClosed: z.boolean(),
  Description: Text,
  CreatedDate: z.string(),
  CompletedDateTime: Text,
  SystemModstamp: z.string(),
});

/**
 * Salesforce as a CRM. Versions are the milliseconds of `SystemModstamp`, the last change of a record by
 * anybody.
 */
export function salesforceCrm(context: { http: HttpPort; settings: Settings }): CrmSystem {
  const org: Org = { http: salesforce(context), settings: context.settings };
  return { ...contactsIn(org), ...notesIn(org), ...tasksIn(org) };
}

type Part<Names extends keyof CrmSystem> = Pick<CrmSystem, Names>;

function contactsIn(
  org: Org,
): Part<
  'contact' | 'contactsByEmail' | 'contactsByText' | 'contactsChanged' | 'changeContact' | 'upsertContact'
> {
  const byId = (id: string) => contactsWhere(org, `Id = ${quoted(id)}`);
  const read = async (id: string): Promise<CrmContact> => {
    const [contact] = await byId(id);
    if (contact !== undefined) return contact;
    throw new PermanentError(`The contact "${id}" was deleted meanwhile.`, { status: 409 });
  };
  const byEmail = (email: string) => contactsWhere(org, `Email = ${quoted(email)}`);
  return {
    async contact(id) {
      return isId(id) ? ((await byId(id))[0] ?? null) : null;
    },
    contactsByEmail: byEmail,
    contactsByText: (text) =>
      contactsWhere(org, `Name LIKE ${holding(text)} OR Account.Name LIKE ${holding(text)}`),
    contactsChanged: (from) => contactsChanged(org, from),
    async changeContact({ id }, fields) {
      await changeRecord(org, { type: 'Contact', id, body: await bodyOf(org, fields) });
      return read(id);
    },
    async upsertContact(email, fields) {
      const body = await bodyOf(org, { ...fields, email });
      const { id, created } = await saved(org, { email, body, found: () => byEmail(email) });
      return { contact: await read(id), created };
    },
  };
}

/** By the external id where there is one, which holds also when two do it at once. */
async function saved(
  org: Org,
  of: { email: string; body: SalesforceRecord; found: () => Promise<CrmContact[]> },
): Promise<{ id: string; created: boolean }> {
  const { emailKeyField } = org.settings;
  const { email, body } = of;
  if (emailKeyField !== undefined)
    return upsertRecord(org, { type: 'Contact', idField: emailKeyField, id: email.toLowerCase(), body });
  const [before, ...others] = await of.found();
  if (others.length > 0) {
    const message = `Salesforce has ${others.length + 1} contacts with the email "${email}": name one by its id.`;
    throw new PermanentError(message, { status: 409 });
  }
  if (before === undefined) return { id: await createRecord(org, 'Contact', body), created: true };
  await changeRecord(org, { type: 'Contact', id: before.id, body });
  return { id: before.id, created: false };
}

async function contactsWhere(org: Org, condition: string): Promise<CrmContact[]> {
  const soql = `${selectContacts(org)} WHERE ${condition} ORDER BY CreatedDate, Id LIMIT ${CANDIDATES_MAX}`;
  const { records } = await query(org, soql, CANDIDATES_MAX);
  return contactsOf(org, records);
}

function selectContacts({ settings: { tagsField } }: Org): string {
  const tags = tagsField === undefined ? '' : `, ${tagsField}`;
  return `SELECT Id, Email, FirstName, LastName, Phone, Account.Name, SystemModstamp${tags} FROM Contact`;
}

function contactsOf({ settings }: Org, records: readonly SalesforceRecord[]): CrmContact[] {
  return read(z.array(Contact), records).map((record) => toContact(record, settings.tagsField));
}

async function* contactsChanged(org: Org, from: Date): AsyncGenerator<Change<CrmContact>[]> {
  const since = `SystemModstamp >= ${from.toISOString()}`;
  const soql = `${selectContacts(org)} WHERE ${since} ORDER BY SystemModstamp, Id`;
  for await (const { records } of queryPages(org, soql))
    yield contactsOf(org, records).map((contact) => ({
      id: contact.id,
      at: new Date(contact.version).toISOString(),
      data: contact,
    }));
}

function toContact(record: z.output<typeof Contact>, tagsField: string | undefined): CrmContact {
  const { Id: id, Email, FirstName, LastName, Phone, Account, SystemModstamp } = record;
  const tags = tagsField === undefined ? null : Text.parse(record[tagsField]);
  return {
    id,
    email: Email ?? null,
    name: nameOf({ first: FirstName, last: LastName }, Email ?? null, id),
    company: Account?.Name ?? null,
    phone: Phone ?? null,
    tags: (tags ?? '').split(';').filter((tag) => tag !== ''),
    version: Date.parse(SystemModstamp),
  };
}

async function bodyOf(org: Org, { name, company, tags, ...plain }: ContactFields): Promise<SalesforceRecord> {
  const { tagsField } = org.settings;
  const body: SalesforceRecord = {};
  if (plain.email !== undefined) body['Email'] = plain.email;
  if (plain.phone !== undefined) body['Phone'] = plain.phone;
  if (name !== undefined) {
    const { first, last } = nameParts(name);
    Object.assign(body, { FirstName: first === '' ? null : first, LastName: last });
  }
  if (company !== undefined) body['AccountId'] = company === null ? null : await accountOf(org, company);
  if (tags === undefined || (tags.length === 0 && tagsField === undefined)) return body;
  if (tagsField === undefined) {
    const message =
      'Salesforce has no tags: make a multi-select picklist for them, and name it in `tagsField`.';
    throw new PermanentError(message, { status: 422 });
  }
  return { ...body, [tagsField]: tags.join(';') };
}

/** A company is an account; one that is not there yet is created. */
async function accountOf(org: Org, name: string): Promise<string> {
  const soql = `SELECT Id FROM Account WHERE Name = ${quoted(name)} ORDER BY CreatedDate, Id LIMIT 1`;
  const [found] = read(z.array(z.object({ Id: z.string() })), (await query(org, soql, 1)).records);
  return found?.Id ?? createRecord(org, 'Account', { Name: name });
}

function notesIn(org: Org): Part<'createNote' | 'notes'> {
  return {
    async createNote(note) {
      const { contactId, text, source } = note;
      const Title = (text.split('\n', 1)[0] ?? '').slice(0, TITLE_LENGTH_MAX) || 'Note';
      const id = await createRecord(org, 'Note', { ParentId: contactId, Title, Body: signed(note) });
      const [made] = await notesWhere(org, `Id = ${quoted(id)}`, 1);
      return { id, contactId, text, source, createdAt: utc(made?.CreatedDate ?? '') };
    },
    async notes(contactId, limit) {
      const notes = await notesWhere(org, `ParentId = ${quoted(contactId)}`, limit);
      return notes.map((note) => toNote(note, contactId));
    },
  };
}

async function notesWhere(org: Org, condition: string, limit: number): Promise<z.output<typeof Note>[]> {
  const soql =
    `SELECT ${NOTE_FIELDS} FROM Note WHERE ${condition} ` +
    `ORDER BY CreatedDate DESC, Id DESC LIMIT ${limit}`;
  return read(z.array(Note), (await query(org, soql, limit)).records);
}

function toNote({ Id: id, Body, CreatedDate }: z.output<typeof Note>, contactId: string): Marked<CrmNote> {
  return { id, contactId, ...unsigned(Body ?? ''), createdAt: utc(CreatedDate) };
}

function tasksIn(org: Org): Part<'createTask' | 'task' | 'completeTask' | 'tasksLike'> {
  const task = async (id: string): Promise<CrmTask | null> => {
    if (!isId(id)) return null;
    const [found] = await tasksWhere(org, `Id = ${quoted(id)}`);
    return found === undefined ? null : withoutMark(found);
  };
  const read = async (id: string): Promise<CrmTask> => {
    const found = await task(id);
    if (found !== null) return found;
    throw new PermanentError(`The task "${id}" was deleted meanwhile.`, { status: 409 });
  };
  return {
    async createTask({ title, contactId, dueOn, mark }) {
      const body = {
        Subject: title,
        ActivityDate: dueOn,
        Description: signed({ text: '', source: null, mark }),
        ...(contactId !== null && { WhoId: contactId }),
      };
      return read(await createRecord(org, 'Task', body));
    },
    task,
    async completeTask({ id }) {
      await changeRecord(org, { type: 'Task', id, body: { Status: org.settings.completedStatus } });
      return read(id);
    },
    tasksLike: ({ title, contactId }: NewTask) =>
      tasksWhere(
        org,
        `Subject = ${quoted(title)} AND WhoId = ${contactId === null ? 'null' : quoted(contactId)}`,
      ),
  };
}

async function tasksWhere(org: Org, condition: string): Promise<Marked<CrmTask>[]> {
  const soql =
    `SELECT ${TASK_FIELDS} FROM Task WHERE ${condition} ` + `ORDER BY CreatedDate DESC LIMIT ${RECENT_TASKS}`;
  return read(z.array(Task), (await query(org, soql, RECENT_TASKS)).records).map(toTask);
}

function toTask(record: z.output<typeof Task>): Marked<CrmTask> {
  const { Id: id, IsClosed, SystemModstamp, CompletedDateTime } = record;
  return {
    id,
    contactId: record.WhoId ?? null,
    title: record.Subject ?? `Task ${id}`,
    dueOn: record.ActivityDate ?? null,
    status: IsClosed ? 'done' : 'open',
    createdAt: utc(record.CreatedDate),
    completedAt: IsClosed ? utc(CompletedDateTime ?? SystemModstamp) : null,
    version: Date.parse(SystemModstamp),
    mark: unsigned(record.Description ?? '').mark,
  };
}

function withoutMark({ mark: _mark, ...task }: Marked<CrmTask>): CrmTask {
  return task;
}

/** Ids have 15 or 18 letters and digits; a query with another one would be refused. */
function isId(id: string): boolean {
  return /^(?:[A-Za-z0-9]{15}|[A-Za-z0-9]{18})$/.test(id);
}

/** Records of another form are the fault of the system. */
function read<T extends z.ZodType>(schema: T, records: unknown): z.output<T> {
  const result = schema.safeParse(records);
  if (result.success) return result.data;
  throw new PermanentError(`Salesforce gave records of another form: ${z.prettifyError(result.error)}`, {
    status: 502,
    reason: 'invalid-output',
  });
}

/** Salesforce writes `2026-11-22T10:00:00.000+0000`. */
function utc(time: string): string {
  return new Date(time).toISOString();
}
