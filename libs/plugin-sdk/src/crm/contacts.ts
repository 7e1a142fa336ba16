import type { CrmContact, CrmContactFindInput, CrmContactUpsertInput } from '@tutti/contracts';
import type { z } from 'zod';
import { PermanentError } from '../errors.js';
import type { ContactFields, CrmSystem } from './crm-system.js';

type Find = z.output<typeof CrmContactFindInput>;
type Upsert = z.output<typeof CrmContactUpsertInput>;

const CANDIDATES_MAX = 20;

/** Contacts that match everything that is given; none when nothing is given. */
export async function findContacts(
  crm: CrmSystem,
  by: Find,
): Promise<{ contact: CrmContact | null; candidates: CrmContact[] }> {
  const found = await candidatesOf(crm, by);
  const candidates = found.filter((contact) => matches(contact, by)).slice(0, CANDIDATES_MAX);
  return { contact: candidates.length === 1 ? (candidates[0] ?? null) : null, candidates };
}

/** By the narrowest of what is given: the rest is looked at afterwards. */
async function candidatesOf(crm: CrmSystem, { id, email, text }: Find): Promise<CrmContact[]> {
  if (id !== undefined) {
    const contact = await crm.contact(id);
    return contact === null ? [] : [contact];
  }
  if (email !== undefined) return crm.contactsByEmail(email);
  return text === undefined || text === '' ? [] : crm.contactsByText(text);
}

function matches(contact: CrmContact, { id, email, text }: Find): boolean {
  if (id !== undefined && email !== undefined && !sameText(contact.email, email)) return false;
  const told = `${contact.name} ${contact.company ?? ''}`.toLowerCase();
  return text === undefined || told.includes(text.toLowerCase());
}

function sameText(one: string | null, other: string): boolean {
  return one?.toLowerCase() === other.toLowerCase();
}

/**
 * Changes the contact with this id, else with this address, or creates it. Without either it is refused: a
 * repeat could not be told from a second contact.
 */
export async function upsertContact(
  crm: CrmSystem,
  input: Upsert,
): Promise<{ contact: CrmContact; created: boolean }> {
  const { id, expectedVersion, ...fields } = input;
  if (id !== undefined) {
    const before = await crm.contact(id);
    if (before === null) throw new PermanentError(`There is no contact "${id}".`, { status: 404 });
    return { contact: await change(crm, before, { fields, expectedVersion }), created: false };
  }
  const { email } = fields;
  if (email === undefined || email === null) {
    const message = 'A contact needs an id or an email here, so that a repeat does not create a second one.';
    throw new PermanentError(message, { status: 422 });
  }
  if (expectedVersion === undefined) return crm.upsertContact(email, givenOf(fields));
  const [before] = await crm.contactsByEmail(email);
  if (before === undefined) {
    const message = `There is no contact "${email}", so it has no version to expect.`;
    throw new PermanentError(message, { status: 409 });
  }
  return { contact: await change(crm, before, { fields, expectedVersion }), created: false };
}

async function change(
  crm: CrmSystem,
  before: CrmContact,
  { fields, expectedVersion }: { fields: Partial<Upsert>; expectedVersion: number | undefined },
): Promise<CrmContact> {
  const given = givenOf(fields);
  if (expectedVersion === undefined) return crm.changeContact(before, given, false);
  if (expectedVersion === before.version) return crm.changeContact(before, given, true);
  // An earlier attempt of this call may have made the change.
  if (isAsAsked(before, given)) return before;
  const message =
    `Contact "${before.id}" is at version ${before.version}, not ${expectedVersion}: ` +
    'it was changed meanwhile.';
  throw new PermanentError(message, { status: 409, reply: { contact: before } });
}

function givenOf(fields: Partial<Upsert>): ContactFields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function isAsAsked(contact: CrmContact, { email, ...fields }: ContactFields): boolean {
  if (email !== undefined && !(email === null ? contact.email === null : sameText(contact.email, email)))
    return false;
  const told: Record<string, unknown> = contact;
  return Object.entries(fields).every(
    ([name, value]) => JSON.stringify(told[name]) === JSON.stringify(value),
  );
}
