import type { CrmContact, CrmContactFindInput, CrmContactUpsertInput } from '@tutti/contracts';
import { PermanentError, type DatabaseSession } from '@tutti/plugin-sdk';
import type { z } from 'zod';

const COLUMNS = 'id, email, name, company, phone, tags, version';
const CANDIDATES_MAX = 20;
type Upsert = z.output<typeof CrmContactUpsertInput>;

/** Contacts that match everything that is given; none when nothing is given. */
export async function findContacts(
  session: DatabaseSession,
  by: z.output<typeof CrmContactFindInput>,
): Promise<CrmContact[]> {
  if (by.id === undefined && by.email === undefined && by.text === undefined) return [];
  return session.query<CrmContact>(
    `SELECT ${COLUMNS} FROM contacts
     WHERE ($1::text IS NULL OR id = $1) AND ($2::text IS NULL OR lower(email) = lower($2))
       AND ($3::text IS NULL OR strpos(lower(name || ' ' || coalesce(company, '')), lower($3)) > 0)
     ORDER BY id LIMIT ${CANDIDATES_MAX}`,
    [by.id ?? null, by.email ?? null, by.text ?? null],
  );
}

export async function upsertContact(
  session: DatabaseSession,
  input: Upsert,
): Promise<{ contact: CrmContact; created: boolean }> {
  try {
    const before = await lockContact(session, input);
    if (before === null) return { contact: await createContact(session, input), created: true };
    return { contact: await changeContact(session, before, input), created: false };
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw new PermanentError(`Another contact has the email "${input.email}".`, {
      status: 409,
      cause: error,
    });
  }
}

async function lockContact(session: DatabaseSession, { id, email }: Upsert): Promise<CrmContact | null> {
  if (id === undefined && (email === undefined || email === null)) return null;
  const [row] = await session.query<CrmContact>(
    `SELECT ${COLUMNS} FROM contacts
     WHERE CASE WHEN $1::text IS NULL THEN lower(email) = lower($2) ELSE id = $1 END FOR UPDATE`,
    [id ?? null, email ?? null],
  );
  if (row === undefined && id !== undefined)
    throw new PermanentError(`There is no contact "${id}".`, { status: 404 });
  return row ?? null;
}

async function createContact(session: DatabaseSession, input: Upsert): Promise<CrmContact> {
  if (input.name === undefined) throw new PermanentError('A new contact needs a name.', { status: 422 });
  if (input.expectedVersion !== undefined) {
    throw new PermanentError('There is no such contact, so it has no version to expect.', { status: 409 });
  }
  const [row] = await session.query<CrmContact>(
    `INSERT INTO contacts (email, name, company, phone, tags) VALUES ($1, $2, $3, $4, $5)
       RETURNING ${COLUMNS}`,
    [input.email ?? null, input.name, input.company ?? null, input.phone ?? null, input.tags ?? []],
  );
  return row as CrmContact;
}

async function changeContact(
  session: DatabaseSession,
  before: CrmContact,
  input: Upsert,
): Promise<CrmContact> {
  if (input.expectedVersion !== undefined && input.expectedVersion !== before.version) {
    const message =
      `Contact "${before.id}" is at version ${before.version}, not ` +
      `${input.expectedVersion}: it was changed meanwhile.`;
    throw new PermanentError(message, { status: 409, reply: { contact: before } });
  }
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const after: CrmContact = { ...before, ...given };
  const [row] = await session.query<CrmContact>(
    `UPDATE contacts SET email = $2, name = $3, company = $4, phone = $5, tags = $6, version = version + 1
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [before.id, after.email, after.name, after.company, after.phone, after.tags],
  );
  return row as CrmContact;
}
