import type { ErpPurchaseOrder, ErpPurchaseOrderCreateInput } from '@tutti/contracts';
import { Exact } from '@tutti/plugin-sdk/erp';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { addressId, currencyId, taxIds, warehouseId } from './lookups.js';
import { createProduct, productByCode } from './products.js';
import type { ChangedSince, Tryton } from './rpc.js';
import { supplierById } from './suppliers.js';
import { date, decimal, quantity, WireDate, WireDecimal, WireQuantity, WireTimestamp } from './wire.js';

const MODEL = 'purchase.purchase';
/** What leads an order to where goods and invoices are expected. */
const BUTTONS = { draft: 'quote', quotation: 'confirm', confirmed: 'process' };
const STATUS: Record<string, ErpPurchaseOrder['status']> = { done: 'closed', cancelled: 'cancelled' };

const Line = z.object({
  id: z.int(),
  type: z.string(),
  sequence: z.int().nullable(),
  description: z.string().nullable(),
  quantity: WireQuantity.nullable(),
  unit_price: WireDecimal.nullable(),
  'product.': z.object({ code: z.string().nullable(), rec_name: z.string() }).nullable(),
  'taxes.': z.array(z.object({ rate: WireDecimal.nullable() })),
});
type Line = z.output<typeof Line>;
const Order = z.object({
  id: z.int(),
  number: z.string().nullable(),
  state: z.string(),
  comment: z.string().nullable(),
  purchase_date: WireDate.nullable(),
  untaxed_amount: WireDecimal,
  _timestamp: WireTimestamp,
  'party.': z.object({ id: z.int() }),
  'currency.': z.object({ code: z.string() }),
  'lines.': z.array(Line),
});
const FIELDS = [
  'number state comment purchase_date untaxed_amount _timestamp party.name currency.code',
  'lines.type lines.sequence lines.description lines.quantity lines.unit_price lines.product.code',
  'lines.product.rec_name lines.taxes.rate',
].flatMap((names) => names.split(' '));

/** A purchase order with what other records are found by. */
export interface KnownOrder {
  id: number;
  state: string;
  comment: string;
  /** Ids of Tryton's lines, in the order of the contract's. */
  lineIds: readonly number[];
  order: ErpPurchaseOrder;
}

/** The purchase order with this number, or null. */
export async function orderByNumber(tryton: Tryton, number: string): Promise<KnownOrder | null> {
  const domain = [
    ['number', '=', number],
    ['company', '=', tryton.settings.company],
  ];
  const [found] = await tryton.search(MODEL, Order, { domain, fields: FIELDS, limit: 1 });
  return found === undefined ? null : known(found);
}

/** A page of the orders that were changed then or later. */
export async function ordersSince(tryton: Tryton, page: ChangedSince): Promise<ErpPurchaseOrder[]> {
  const domain = [['company', '=', tryton.settings.company]];
  const found = await tryton.changedSince(MODEL, Order, { domain, fields: FIELDS, ...page });
  return found.map((one) => known(one).order);
}

function known(found: z.output<typeof Order>): KnownOrder {
  const lines = found['lines.']
    .filter(({ type }) => type === 'line')
    .sort((one, other) => (one.sequence ?? one.id) - (other.sequence ?? other.id) || one.id - other.id);
  return {
    id: found.id,
    state: found.state,
    comment: found.comment ?? '',
    lineIds: lines.map(({ id }) => id),
    order: {
      number: found.number ?? String(found.id),
      supplierId: String(found['party.'].id),
      orderDate: found.purchase_date ?? '1970-01-01',
      currency: found['currency.'].code,
      status: STATUS[found.state] ?? 'open',
      netTotal: found.untaxed_amount,
      lines: lines.map(lineOf),
      version: found._timestamp.version,
    },
  };
}

function lineOf(line: Line, index: number): ErpPurchaseOrder['lines'][number] {
  const product = line['product.'];
  const rates = line['taxes.'].map(({ rate }) => Exact.of(rate ?? '0'));
  return {
    number: index + 1,
    articleCode: product?.code ?? null,
    description: line.description || product?.rec_name || `Line ${index + 1}`,
    quantity: line.quantity ?? '0',
    unitPrice: line.unit_price ?? '0',
    taxPercent: Exact.sum(rates).times(Exact.of('100')).toText(),
  };
}

type Create = z.output<typeof ErpPurchaseOrderCreateInput>;

/**
 * Places a purchase order: created, quoted, confirmed, processed. A repeat goes on where the first attempt
 * stopped; a number that another call has used is refused.
 */
export async function createOrder(tryton: Tryton, input: Create): Promise<ErpPurchaseOrder> {
  const before = await orderByNumber(tryton, input.number);
  if (before !== null && !before.comment.includes(tryton.mark))
    throw new PermanentError(`The purchase order "${input.number}" exists already.`, { status: 409 });
  const id = before?.id ?? (await tryton.create(MODEL, await newOrder(tryton, input)));
  await tryton.advance(MODEL, id, BUTTONS);
  return ((await orderByNumber(tryton, input.number)) as KnownOrder).order;
}

async function newOrder(tryton: Tryton, input: Create): Promise<object> {
  const supplier = await supplierById(tryton, input.supplierId);
  if (supplier === null)
    throw new PermanentError(`There is no supplier "${input.supplierId}".`, { status: 404 });
  const party = Number(supplier.id);
  const lines: object[] = [];
  for (const [index, line] of input.lines.entries()) lines.push(await newLine(tryton, line, index));
  return {
    number: input.number,
    party,
    invoice_address: await addressId(tryton, party),
    company: tryton.settings.company,
    currency: await currencyId(tryton, input.currency),
    warehouse: await warehouseId(tryton),
    purchase_date: date(input.orderDate),
    invoice_method: 'order',
    comment: tryton.mark,
    lines: [['create', lines]],
  };
}

async function newLine(tryton: Tryton, line: Create['lines'][number], index: number): Promise<object> {
  const product = await productOf(tryton, line);
  return {
    type: 'line',
    sequence: index + 1,
    description: line.description,
    quantity: quantity(line.quantity),
    unit_price: decimal(line.unitPrice),
    taxes: [['add', await taxIds(tryton, line.taxPercent)]],
    ...(product !== null && { product: product.id, unit: product.unit }),
  };
}

async function productOf(tryton: Tryton, { articleCode, description }: Create['lines'][number]) {
  if (articleCode === null) return null;
  const found = await productByCode(tryton, articleCode);
  if (found !== null) return found;
  if (tryton.settings.missingProducts === 'create')
    return createProduct(tryton, { code: articleCode, name: description });
  const message = `Tryton has no product with the code "${articleCode}": add it, or let the connection create products.`;
  throw new PermanentError(message, { status: 422 });
}
