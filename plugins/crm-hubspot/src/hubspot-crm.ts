import type { CrmContact, CrmNote, CrmTask } from '@tutti/contracts';
import { PermanentError, explaining, type Change } from '@tutti/plugin-sdk';
import type { HttpPort } from '@tutti/plugin-sdk';
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
import { htmlOf, textOf } from './html.js';
import {
  changeObject,
  createObject,
  getObject,
  linkedIds,
  objectsChanged,
  readObjects,
  searchObjects,
  upsertObjects,
  type HubSpotObject,
} from './objects.js';
import { explained } from './refusals.js';
import type { Settings } from './settings.js';

/** Ids of HubSpot's own kinds of association. */
const NOTE_TO_CONTACT = 202;
const TASK_TO_CONTACT = 204;
const NOTE = ['hs_note_body'];
const TASK = ['hs_task_subject', 'hs_task_body', 'hs_task_status', 'hs_timestamp', 'hs_task_completion_date'];
const SEARCH_LIMIT = 100;
const RECENT_TASKS = 200;

/** HubSpot as a CRM. Versions are the milliseconds of the last change, which HubSpot tells of each record. */
export function hubspotCrm({ http: plain, settings }: { http: HttpPort; settings: Settings }): CrmSystem {
  const http = explaining(plain, explained);
  return { ...contactsIn(http, settings), ...notesIn(http), ...tasksIn(http) };
}

function contactsIn(
  http: HttpPort,
  { tagsProperty }: Settings,
): Pick<
  CrmSystem,
  'contact' | 'contactsByEmail' | 'contactsByText' | 'contactsChanged' | 'changeContact' | 'upsertContact'
> {
  const properties = ['email', 'firstname', 'lastname', 'company', 'phone'];
  if (tagsProperty !== undefined) properties.push(tagsProperty);
  const contactOf = (object: HubSpotObject) => toContact(object, tagsProperty);
  const get = (id: string, idProperty?: string) =>
    getObject(http, { type: 'contacts', id, idProperty, properties });
  /** HubSpot tells nothing but what it was given: the whole record is read after a change. */
  const read = async (id: string): Promise<CrmContact> => {
    const object = await get(id);
    if (object !== null) return contactOf(object);
    throw new PermanentError(`The contact "${id}" was deleted meanwhile.`, { status: 409 });
  };
  return {
    async contact(id) {
      const object = await get(id);
      return object === null ? null : contactOf(object);
    },
    async contactsByEmail(email) {
      const object = await get(email, 'email');
      return object === null ? [] : [contactOf(object)];
    },
    async contactsByText(text) {
      const body = { query: text, properties, limit: SEARCH_LIMIT };
      return (await searchObjects(http, 'contacts', body)).results.map(contactOf);
    },
    async *contactsChanged(from) {
      for await (const objects of objectsChanged(http, { type: 'contacts', properties, from }))
        yield objects.map((object): Change<CrmContact> => {
          const { id, updatedAt: at } = object;
          return { id, at, data: contactOf(object) };
        });
    },
    async changeContact({ id }, fields) {
      await changeObject(http, 'contacts', { id, properties: propertiesOf(fields, tagsProperty) });
      return read(id);
    },
    async upsertContact(email, fields) {
      const given = propertiesOf({ ...fields, email }, tagsProperty);
      const input = { id: email, idProperty: 'email', properties: given };
      const [made] = await upsertObjects(http, 'contacts', [input]);
      if (made === undefined) throw new PermanentError('HubSpot told no contact.', { status: 502 });
      return { contact: await read(made.object.id), created: made.created };
    },
  };
}

function notesIn(http: HttpPort): Pick<CrmSystem, 'createNote' | 'notes'> {
  return {
    async createNote(note) {
      const body = {
        properties: { hs_note_body: htmlOf(signed(note)), hs_timestamp: new Date().toISOString() },
        associations: [association(note.contactId, NOTE_TO_CONTACT)],
      };
      const { id, createdAt } = await createObject(http, 'notes', body);
      return {
        id,
        contactId: note.contactId,
        text: note.text,
        source: note.source,
        createdAt: utc(createdAt),
      };
    },
    async notes(contactId, limit) {
      const ids = (await linkedIds(http, { type: 'contacts', id: contactId }, 'notes')).slice(0, limit);
      const notes = await readObjects(http, 'notes', { ids, properties: NOTE });
      return newestFirst(notes).map((note) => toNote(note, contactId));
    },
  };
}

function tasksIn(http: HttpPort): Pick<CrmSystem, 'createTask' | 'task' | 'completeTask' | 'tasksLike'> {
  return {
    async createTask(task) {
      const { title, contactId, dueOn, mark } = task;
      const body = {
        properties: {
          hs_task_subject: title,
          hs_task_body: htmlOf(signed({ text: '', source: null, mark })),
          hs_task_status: 'NOT_STARTED',
          hs_task_type: 'TODO',
          // HubSpot has no task without a date: it is due on the day it is made.
          hs_timestamp: dueOn === null ? new Date().toISOString() : `${dueOn}T00:00:00.000Z`,
        },
        associations: contactId === null ? [] : [association(contactId, TASK_TO_CONTACT)],
      };
      return withoutMark(toTask(await createObject(http, 'tasks', body), contactId));
    },
    async task(id) {
      const object = await getObject(http, { type: 'tasks', id, properties: TASK });
      return object === null ? null : withoutMark(toTask(object, await contactOfTask(http, id)));
    },
    async completeTask({ id, contactId }) {
      await changeObject(http, 'tasks', { id, properties: { hs_task_status: 'COMPLETED' } });
      const [object] = await readObjects(http, 'tasks', { ids: [id], properties: TASK });
      if (object === undefined)
        throw new PermanentError(`The task "${id}" was deleted meanwhile.`, { status: 409 });
      return withoutMark(toTask(object, contactId));
    },
    tasksLike: (task) => tasksLike(http, task),
  };
}

/**
 * A contact tells its tasks at once. Without a contact there is the search only, which lags behind: what it
 * does not find may yet be there.
 */
async function tasksLike(http: HttpPort, task: NewTask): Promise<Marked<CrmTask>[] | null> {
  const { contactId, title, mark } = task;
  if (contactId !== null) {
    const ids = (await linkedIds(http, { type: 'contacts', id: contactId }, 'tasks')).slice(0, RECENT_TASKS);
    const objects = await readObjects(http, 'tasks', { ids, properties: TASK });
    return objects.map((object) => toTask(object, contactId));
  }
  const filters = [{ propertyName: 'hs_task_subject', operator: 'EQ', value: title }];
  const sorts = [{ propertyName: 'hs_createdate', direction: 'DESCENDING' }];
  const body = { filterGroups: [{ filters }], sorts, properties: TASK, limit: SEARCH_LIMIT };
  const { results } = await searchObjects(http, 'tasks', body);
  const tasks = results.map((object) => toTask(object, null));
  return tasks.some((found) => found.mark === mark) ? tasks : null;
}

async function contactOfTask(http: HttpPort, id: string): Promise<string | null> {
  const [contactId] = await linkedIds(http, { type: 'tasks', id }, 'contacts');
  return contactId ?? null;
}

function toContact(
  { id, properties, updatedAt }: HubSpotObject,
  tagsProperty: string | undefined,
): CrmContact {
  const { email, firstname, lastname, company, phone } = properties;
  const tags = tagsProperty === undefined ? '' : (properties[tagsProperty] ?? '');
  return {
    id,
    email: orNone(email),
    name: nameOf({ first: firstname, last: lastname }, orNone(email), `Contact ${id}`),
    company: orNone(company),
    phone: orNone(phone),
    tags: tags.split(';').filter((tag) => tag !== ''),
    version: Date.parse(updatedAt),
  };
}

function propertiesOf(fields: ContactFields, tagsProperty: string | undefined): Record<string, string> {
  const { name, tags, ...plain } = fields;
  const properties = Object.fromEntries(Object.entries(plain).map(([key, value]) => [key, value ?? '']));
  if (name !== undefined) {
    const { first, last } = nameParts(name);
    Object.assign(properties, { firstname: first, lastname: last });
  }
  if (tags === undefined || (tags.length === 0 && tagsProperty === undefined)) return properties;
  if (tagsProperty === undefined) {
    const message = 'HubSpot has no tags: make a contact property for them, and name it in `tagsProperty`.';
    throw new PermanentError(message, { status: 422 });
  }
  return { ...properties, [tagsProperty]: tags.join(';') };
}

function toNote({ id, properties, createdAt }: HubSpotObject, contactId: string): Marked<CrmNote> {
  const told = unsigned(textOf(properties['hs_note_body'] ?? ''));
  return { id, contactId, ...told, createdAt: utc(createdAt) };
}

function toTask(object: HubSpotObject, contactId: string | null): Marked<CrmTask> {
  const { id, properties, createdAt, updatedAt } = object;
  const isDone = properties['hs_task_status'] === 'COMPLETED';
  const completed = orNone(properties['hs_task_completion_date']);
  const due = orNone(properties['hs_timestamp']);
  return {
    id,
    contactId,
    title: orNone(properties['hs_task_subject']) ?? `Task ${id}`,
    dueOn: due === null ? null : utc(due).slice(0, 10),
    status: isDone ? 'done' : 'open',
    createdAt: utc(createdAt),
    completedAt: isDone ? utc(completed ?? updatedAt) : null,
    version: Date.parse(updatedAt),
    mark: unsigned(textOf(properties['hs_task_body'] ?? '')).mark,
  };
}

function withoutMark({ mark: _mark, ...task }: Marked<CrmTask>): CrmTask {
  return task;
}

function association(contactId: string, type: number): object {
  const types = [{ associationCategory: 'HUBSPOT_DEFINED', associationTypeId: type }];
  return { to: { id: contactId }, types };
}

function newestFirst(objects: readonly HubSpotObject[]): HubSpotObject[] {
  return objects.toSorted((one, other) => Date.parse(other.createdAt) - Date.parse(one.createdAt));
}

function orNone(value: string | null | undefined): string | null {
  return value === undefined || value === '' ? null : value;
}

/** HubSpot writes times in ISO 8601, or in milliseconds. */
function utc(time: string): string {
  return new Date(/^\d+$/.test(time) ? Number(time) : time).toISOString();
}
