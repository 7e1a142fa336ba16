import type { ErpInvoice, ErpInvoicePostInput, Invoice } from '@tutti/contracts';
import { booked, Exact, pairLines, refuseOtherTotal, unitPriceOf, type Booked } from '@tutti/plugin-sdk/erp';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { addressId, currencyId, needed, taxIds } from './lookups.js';
import { orderByNumber, type KnownOrder } from './purchase-orders.js';
import type { ChangedSince, Domain, Tryton } from './rpc.js';
import { supplierById } from './suppliers.js';
import {
  date,
  decimal,
  quantity,
  recordId,
  WireDate,
  WireDecimal,
  WireQuantity,
  WireTimestamp,
} from './wire.js';

const MODEL = 'account.invoice';
const IN_THE_BOOKS = ['posted', 'paid'];

const Line = z.object({
  id: z.int(),
  type: z.string(),
  description: z.string().nullable(),
  quantity: WireQuantity.nullable(),
  unit_price: WireDecimal.nullable(),
  amount: WireDecimal.nullable(),
  origin: z.string().nullable(),
  account: z.int().nullable(),
  taxes: z.array(z.int()),
  'product.': z.object({ code: z.string().nullable() }).nullable(),
});
type Line = z.output<typeof Line>;
const Record = z.object({
  id: z.int(),
  state: z.string(),
  reference: z.string().nullable(),
  comment: z.string().nullable(),
  invoice_date: WireDate.nullable(),
  untaxed_amount: WireDecimal,
  tax_amount: WireDecimal,
  total_amount: WireDecimal,
  amount_to_pay: WireDecimal,
  _timestamp: WireTimestamp,
  party: z.int(),
  'currency.': z.object({ id: z.int(), code: z.string() }),
  'purchases.': z.array(z.object({ number: z.string().nullable() })),
  'lines_to_pay.': z.array(
    z.object({ id: z.int(), maturity_date: WireDate.nullable(), reconciliation: z.int().nullable() }),
  ),
  'lines.': z.array(Line),
});
type Record = z.output<typeof Record>;
const FIELDS = [
  'state reference comment invoice_date untaxed_amount tax_amount total_amount amount_to_pay',
  '_timestamp party currency.code purchases.number lines_to_pay.maturity_date',
  'lines_to_pay.reconciliation lines.type lines.description lines.quantity lines.unit_price',
  'lines.amount lines.origin lines.account lines.taxes lines.product.code',
].flatMap((names) => names.split(' '));

/** An invoice with what payments need of it. */
export interface KnownInvoice {
  id: number;
  party: number;
  currency: number;
  /** Lines of the ledger that are not paid yet: one a instalment. */
  unpaid: readonly number[];
  invoice: ErpInvoice;
}

const ours = (tryton: Tryton) => [
  ['type', '=', 'in'],
  ['company', '=', tryton.settings.company],
];

function search(tryton: Tryton, domain: Domain): Promise<Record[]> {
  return tryton.search(MODEL, Record, { domain: [...ours(tryton), ...domain], fields: FIELDS, limit: 20 });
}

/** A page of the invoices in the books that were changed then or later. */
export async function invoicesSince(tryton: Tryton, page: ChangedSince): Promise<ErpInvoice[]> {
  const domain = [...ours(tryton), ['state', 'in', IN_THE_BOOKS]];
  const found = await tryton.changedSince(MODEL, Record, { domain, fields: FIELDS, ...page });
  return found.map(invoiceOf);
}

/** The invoice in the books with this id, or null. */
export async function invoiceById(tryton: Tryton, id: string): Promise<KnownInvoice | null> {
  const [record] = await search(tryton, [
    ['id', '=', recordId(id) ?? 0],
    ['state', 'in', IN_THE_BOOKS],
  ]);
  if (record === undefined) return null;
  const unpaid = record['lines_to_pay.'].filter(({ reconciliation }) => reconciliation === null);
  return {
    id: record.id,
    party: record.party,
    currency: record['currency.'].id,
    unpaid: unpaid.map((line) => line.id),
    invoice: invoiceOf(record),
  };
}

/** Invoices in the books with this number, of one supplier or of all. */
export async function findInvoices(
  tryton: Tryton,
  by: { invoiceNumber: string; supplierId?: string | undefined },
): Promise<ErpInvoice[]> {
  const found = await search(tryton, [
    ['reference', '=', by.invoiceNumber.trim()],
    ['state', 'in', IN_THE_BOOKS],
    ...(by.supplierId === undefined ? [] : [['party', '=', recordId(by.supplierId) ?? 0]]),
  ]);
  return found.map(invoiceOf);
}

function invoiceOf(record: Record): ErpInvoice {
  const due = record['lines_to_pay.'].map(({ maturity_date }) => maturity_date).filter((day) => day !== null);
  const isPaid = record.state === 'paid' || !Exact.of(record.amount_to_pay).isMoreThan(Exact.zero);
  return {
    id: String(record.id),
    supplierId: String(record.party),
    invoiceNumber: record.reference || String(record.id),
    invoiceDate: record.invoice_date ?? '1970-01-01',
    dueDate: due.sort()[0] ?? null,
    currency: record['currency.'].code,
    purchaseOrderNumber: record['purchases.'][0]?.number ?? null,
    netTotal: record.untaxed_amount,
    taxTotal: record.tax_amount,
    grandTotal: record.total_amount,
    openAmount: record.amount_to_pay,
    status: isPaid ? 'paid' : 'open',
    lines: invoiceLines(record).map((line) => ({
      description: line.description ?? '',
      articleCode: line['product.']?.code ?? null,
      quantity: line.quantity ?? '0',
      unitPrice: line.unit_price ?? '0',
      lineTotal: line.amount ?? '0',
    })),
    version: record._timestamp.version,
  };
}

function invoiceLines(record: Record): Line[] {
  return record['lines.'].filter(({ type }) => type === 'line');
}

/** How much of each line of a purchase order was invoiced already, by the line's number. */
export async function invoicedQuantities(tryton: Tryton, order: KnownOrder): Promise<Map<number, Exact>> {
  const records = await search(tryton, [ofOrder(order), ['state', 'in', IN_THE_BOOKS]]);
  const invoiced = new Map<number, Exact>();
  for (const line of records.flatMap(invoiceLines)) {
    const number = order.lineIds.findIndex((id) => line.origin === `purchase.line,${id}`) + 1;
    if (number === 0) continue;
    invoiced.set(number, (invoiced.get(number) ?? Exact.zero).plus(Exact.of(line.quantity ?? '0')));
  }
  return invoiced;
}

const ofOrder = ({ id }: KnownOrder) => ['lines.origin.purchase', '=', id, 'purchase.line'];

type Post = z.output<typeof ErpInvoicePostInput>;

/**
 * Posts a supplier's invoice. Processing an order has made a draft already, which is brought to what the
 * invoice says, so that nothing is in the books twice. A repeat goes on where the first attempt stopped.
 */
export async function postInvoice(tryton: Tryton, input: Post): Promise<ErpInvoice> {
  const header = headerOf(input.invoice);
  const supplier = await supplierById(tryton, input.supplierId);
  if (supplier === null)
    throw new PermanentError(`There is no supplier "${input.supplierId}".`, { status: 404 });
  const before = await search(tryton, [
    ['reference', '=', header.invoiceNumber],
    ['party', '=', Number(supplier.id)],
    ['state', 'in', IN_THE_BOOKS],
  ]);
  const mine = before.find(({ comment }) => comment?.includes(tryton.mark));
  if (mine !== undefined) return invoiceOf(mine);
  if (before.length > 0) {
    const message = `Supplier "${supplier.id}" has sent the invoice "${header.invoiceNumber}" before: it is a duplicate.`;
    throw new PermanentError(message, { status: 409 });
  }
  const id = await draftOf(tryton, input, header);
  await checkTotal(tryton, id, header);
  await tryton.advance(MODEL, id, { draft: 'post', validated: 'post' });
  return ((await invoiceById(tryton, String(id))) as KnownInvoice).invoice;
}

function headerOf(invoice: Invoice): Booked {
  const header = booked(invoice);
  if (!('missing' in header)) return header;
  const message = `The invoice cannot be posted without ${header.missing.join(', ')}.`;
  throw new PermanentError(message, { status: 422 });
}

/** What is typed over from the supplier's paper. */
function paperValues(tryton: Tryton, { invoiceNumber, invoiceDate }: Booked): object {
  return { reference: invoiceNumber, invoice_date: date(invoiceDate), comment: tryton.mark };
}

async function draftOf(tryton: Tryton, input: Post, header: Booked): Promise<number> {
  if (input.purchaseOrderNumber === null) return draftWithoutOrder(tryton, input, header);
  const order = await orderByNumber(tryton, input.purchaseOrderNumber);
  if (order === null)
    throw new PermanentError(`There is no purchase order "${input.purchaseOrderNumber}".`, { status: 404 });
  const drafts = await search(tryton, [ofOrder(order), ['state', '=', 'draft']]);
  const draft = drafts.find(({ comment }) => comment?.includes(tryton.mark)) ?? drafts[0];
  if (draft === undefined) {
    const message = `Tryton expects no more invoices for the purchase order "${order.order.number}".`;
    throw new PermanentError(message, { status: 409 });
  }
  const lines = await draftLines(tryton, { draft, order, invoice: input.invoice });
  const values = { ...paperValues(tryton, header), lines };
  await tryton.write(MODEL, draft.id, { values, timestamp: draft._timestamp.timestamp });
  return draft.id;
}

/**
 * How the draft's lines become those of the invoice. An invoice without lines is taken to be for all of them.
 */
async function draftLines(
  tryton: Tryton,
  { draft, order, invoice }: { draft: Record; order: KnownOrder; invoice: Invoice },
): Promise<unknown[]> {
  if (invoice.lines.length === 0) return [];
  const pairs = pairLines(invoice.lines, order.order.lines);
  const free = new Map(invoiceLines(draft).map((line) => [line.origin, line]));
  const actions: unknown[] = [];
  for (const [index, line] of invoice.lines.entries()) {
    const origin = `purchase.line,${order.lineIds[(pairs[index]?.number ?? 0) - 1]}`;
    const drafted = free.get(origin);
    free.delete(origin);
    const values = await lineValues(tryton, line, drafted);
    const account = invoiceLines(draft)[0]?.account ?? null;
    actions.push(
      drafted === undefined
        ? ['create', [{ ...values, ...(await newLine(tryton, account)) }]]
        : ['write', [drafted.id], values],
    );
  }
  const rest = [...free.values()].map(({ id }) => id);
  // Tryton expects what was not invoiced again, in the next draft.
  return rest.length === 0 ? actions : [...actions, ['delete', rest]];
}

async function lineValues(tryton: Tryton, line: Invoice['lines'][number], drafted?: Line): Promise<object> {
  const price = unitPriceOf(line);
  const taxes = line.taxPercent === null ? null : await taxIds(tryton, line.taxPercent);
  return {
    ...(line.quantity !== null && { quantity: quantity(line.quantity) }),
    ...(price !== null && { unit_price: decimal(price) }),
    ...(drafted === undefined && { description: line.description ?? '' }),
    ...(taxes !== null && { taxes: taxChanges(drafted?.taxes ?? [], taxes) }),
  };
}

/** A tax that is removed and added in one call is gone in the end. */
function taxChanges(old: readonly number[], taxes: readonly number[]): unknown[] {
  const [gone, come] = [old.filter((id) => !taxes.includes(id)), taxes.filter((id) => !old.includes(id))];
  return [...(gone.length > 0 ? [['remove', gone]] : []), ...(come.length > 0 ? [['add', come]] : [])];
}

/** What a line needs that no purchase order has brought. */
async function newLine(tryton: Tryton, account: number | null): Promise<object> {
  const missing = 'Tryton has no expense account.';
  const domain = [
    ['type.expense', '=', true],
    ['company', '=', tryton.settings.company],
  ];
  return { type: 'line', account: account ?? (await needed(tryton, 'account.account', { domain, missing })) };
}

async function draftWithoutOrder(tryton: Tryton, input: Post, header: Booked): Promise<number> {
  const [made] = await search(tryton, [
    ['comment', 'ilike', `%${tryton.mark}%`],
    ['state', 'in', ['draft', 'validated']],
  ]);
  const id = made?.id ?? (await tryton.create(MODEL, await newInvoice(tryton, input, header)));
  // Tryton computes the taxes of a draft when it is changed, and not when it is created.
  await tryton.write(MODEL, id, { values: paperValues(tryton, header) });
  return id;
}

async function newInvoice(tryton: Tryton, input: Post, header: Booked): Promise<object> {
  const party = Number(input.supplierId);
  const lines: object[] = [];
  for (const line of input.invoice.lines)
    lines.push({ ...(await lineValues(tryton, line)), ...(await newLine(tryton, null)) });
  if (lines.length === 0)
    throw new PermanentError('An invoice without a purchase order needs lines.', { status: 422 });
  const company = ['company', '=', tryton.settings.company];
  return {
    ...paperValues(tryton, header),
    type: 'in',
    company: tryton.settings.company,
    party,
    currency: await currencyId(tryton, header.currency),
    invoice_address: await addressId(tryton, party),
    journal: await needed(tryton, 'account.journal', {
      domain: [['type', '=', 'expense']],
      missing: 'Tryton has no journal for expenses.',
    }),
    account: await needed(tryton, 'account.account', {
      domain: [['type.payable', '=', true], company],
      missing: 'Tryton has no payable account.',
    }),
    lines: [['create', lines]],
  };
}

/** What is posted cannot be changed any more, so totals that differ are refused before. */
async function checkTotal(tryton: Tryton, id: number, header: Booked): Promise<void> {
  const [draft] = await search(tryton, [['id', '=', id]]);
  if (draft !== undefined && !['draft', 'validated'].includes(draft.state)) return;
  refuseOtherTotal('Tryton', { id, total: draft?.total_amount ?? '0' }, header);
}
