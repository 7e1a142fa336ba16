import type { ErpPurchaseOrder } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { Exact, type ErpSystem, type NewOrder } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import {
  Document,
  FrappeAmount,
  FrappeNumber,
  MARK_FIELD,
  NUMBER_FIELD,
  numberOf,
  versionOf,
  type Frappe,
} from './frappe.js';

const DOCTYPE = 'Purchase Order';

const Tax = z.object({ rate: FrappeNumber });
const Line = z.object({
  name: z.string(),
  idx: z.int(),
  item_code: z.string().nullish(),
  description: z.string().nullish(),
  qty: FrappeNumber,
  received_qty: FrappeNumber.optional(),
  rate: FrappeNumber,
});
export const Order = Document.extend({
  supplier: z.string(),
  status: z.string(),
  transaction_date: z.string(),
  currency: z.string(),
  net_total: FrappeAmount,
  items: z.array(Line),
  taxes: z.array(Tax).optional(),
  [MARK_FIELD]: z.string().nullish(),
  [NUMBER_FIELD]: z.string().nullish(),
});
export type Order = z.output<typeof Order>;

/** The order with this number, which is one that the hub gave or ERPNext's own name; null: there is none. */
export async function orderNumbered(frappe: Frappe, number: string): Promise<Order | null> {
  const given = await frappe.first(DOCTYPE, Order, [[NUMBER_FIELD, '=', number]]);
  return given ?? frappe.get(DOCTYPE, Order, number);
}

/** The number of an order by ERPNext's name. */
export async function numberOfOrder(frappe: Frappe, name: string): Promise<string> {
  return numberIn(await frappe.needed(DOCTYPE, Order, name));
}

const numberIn = (order: Order) => order[NUMBER_FIELD] || order.name;
const linesIn = ({ items }: Order) => items.toSorted((one, other) => one.idx - other.idx);

/** ERPNext's lines in the order of the contract's. */
export async function orderLines(frappe: Frappe, number: string) {
  const order = (await orderNumbered(frappe, number)) as Order;
  return { order, lines: linesIn(order) };
}

function orderOf(order: Order): ErpPurchaseOrder {
  const rates = (order.taxes ?? []).map(({ rate }) => Exact.of(rate));
  const taxPercent = Exact.sum(rates).toText();
  return {
    number: numberIn(order),
    supplierId: order.supplier,
    orderDate: order.transaction_date,
    currency: order.currency,
    status: statusOf(order),
    netTotal: order.net_total,
    lines: linesIn(order).map((line, index) => ({
      number: index + 1,
      articleCode: line.item_code ?? null,
      description: line.description || line.item_code || `Line ${index + 1}`,
      quantity: line.qty,
      unitPrice: line.rate,
      taxPercent,
    })),
    version: versionOf(order),
  };
}

function statusOf({ docstatus, status }: Order): ErpPurchaseOrder['status'] {
  if (docstatus === 2) return 'cancelled';
  return ['Closed', 'Completed', 'Delivered'].includes(status) ? 'closed' : 'open';
}

/** Orders: created with the hub's number in a field of its own, and submitted. */
export function ordersIn(frappe: Frappe): Pick<ErpSystem, 'order' | 'placeOrder'> {
  return {
    async order(number) {
      const found = await orderNumbered(frappe, number);
      return found === null ? null : { value: orderOf(found), mark: found[MARK_FIELD] ?? null };
    },
    async placeOrder(input) {
      const values = () => Promise.resolve(newOrder(frappe, input));
      return orderOf((await frappe.submitted(DOCTYPE, Order, { values })) as Order);
    },
  };
}

function newOrder(frappe: Frappe, input: NewOrder): object {
  const { company, warehouse } = frappe.settings;
  return {
    [NUMBER_FIELD]: input.number,
    supplier: input.supplierId,
    company,
    currency: input.currency,
    transaction_date: input.orderDate,
    schedule_date: input.orderDate,
    items: input.lines.map(({ articleCode, description, quantity, unitPrice }) => ({
      item_code: articleCode ?? refuseLine(description),
      description,
      qty: numberOf(quantity),
      rate: numberOf(unitPrice),
      schedule_date: input.orderDate,
      ...(warehouse !== undefined && { warehouse }),
    })),
    taxes: taxesOf(
      frappe,
      input.lines.map(({ taxPercent }) => taxPercent),
    ),
  };
}

function refuseLine(description: string): never {
  const message = `ERPNext orders items only: "${description}" names no article.`;
  throw new PermanentError(message, { status: 422 });
}

/** The taxes of a document: one rate for all of its lines. */
export function taxesOf({ settings }: Frappe, percents: readonly string[]): object[] {
  const rates = [...new Set(percents.map((percent) => Exact.of(percent).toText()))];
  if (rates.length > 1) {
    const message = `The lines have several tax rates (${rates.join(', ')} %): enter this document in ERPNext.`;
    throw new PermanentError(message, { status: 422 });
  }
  const [rate = '0'] = rates;
  if (rate === '0') return [];
  const { taxAccount } = settings;
  if (taxAccount === undefined)
    throw new PermanentError('Name the account of the input tax in `taxAccount` of the connection.', {
      status: 422,
    });
  const charge = { category: 'Total', add_deduct_tax: 'Add', charge_type: 'On Net Total' };
  return [{ ...charge, account_head: taxAccount, rate: numberOf(rate), description: `VAT ${rate} %` }];
}
