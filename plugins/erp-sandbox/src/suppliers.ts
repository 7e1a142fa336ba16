import type { ErpSupplier, ErpSupplierFindInput, ErpSupplierUpsertInput } from '@tutti/contracts';
import { PermanentError, type DatabaseSession } from '@tutti/plugin-sdk';
import type { z } from 'zod';
import { codeKey, nameKey } from '@tutti/plugin-sdk/erp';

const COLUMNS = 'id, name, vat_id AS "vatId", iban, email, currency, version';
const CANDIDATES_MAX = 20;

export async function supplierById(session: DatabaseSession, id: string): Promise<ErpSupplier | null> {
  const [row] = await session.query<ErpSupplier>(`SELECT ${COLUMNS} FROM suppliers WHERE id = $1`, [id]);
  return row ?? null;
}

/** All suppliers that match everything that is given; none when nothing is given. */
export async function findSuppliers(
  session: DatabaseSession,
  by: z.output<typeof ErpSupplierFindInput>,
): Promise<ErpSupplier[]> {
  const [vatId, iban, name] = [codeKey(by.vatId), codeKey(by.iban), by.name ? nameKey(by.name) : null];
  if (vatId === null && iban === null && name === null) return [];
  return session.query<ErpSupplier>(
    `SELECT ${COLUMNS} FROM suppliers
     WHERE ($1::text IS NULL OR vat_id = $1) AND ($2::text IS NULL OR iban = $2)
       AND ($3::text IS NULL OR name_key = $3)
     ORDER BY id LIMIT ${CANDIDATES_MAX}`,
    [vatId, iban, name],
  );
}

/** Whose invoice it is: by VAT id, else by account, else by name, each only when it names one supplier. */
export async function identifySupplier(
  session: DatabaseSession,
  by: { vatId: string | null; iban: string | null; name: string | null },
): Promise<ErpSupplier | null> {
  for (const key of [{ vatId: by.vatId }, { iban: by.iban }, { name: by.name }]) {
    const found = await findSuppliers(session, key);
    if (found.length === 1) return found[0] ?? null;
  }
  return null;
}

type Upsert = z.output<typeof ErpSupplierUpsertInput>;

export async function upsertSupplier(session: DatabaseSession, input: Upsert): Promise<ErpSupplier> {
  try {
    return input.id === undefined
      ? await createSupplier(session, input)
      : await changeSupplier(session, input.id, input);
  } catch (error) {
    throw told(error, input);
  }
}

async function createSupplier(session: DatabaseSession, input: Upsert): Promise<ErpSupplier> {
  if (input.name === undefined) throw new PermanentError('A new supplier needs a name.', { status: 422 });
  if (input.expectedVersion !== undefined) {
    throw new PermanentError('A new supplier has no version to expect: give its id.', { status: 422 });
  }
  const [row] = await session.query<ErpSupplier>(
    `INSERT INTO suppliers (name, name_key, vat_id, iban, email, currency) VALUES ($1, $2, $3, $4, $5,
       $6) RETURNING ${COLUMNS}`,
    [
      input.name,
      nameKey(input.name),
      codeKey(input.vatId),
      codeKey(input.iban),
      input.email ?? null,
      input.currency ?? 'EUR',
    ],
  );
  return row as ErpSupplier;
}

async function changeSupplier(session: DatabaseSession, id: string, input: Upsert): Promise<ErpSupplier> {
  const rows = await session.query<ErpSupplier>(`SELECT ${COLUMNS} FROM suppliers WHERE id = $1 FOR UPDATE`, [
    id,
  ]);
  const before = rows[0];
  if (before === undefined) throw new PermanentError(`There is no supplier "${id}".`, { status: 404 });
  if (input.expectedVersion !== undefined && input.expectedVersion !== before.version) {
    const message =
      `Supplier "${id}" is at version ${before.version}, not ${input.expectedVersion}: it ` +
      `was changed meanwhile.`;
    throw new PermanentError(message, { status: 409, reply: { supplier: before } });
  }
  const given = Object.fromEntries(Object.entries(input).filter(([, value]) => value !== undefined));
  const after: ErpSupplier = { ...before, ...given };
  const [row] = await session.query<ErpSupplier>(
    `UPDATE suppliers SET name = $2, name_key = $3, vat_id = $4, iban = $5, email = $6, currency = $7,
       version = version + 1
     WHERE id = $1 RETURNING ${COLUMNS}`,
    [
      id,
      after.name,
      nameKey(after.name),
      codeKey(after.vatId),
      codeKey(after.iban),
      after.email,
      after.currency,
    ],
  );
  return row as ErpSupplier;
}

/** What the table's rules refuse, in words. */
function told(error: unknown, input: Upsert): unknown {
  switch ((error as { code?: string }).code) {
    case '23505':
      return new PermanentError(`Another supplier has the VAT id "${input.vatId}".`, {
        status: 409,
        cause: error,
      });
    case '23514':
      return new PermanentError('The VAT id or the IBAN of the supplier is not written as one.', {
        status: 422,
        cause: error,
      });
    default:
      return error;
  }
}
