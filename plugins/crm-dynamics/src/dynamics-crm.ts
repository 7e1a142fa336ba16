import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import { PermanentError, markOf, markUuid, type Change, type HttpPort } from '@tutti/plugin-sdk';
import {
  nameOf,
  nameParts,
  signed,
  unsigned,
  type ContactFields,
  type CrmSystem,
  type Marked,
} from '@tutti/plugin-sdk/crm';
import { z } from 'zod';
import {
  changeRecord,
  createAt,
  getRecord,
  literal,
  pathOf,
  query,
  queryPages,
  type DynamicsRecord,
} from './records.js';
import { dynamics, type Settings } from './settings.js';

const CANDIDATES_MAX = 100;
const SUBJECT_LENGTH_MAX = 200;
const COMPANY = '_parentcustomerid_value@OData.Community.Display.V1.FormattedValue';
const CONTACT = 'contactid,emailaddress1,firstname,lastname,telephone1,_parentcustomerid_value,versionnumber';
const NOTE = 'annotationid,notetext,createdon,_objectid_value';
const TASK =
  'activityid,subject,scheduledend,statecode,actualend,createdon,modifiedon,_regardingobjectid_value,versionnumber';
/** State and status of a task that is done. */
const DONE = { statecode: 1, statuscode: 5 };

const Text = z.string().nullable().optional();
const Version = z.coerce.number().int().positive();
const Contact = z.object({
  contactid: z.string(),
  emailaddress1: Text,
  firstname: Text,
  lastname: Text,
  telephone1: Text,
  [COMPANY]: Text,
  versionnumber: Version,
});
const Note = z.object({
  annotationid: z.string(),
  notetext: Text,
  createdon: z.string(),
  _objectid_value: Text,
});
const Task = z.object({
  activityid: z.string(),
  subject: Text,
  scheduledend: Text,
  statecode: z.int(),
  actualend: Text,
  createdon: z.string(),
  modifiedon: z.string(),
  _regardingobjectid_value: Text,
  versionnumber: Version,
});

/**
 * Dynamics 365 as a CRM. Versions are Dynamics' own (`versionnumber`, which is also the ETag). What is new is
 * given its id by the hub, so that a repeat finds it there.
 */
export function dynamicsCrm(context: { http: HttpPort; settings: Settings }): CrmSystem {
  const http = dynamics(context);
  return { ...contactsIn(http), ...notesIn(http), ...tasksIn(http) };
}

type Part<Names extends keyof CrmSystem> = Pick<CrmSystem, Names>;

function contactsIn(
  http: HttpPort,
): Part<
  'contact' | 'contactsByEmail' | 'contactsByText' | 'contactsChanged' | 'changeContact' | 'upsertContact'
> {
  const where = (filter: string) => contactsWhere(http, filter);
  const byEmail = (email: string) => where(`emailaddress1 eq ${literal(email)}`);
  const change = async (id: string, body: DynamicsRecord, version?: number) =>
    toContact(
      await changeRecord(http, pathOf('contacts', id), { body, ...(version !== undefined && { version }) }),
    );
  return {
    async contact(id) {
      const record = isId(id) ? await getRecord(http, pathOf('contacts', id), CONTACT) : null;
      return record === null ? null : toContact(record);
    },
    contactsByEmail: byEmail,
    contactsByText: (text) =>
      where(
        `contains(fullname,${literal(text)}) or contains(parentcustomerid_account/name,${literal(text)})`,
      ),
    contactsChanged: (from) => contactsChanged(http, from),
    changeContact: async ({ id, version }, fields, isGuarded) =>
      change(id, await bodyOf(http, fields), isGuarded ? version : undefined),
    async upsertContact(email, fields) {
      const body = await bodyOf(http, { ...fields, email });
      const [before, ...others] = await byEmail(email);
      if (others.length > 0) {
        const message = `Dynamics has ${others.length + 1} contacts with the email "${email}": name one by its id.`;
        throw new PermanentError(message, { status: 409 });
      }
      if (before !== undefined) return { contact: await change(before.id, body), created: false };
      return createContact(http, { email, body, found: byEmail });
    },
  };
}

/** Two calls at once give a new contact the same id, so that one of them finds it there. */
async function createContact(
  http: HttpPort,
  of: { email: string; body: DynamicsRecord; found: (email: string) => Promise<CrmContact[]> },
): Promise<{ contact: CrmContact; created: boolean }> {
  const id = markUuid(await markOf(`contact:${of.email.toLowerCase()}`));
  const made = await createAt(http, pathOf('contacts', id), of.body);
  if (made !== null) return { contact: toContact(made), created: true };
  const [other] = await of.found(of.email);
  if (other !== undefined) {
    const changed = await changeRecord(http, pathOf('contacts', other.id), { body: of.body });
    return { contact: toContact(changed), created: false };
  }
  // The contact that was created for this address has another one by now, so this is somebody else.
  return {
    contact: toContact(await http.post('/contacts', { body: of.body, reply: Contact })),
    created: true,
  };
}

async function contactsWhere(http: HttpPort, filter: string): Promise<CrmContact[]> {
  const options = {
    $filter: filter,
    $select: CONTACT,
    $orderby: 'createdon,contactid',
    $top: `${CANDIDATES_MAX}`,
  };
  const { records } = await query(http, 'contacts', { query: options, max: CANDIDATES_MAX });
  return records.map(toContact);
}

const Changed = z.object({ modifiedon: z.string() });

async function* contactsChanged(http: HttpPort, from: Date): AsyncGenerator<Change<CrmContact>[]> {
  const options = {
    $filter: `modifiedon ge ${from.toISOString()}`,
    $select: `${CONTACT},modifiedon`,
    $orderby: 'modifiedon,contactid',
  };
  for await (const { value } of queryPages(http, 'contacts', options))
    yield value.map((record) => {
      const data = toContact(record);
      return { id: data.id, at: read(Changed, record).modifiedon, data };
    });
}

function toContact(record: DynamicsRecord): CrmContact {
  const told = read(Contact, record);
  const { contactid: id, emailaddress1, firstname: first, lastname: last } = told;
  return {
    id,
    email: emailaddress1 ?? null,
    name: nameOf({ first, last }, emailaddress1 ?? null, id),
    company: told[COMPANY] ?? null,
    phone: told.telephone1 ?? null,
    tags: [],
    version: told.versionnumber,
  };
}

async function bodyOf(
  http: HttpPort,
  { name, company, tags, ...plain }: ContactFields,
): Promise<DynamicsRecord> {
  if (tags !== undefined && tags.length > 0)
    throw new PermanentError('Dynamics has no tags of contacts: leave them out.', { status: 422 });
  const body: DynamicsRecord = {};
  if (plain.email !== undefined) body['emailaddress1'] = plain.email;
  if (plain.phone !== undefined) body['telephone1'] = plain.phone;
  if (name !== undefined) {
    const { first, last } = nameParts(name);
    Object.assign(body, { firstname: first === '' ? null : first, lastname: last });
  }
  if (company === null) body['parentcustomerid_account@odata.bind'] = null;
  else if (company !== undefined)
    body['parentcustomerid_account@odata.bind'] = pathOf('accounts', await accountOf(http, company));
  return body;
}

/** A company is an account; one that is not there yet is created. */
async function accountOf(http: HttpPort, name: string): Promise<string> {
  const options = {
    $filter: `name eq ${literal(name)}`,
    $select: 'accountid',
    $orderby: 'createdon',
    $top: '1',
  };
  const { records } = await query(http, 'accounts', { query: options, max: 1 });
  const [found] = read(z.array(z.object({ accountid: z.string() })), records);
  if (found !== undefined) return found.accountid;
  const id = markUuid(await markOf(`account:${name}`));
  await createAt(http, pathOf('accounts', id), { name });
  return id;
}

function notesIn(http: HttpPort): Part<'createNote' | 'notes'> {
  return {
    async createNote(note) {
      const { contactId, text, mark } = note;
      const path = pathOf('annotations', markUuid(mark));
      const made = await createAt(http, path, {
        subject: (text.split('\n', 1)[0] ?? '').slice(0, SUBJECT_LENGTH_MAX),
        notetext: signed(note),
        'objectid_contact@odata.bind': pathOf('contacts', contactOr404(contactId)),
      });
      return withoutMark(toNote(made ?? (await found(http, path, NOTE)), contactId));
    },
    async notes(contactId, limit) {
      if (!isId(contactId)) return [];
      const options = {
        $filter: `_objectid_value eq ${contactId}`,
        $select: NOTE,
        $orderby: 'createdon desc',
        $top: `${limit}`,
      };
      const { records } = await query(http, 'annotations', { query: options, max: limit });
      return records.map((record) => toNote(record, contactId));
    },
  };
}

function toNote(record: DynamicsRecord, contactId: string): Marked<CrmNote> {
  const { annotationid: id, notetext, createdon } = read(Note, record);
  return { id, contactId, ...unsigned(notetext ?? ''), createdAt: utc(createdon) };
}

function tasksIn(http: HttpPort): Part<'createTask' | 'task' | 'completeTask' | 'tasksLike'> {
  return {
    async createTask({ title, contactId, dueOn, mark }) {
      const path = pathOf('tasks', markUuid(mark));
      const made = await createAt(http, path, {
        subject: title.slice(0, SUBJECT_LENGTH_MAX),
        ...(dueOn !== null && { scheduledend: `${dueOn}T00:00:00Z` }),
        ...(contactId !== null && {
          'regardingobjectid_contact_task@odata.bind': pathOf('contacts', contactOr404(contactId)),
        }),
      });
      return toTask(made ?? (await found(http, path, TASK)));
    },
    async task(id) {
      const record = isId(id) ? await getRecord(http, pathOf('tasks', id), TASK) : null;
      return record === null ? null : toTask(record);
    },
    completeTask: async ({ id, version }) =>
      toTask(await changeRecord(http, pathOf('tasks', id), { body: DONE, version })),
    // Never asked: a repeat of a task finds it by its id.
    tasksLike: () => Promise.resolve(null),
  };
}

function toTask(record: DynamicsRecord): CrmTask {
  const told = read(Task, record);
  const isDone = told.statecode === DONE.statecode;
  return {
    id: told.activityid,
    contactId: told._regardingobjectid_value ?? null,
    title: told.subject ?? `Task ${told.activityid}`,
    dueOn: told.scheduledend == null ? null : utc(told.scheduledend).slice(0, 10),
    status: isDone ? 'done' : 'open',
    createdAt: utc(told.createdon),
    completedAt: isDone ? utc(told.actualend ?? told.modifiedon) : null,
    version: told.versionnumber,
  };
}

/** What an earlier attempt made. */
async function found(http: HttpPort, path: string, select: string): Promise<DynamicsRecord> {
  const record = await getRecord(http, path, select);
  if (record !== null) return record;
  throw new PermanentError('Dynamics refuses the record as a duplicate of another one.', { status: 409 });
}

function contactOr404(id: string): string {
  if (isId(id)) return id;
  throw new PermanentError(`There is no contact "${id}".`, { status: 404 });
}

function withoutMark({ mark: _mark, ...note }: Marked<CrmNote>): CrmNote {
  return note;
}

function isId(id: string): boolean {
  return /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id);
}

/** Records of another form are the fault of the system. */
function read<T extends z.ZodType>(schema: T, records: unknown): z.output<T> {
  const result = schema.safeParse(records);
  if (result.success) return result.data;
  throw new PermanentError(`Dynamics gave a record of another form: ${z.prettifyError(result.error)}`, {
    status: 502,
    reason: 'invalid-output',
  });
}

function utc(time: string): string {
  return new Date(time).toISOString();
}
