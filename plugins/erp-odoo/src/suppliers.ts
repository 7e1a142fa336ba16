import type { ErpSupplier } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { codeKey, longestPiece, type ErpSystem, type SupplierChange } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import type { Domain, Odoo } from './odoo.js';
import { recordId, WireIds, WireNamed, WireText, WireVersion } from './wire.js';

const MODEL = 'res.partner';
const BANK = 'res.partner.bank';
const CURRENCY = 'property_purchase_currency_id';
const CANDIDATES_MAX = 20;

const Partner = z.object({
  id: z.int(),
  name: WireText,
  vat: WireText,
  email: WireText,
  bank_ids: WireIds,
  [CURRENCY]: z.union([WireNamed, z.literal(false)]),
  write_date: WireVersion,
});
type Partner = z.output<typeof Partner>;
const FIELDS = ['name', 'vat', 'email', 'bank_ids', CURRENCY, 'write_date'];
const Account = z.object({ id: z.int(), sanitized_acc_number: WireText });
const Company = z.object({ currency_id: WireNamed });

/** Suppliers are partners. */
export function suppliersIn(
  odoo: Odoo,
): Pick<ErpSystem, 'supplier' | 'suppliers' | 'supplierMarked' | 'createSupplier' | 'changeSupplier'> {
  const where = (domain: Domain) => suppliersWhere(odoo, domain);
  const byId = async (id: number) => (await where([['id', '=', id]]))[0] ?? null;
  return {
    async supplier(id) {
      const number = recordId(id);
      return number === null ? null : byId(number);
    },
    suppliers: ({ vatId, iban, name }) =>
      where([
        ...(vatId === null ? [] : [['vat', '=ilike', vatId]]),
        ...(iban === null ? [] : [['bank_ids.sanitized_acc_number', '=', iban]]),
        ...(name === null ? [] : [['name', 'ilike', literally(longestPiece(name))]]),
      ]),
    supplierMarked: async (mark) => (await where([['comment', 'ilike', mark]]))[0] ?? null,
    async createSupplier(input, before) {
      const values = { ...(await valuesOf(odoo, input)), supplier_rank: 1, comment: odoo.mark };
      const id = before === null ? await odoo.create(MODEL, values) : Number(before.id);
      await ensureAccount(odoo, id, input.iban);
      return (await byId(id)) as ErpSupplier;
    },
    async changeSupplier({ id }, input) {
      await odoo.write(MODEL, Number(id), await valuesOf(odoo, input));
      await ensureAccount(odoo, Number(id), input.iban);
      return (await byId(Number(id))) as ErpSupplier;
    },
  };
}

async function suppliersWhere(odoo: Odoo, domain: Domain): Promise<ErpSupplier[]> {
  const partners = await odoo.search(MODEL, Partner, { domain, fields: FIELDS, limit: CANDIDATES_MAX });
  const ids = partners.flatMap(({ bank_ids }) => bank_ids.slice(0, 1));
  const accounts = await odoo.read(BANK, Account, { ids, fields: ['sanitized_acc_number'] });
  const numbers = new Map(accounts.map(({ id, sanitized_acc_number }) => [id, sanitized_acc_number]));
  if (partners.length === 0) return [];
  const own = await companyCurrency(odoo);
  return partners.map((partner) => supplierOf(partner, { numbers, own }));
}

function supplierOf(
  partner: Partner,
  { numbers, own }: { numbers: Map<number, string | null>; own: string },
): ErpSupplier {
  const currency = partner[CURRENCY];
  return {
    id: String(partner.id),
    name: partner.name ?? `Partner ${partner.id}`,
    vatId: codeKey(partner.vat),
    iban: numbers.get(partner.bank_ids[0] ?? 0) ?? null,
    // Odoo lets people write anything there.
    email: z.email().safeParse(partner.email).data ?? null,
    currency: currency === false ? own : currency.name,
    version: partner.write_date,
  };
}

/** The currency of the company's books, such as `EUR`. */
async function companyCurrency(odoo: Odoo): Promise<string> {
  const of = { ids: [odoo.settings.company], fields: ['currency_id'] };
  const [company] = await odoo.read('res.company', Company, of);
  if (company !== undefined) return company.currency_id.name;
  const message = `Odoo has no company ${odoo.settings.company}, or its user may not see it.`;
  throw new PermanentError(message, { status: 422 });
}

export function currencyId(odoo: Odoo, code: string): Promise<number> {
  return odoo.needed(
    'res.currency',
    [['name', '=', code]],
    `Odoo has no active currency ${code}: activate it.`,
  );
}

async function valuesOf(odoo: Odoo, { name, vatId, email, currency }: SupplierChange): Promise<object> {
  return {
    ...(name !== undefined && { name }),
    ...(vatId !== undefined && { vat: codeKey(vatId) ?? false }),
    ...(email !== undefined && { email: email ?? false }),
    ...(currency !== undefined && { [CURRENCY]: await currencyId(odoo, currency) }),
  };
}

/** Makes the account the partner's first one, where it is not yet; others are archived. */
async function ensureAccount(odoo: Odoo, partner: number, iban: string | null | undefined): Promise<void> {
  if (iban === undefined) return;
  const code = codeKey(iban);
  const domain = [['partner_id', '=', partner]];
  const accounts = await odoo.search(BANK, Account, { domain, fields: ['sanitized_acc_number'] });
  for (const { id, sanitized_acc_number } of accounts)
    if (sanitized_acc_number !== code) await odoo.write(BANK, id, { active: false });
  if (code === null || accounts.some(({ sanitized_acc_number }) => sanitized_acc_number === code)) return;
  await odoo.create(BANK, { partner_id: partner, acc_number: code });
}

/** Text in a pattern of `ilike`, so that it stands for itself. */
function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
