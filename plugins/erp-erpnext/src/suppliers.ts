import type { ErpSupplier } from '@tutti/contracts';
import { codeKey, longestPiece, type ErpSystem, type SupplierChange } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { Document, MARK_FIELD, versionOf, type Filters, type Frappe } from './frappe.js';

const DOCTYPE = 'Supplier';
const ACCOUNT = 'Bank Account';
/** A bank account needs a bank in ERPNext, and an IBAN alone does not name one. */
const UNKNOWN_BANK = 'Unknown bank';

const Text = z.string().nullish();
const Supplier = Document.extend({
  supplier_name: z.string(),
  tax_id: Text,
  email_id: Text,
  default_currency: Text,
});
type Supplier = z.output<typeof Supplier>;
const Account = Document.extend({ iban: Text, party: Text });

/** Suppliers, with their default bank account. */
export function suppliersIn(
  frappe: Frappe,
): Pick<ErpSystem, 'supplier' | 'suppliers' | 'supplierMarked' | 'createSupplier' | 'changeSupplier'> {
  const supplier = async (id: string) => {
    const found = await frappe.get(DOCTYPE, Supplier, id);
    return found === null ? null : supplierOf(frappe, found);
  };
  const known = async (id: string) => (await supplier(id)) as ErpSupplier;
  return {
    supplier,
    async suppliers({ vatId, iban, name }) {
      const parties = iban === null ? null : await ownersOf(frappe, iban);
      const filters: Filters = [
        ...(vatId === null ? [] : [['tax_id', '=', vatId]]),
        ...(parties === null ? [] : [['name', 'in', parties]]),
        ...(name === null ? [] : [['supplier_name', 'like', `%${longestPiece(name)}%`]]),
      ];
      const found = parties?.length === 0 ? [] : await frappe.all(DOCTYPE, Supplier, filters);
      return Promise.all(found.map((one) => supplierOf(frappe, one)));
    },
    async supplierMarked(mark) {
      const found = await frappe.first(DOCTYPE, Supplier, [[MARK_FIELD, '=', mark]]);
      return found === null ? null : supplierOf(frappe, found);
    },
    async createSupplier(input, before) {
      const values = { ...valuesOf(input), supplier_type: 'Company', [MARK_FIELD]: frappe.mark };
      const id = before?.id ?? (await frappe.insert(DOCTYPE, values)).name;
      await ensureAccount(frappe, id, input.iban);
      return known(id);
    },
    async changeSupplier({ id, version }, input) {
      const { modified } = await frappe.needed(DOCTYPE, Supplier, id);
      // Another version than the one that was looked at: ERPNext compares and refuses.
      const expected = versionOf({ modified }) === version ? modified : '1970-01-01 00:00:00';
      await frappe.change(DOCTYPE, id, { ...valuesOf(input), modified: expected });
      await ensureAccount(frappe, id, input.iban);
      return known(id);
    },
  };
}

async function supplierOf(frappe: Frappe, found: Supplier): Promise<ErpSupplier> {
  const account = await accountOf(frappe, found.name);
  return {
    id: found.name,
    name: found.supplier_name,
    vatId: codeKey(found.tax_id),
    iban: codeKey(account?.iban),
    // ERPNext lets people write anything there.
    email: z.email().safeParse(found.email_id).data ?? null,
    currency: found.default_currency || frappe.settings.currency,
    version: versionOf(found),
  };
}

function valuesOf({ name, vatId, email, currency }: SupplierChange): object {
  return {
    ...(name !== undefined && { supplier_name: name }),
    ...(vatId !== undefined && { tax_id: codeKey(vatId) ?? '' }),
    ...(email !== undefined && { email_id: email ?? '' }),
    ...(currency !== undefined && { default_currency: currency }),
  };
}

const ofSupplier = (name: string): Filters => [
  ['party_type', '=', DOCTYPE],
  ['party', '=', name],
  ['disabled', '=', 0],
];

function accountOf(frappe: Frappe, supplier: string) {
  return frappe.first(ACCOUNT, Account, ofSupplier(supplier));
}

async function ownersOf(frappe: Frappe, iban: string): Promise<string[]> {
  const filters = [
    ['iban', '=', iban],
    ['party_type', '=', DOCTYPE],
    ['disabled', '=', 0],
  ];
  const accounts = await frappe.all(ACCOUNT, Account, filters);
  return accounts.flatMap(({ party }) => party ?? []);
}

/** Makes the account the supplier's only one, where it is not yet; another one is disabled. */
async function ensureAccount(
  frappe: Frappe,
  supplier: string,
  iban: string | null | undefined,
): Promise<void> {
  if (iban === undefined) return;
  const code = codeKey(iban);
  const account = await accountOf(frappe, supplier);
  if (codeKey(account?.iban) === code) return;
  if (account !== null) await frappe.change(ACCOUNT, account.name, { disabled: 1 });
  if (code === null) return;
  if ((await frappe.get('Bank', Document, UNKNOWN_BANK)) === null)
    await frappe.insert('Bank', { bank_name: UNKNOWN_BANK });
  const party = { party_type: DOCTYPE, party: supplier };
  await frappe.insert(ACCOUNT, {
    account_name: `${supplier} ${code}`,
    bank: UNKNOWN_BANK,
    iban: code,
    ...party,
  });
}
