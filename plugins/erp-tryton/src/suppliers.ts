import type { ErpSupplier, ErpSupplierFindInput, ErpSupplierUpsertInput } from '@tutti/contracts';
import { codeKey, longestPiece, nameKey } from '@tutti/plugin-sdk/erp';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { companyCurrency } from './lookups.js';
import type { Domain, Tryton } from './rpc.js';
import { literally, recordId, WireTimestamp } from './wire.js';

const MARK = /^tutti:/;
const CANDIDATES_MAX = 20;
/** A bank account needs a bank in Tryton, and an IBAN alone does not name one. */
const UNKNOWN_BANK = 'Unknown bank';

const Party = z.object({
  id: z.int(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  _timestamp: WireTimestamp,
  'identifiers.': z.array(z.object({ id: z.int(), type: z.string().nullable(), code: z.string() })),
  'contact_mechanisms.': z.array(z.object({ id: z.int(), type: z.string() })),
});
type Party = z.output<typeof Party>;
const FIELDS = [
  'name',
  'email',
  '_timestamp',
  'identifiers.type',
  'identifiers.code',
  'contact_mechanisms.type',
];
const AccountNumber = z.object({ number: z.string() });

/** The party as a supplier of the contract. Tryton keeps no currency of a party: it is the company's. */
async function supplierOf(tryton: Tryton, party: Party): Promise<ErpSupplier> {
  return {
    id: String(party.id),
    name: party.name ?? `Party ${party.id}`,
    vatId: vatIdentifier(party)?.code ?? null,
    iban: await ibanOf(tryton, party.id),
    // Tryton lets people write anything there.
    email: z.email().safeParse(party.email).data ?? null,
    currency: (await companyCurrency(tryton)).code,
    version: party._timestamp.version,
  };
}

function vatIdentifier({ 'identifiers.': all }: Party) {
  const unchecked = all.find(({ type, code }) => type === null && !MARK.test(code));
  return all.find(({ type }) => type !== null && /vat/.test(type)) ?? unchecked;
}

async function ibanOf(tryton: Tryton, party: number): Promise<string | null> {
  const [account] = await tryton.search('bank.account.number', AccountNumber, {
    domain: [
      ['account.owners', '=', party],
      ['type', '=', 'iban'],
    ],
    fields: ['number'],
    limit: 1,
  });
  return codeKey(account?.number);
}

async function parties(tryton: Tryton, domain: Domain): Promise<Party[]> {
  return tryton.search('party.party', Party, { domain, fields: FIELDS, limit: CANDIDATES_MAX });
}

/** The supplier with this id, or null. */
export async function supplierById(tryton: Tryton, id: string): Promise<ErpSupplier | null> {
  const number = recordId(id);
  if (number === null) return null;
  const [party] = await parties(tryton, [['id', '=', number]]);
  return party === undefined ? null : supplierOf(tryton, party);
}

/** All suppliers that match everything that is given; none when nothing is given. */
export async function findSuppliers(
  tryton: Tryton,
  by: z.output<typeof ErpSupplierFindInput>,
): Promise<ErpSupplier[]> {
  const [vatId, iban, name] = [codeKey(by.vatId), codeKey(by.iban), by.name?.trim() ?? ''];
  if (vatId === null && iban === null && name === '') return [];
  const domain = [
    ...(vatId === null ? [] : [['identifiers.code', '=', vatId]]),
    ...(iban === null ? [] : [['bank_accounts.numbers.number_compact', '=', iban]]),
    ...(name === '' ? [] : [['name', 'ilike', `%${literally(longestPiece(name))}%`]]),
  ];
  const found = await parties(tryton, domain);
  const same = found.filter((party) => name === '' || nameKey(party.name ?? '') === nameKey(name));
  const suppliers: ErpSupplier[] = [];
  for (const party of same) suppliers.push(await supplierOf(tryton, party));
  return suppliers;
}

/** Whose invoice it is: by VAT id, else by account, else by name, each only when it names one supplier. */
export async function identifySupplier(
  tryton: Tryton,
  by: { vatId: string | null; iban: string | null; name: string | null },
): Promise<ErpSupplier | null> {
  for (const key of [{ vatId: by.vatId }, { iban: by.iban }, { name: by.name }]) {
    const found = await findSuppliers(tryton, key);
    if (found.length === 1) return found[0] ?? null;
  }
  return null;
}

type Upsert = z.output<typeof ErpSupplierUpsertInput>;

/** Creates a supplier, or changes the fields that are given. */
export async function upsertSupplier(tryton: Tryton, input: Upsert): Promise<ErpSupplier> {
  await refuseCurrency(tryton, input);
  return input.id === undefined ? createSupplier(tryton, input) : changeSupplier(tryton, input.id, input);
}

async function refuseCurrency(tryton: Tryton, { currency }: Upsert): Promise<void> {
  const own = (await companyCurrency(tryton)).code;
  if (currency === undefined || currency === own) return;
  const message = `Tryton keeps no currency of a supplier; the company's is ${own}, not ${currency}.`;
  throw new PermanentError(message, { status: 422 });
}

async function createSupplier(tryton: Tryton, input: Upsert): Promise<ErpSupplier> {
  if (input.name === undefined) throw new PermanentError('A new supplier needs a name.', { status: 422 });
  if (input.expectedVersion !== undefined)
    throw new PermanentError('A new supplier has no version to expect: give its id.', { status: 422 });
  const made = await tryton.first('party.party', [['identifiers.code', '=', tryton.mark]]);
  if (made === null) await refuseKnownVatId(tryton, input, null);
  const id = made ?? (await tryton.create('party.party', newParty(tryton, input)));
  await ensureAccount(tryton, id, input.iban);
  return (await supplierById(tryton, String(id))) as ErpSupplier;
}

function newParty(tryton: Tryton, { name, vatId, email }: Upsert): object {
  const code = codeKey(vatId);
  const identifiers = [
    ...(code === null ? [] : [{ type: vatType(tryton), code }]),
    { type: null, code: tryton.mark },
  ];
  return {
    name,
    identifiers: [['create', identifiers]],
    // Orders and invoices need an address, though nobody has told one.
    addresses: [['create', [{}]]],
    ...(email && { contact_mechanisms: [['create', [{ type: 'email', value: email }]]] }),
  };
}

function vatType({ settings }: Tryton): string | null {
  return settings.vatIdentifier === 'unchecked' ? null : settings.vatIdentifier;
}

async function refuseKnownVatId(tryton: Tryton, { vatId }: Upsert, own: number | null): Promise<void> {
  const code = codeKey(vatId);
  if (code === null) return;
  const others = await parties(tryton, [['identifiers.code', '=', code]]);
  if (others.every(({ id }) => id === own)) return;
  throw new PermanentError(`Another supplier has the VAT id "${vatId}".`, { status: 409 });
}

async function changeSupplier(tryton: Tryton, id: string, input: Upsert): Promise<ErpSupplier> {
  const [party] = await parties(tryton, [['id', '=', recordId(id) ?? 0]]);
  if (party === undefined) throw new PermanentError(`There is no supplier "${id}".`, { status: 404 });
  const before = await supplierOf(tryton, party);
  // A repeat of a change that was made: nothing is left to do, whatever version it expected.
  if (isAlready(before, input)) return before;
  if (input.expectedVersion !== undefined && input.expectedVersion !== before.version) {
    const message = `Supplier "${id}" is at version ${before.version}, not ${input.expectedVersion}: it was changed.`;
    throw new PermanentError(message, { status: 409, reply: { supplier: before } });
  }
  await refuseKnownVatId(tryton, input, party.id);
  const { timestamp } = party._timestamp;
  await tryton.write('party.party', party.id, { values: changes(tryton, party, input), timestamp });
  await ensureAccount(tryton, party.id, input.iban);
  return (await supplierById(tryton, id)) as ErpSupplier;
}

function isAlready(before: ErpSupplier, { name, vatId, iban, email }: Upsert): boolean {
  return (
    (name ?? before.name) === before.name &&
    (vatId === undefined || codeKey(vatId) === before.vatId) &&
    (iban === undefined || codeKey(iban) === before.iban) &&
    (email === undefined || email === before.email)
  );
}

function changes(tryton: Tryton, party: Party, { name, vatId, email }: Upsert): object {
  const [old, code] = [vatIdentifier(party), codeKey(vatId)];
  const mails = party['contact_mechanisms.'].filter(({ type }) => type === 'email').map(({ id }) => id);
  return {
    ...(name !== undefined && { name }),
    ...(vatId !== undefined && {
      identifiers: [
        ...(old === undefined ? [] : [['delete', [old.id]]]),
        ...(code === null ? [] : [['create', [{ type: vatType(tryton), code }]]]),
      ],
    }),
    ...(email !== undefined && {
      contact_mechanisms: [
        ['delete', mails],
        ...(email === null ? [] : [['create', [{ type: 'email', value: email }]]]),
      ],
    }),
  };
}

/** Makes the account the party's only one, where it is not yet. */
async function ensureAccount(tryton: Tryton, party: number, iban: string | null | undefined): Promise<void> {
  const code = codeKey(iban);
  if (iban === undefined || code === (await ibanOf(tryton, party))) return;
  const Account = z.object({ id: z.int() });
  const domain = [['owners', '=', party]];
  const old = await tryton.search('bank.account', Account, { domain, fields: ['id'] });
  const fresh = {
    bank: await unknownBank(tryton),
    numbers: [['create', [{ type: 'iban', number: code }]]],
  };
  const accounts = [
    ...(old.length === 0 ? [] : [['remove', old.map(({ id }) => id)]]),
    ...(code === null ? [] : [['create', [fresh]]]),
  ];
  await tryton.write('party.party', party, { values: { bank_accounts: accounts } });
}

async function unknownBank(tryton: Tryton): Promise<number> {
  const known = await tryton.first('bank', [['party.name', '=', UNKNOWN_BANK]]);
  if (known !== null) return known;
  return tryton.create('bank', { party: await tryton.create('party.party', { name: UNKNOWN_BANK }) });
}
