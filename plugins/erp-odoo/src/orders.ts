import type { ErpPurchaseOrder } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { Exact, type ErpSystem, type NewOrder } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { checked, type Odoo } from './odoo.js';
import { currencyId } from './suppliers.js';
import {
  WireAmount,
  WireDate,
  WireIds,
  WireLink,
  WireNamed,
  wireNumber,
  WireNumber,
  WireText,
  WireVersion,
} from './wire.js';

const MODEL = 'purchase.order';
const LINE = 'purchase.order.line';

const Order = z.object({
  id: z.int(),
  name: z.string(),
  origin: WireText,
  state: z.string(),
  date_order: WireDate,
  partner_id: WireNamed,
  currency_id: WireNamed,
  amount_untaxed: WireAmount,
  order_line: WireIds,
  write_date: WireVersion,
});
const FIELDS = [
  'name origin state date_order partner_id currency_id amount_untaxed order_line write_date',
].flatMap((names) => names.split(' '));
const Line = z.object({
  id: z.int(),
  name: z.string(),
  product_id: WireLink,
  product_qty: WireNumber,
  price_unit: WireNumber,
  taxes: WireIds,
});
const Product = z.object({ id: z.int(), default_code: WireText });
const Tax = z.object({ id: z.int(), amount: WireNumber });

/** A purchase order with what other records are found by. */
export interface OdooOrder {
  id: number;
  state: string;
  mark: string | null;
  /** Ids of Odoo's lines and products, in the order of the contract's lines. */
  lines: readonly { id: number; product: number | null; taxes: readonly number[] }[];
  order: ErpPurchaseOrder;
}

/** The purchase order with this number, or null. */
export async function orderNamed(odoo: Odoo, number: string): Promise<OdooOrder | null> {
  const domain = [
    ['name', '=', number],
    ['company_id', '=', odoo.settings.company],
  ];
  const [found] = await odoo.search(MODEL, Order, { domain, fields: FIELDS, limit: 1 });
  return found === undefined ? null : known(odoo, found);
}

async function known(odoo: Odoo, found: z.output<typeof Order>): Promise<OdooOrder> {
  const lines = await linesOf(odoo, found.id);
  const codes = await codesOf(
    odoo,
    lines.flatMap(({ product_id }) => product_id ?? []),
  );
  const rates = await ratesOf(
    odoo,
    lines.flatMap(({ taxes }) => taxes),
  );
  return {
    id: found.id,
    state: found.state,
    mark: found.origin,
    lines: lines.map(({ id, product_id, taxes }) => ({ id, product: product_id, taxes })),
    order: {
      number: found.name,
      supplierId: String(found.partner_id.id),
      orderDate: found.date_order ?? '1970-01-01',
      currency: found.currency_id.name,
      status: found.state === 'cancel' ? 'cancelled' : found.state === 'done' ? 'closed' : 'open',
      netTotal: found.amount_untaxed,
      lines: lines.map((line, index) => ({
        number: index + 1,
        articleCode: codes.get(line.product_id ?? 0) ?? null,
        description: line.name || `Line ${index + 1}`,
        quantity: line.product_qty,
        unitPrice: line.price_unit,
        taxPercent: Exact.sum(line.taxes.map((id) => Exact.of(rates.get(id) ?? '0'))).toText(),
      })),
      version: found.write_date,
    },
  };
}

async function linesOf(odoo: Odoo, order: number): Promise<z.output<typeof Line>[]> {
  const taxes = await odoo.field(LINE, 'tax_ids', 'taxes_id');
  const domain = [
    ['order_id', '=', order],
    ['display_type', '=', false],
  ];
  const fields = ['name', 'product_id', 'product_qty', 'price_unit', taxes];
  const found = await odoo.search(LINE, z.looseObject({}), { domain, fields });
  return checked(
    LINE,
    z.array(Line),
    found.map((line) => ({ ...line, taxes: line[taxes] })),
  );
}

/** Article codes by the ids of products. */
export async function codesOf(odoo: Odoo, ids: readonly number[]): Promise<Map<number, string | null>> {
  const products = await odoo.read('product.product', Product, { ids, fields: ['default_code'] });
  return new Map(products.map(({ id, default_code }) => [id, default_code]));
}

async function ratesOf(odoo: Odoo, ids: readonly number[]): Promise<Map<number, string>> {
  const taxes = await odoo.read('account.tax', Tax, { ids, fields: ['amount'] });
  return new Map(taxes.map(({ id, amount }) => [id, amount]));
}

/** The taxes of a line: none for 0 %. */
export async function taxIds(odoo: Odoo, percent: string): Promise<number[]> {
  if (!Exact.of(percent).isMoreThan(Exact.zero)) return [];
  const domain = [
    ['type_tax_use', '=', 'purchase'],
    ['amount_type', '=', 'percent'],
    ['amount', '=', Number(percent)],
    ['company_id', '=', odoo.settings.company],
  ];
  return [await odoo.needed('account.tax', domain, `Odoo has no purchase tax of ${percent} %: add it.`)];
}

export function productId(odoo: Odoo, code: string): Promise<number> {
  const missing = `Odoo has no product with the internal reference "${code}": add it.`;
  return odoo.needed('product.product', [['default_code', '=', code]], missing);
}

/** Orders in Odoo: created with the number of the contract, and confirmed. */
export function ordersIn(odoo: Odoo): Pick<ErpSystem, 'order' | 'placeOrder'> {
  return {
    async order(number) {
      const found = await orderNamed(odoo, number);
      return found === null ? null : { value: found.order, mark: found.mark };
    },
    async placeOrder(input) {
      const before = await orderNamed(odoo, input.number);
      const id = before?.id ?? (await odoo.create(MODEL, await newOrder(odoo, input)));
      if (['draft', 'sent'].includes(before?.state ?? 'draft'))
        await odoo.method(MODEL, 'button_confirm', { ids: [id] });
      const after = (await orderNamed(odoo, input.number)) as OdooOrder;
      if (after.state !== 'draft') return after.order;
      throw new PermanentError(`Odoo left the purchase order "${input.number}" a draft.`, { status: 409 });
    },
  };
}

async function newOrder(odoo: Odoo, input: NewOrder): Promise<object> {
  const taxes = await odoo.field(LINE, 'tax_ids', 'taxes_id');
  const lines: object[] = [];
  for (const line of input.lines) {
    if (line.articleCode === null)
      throw new PermanentError(`Odoo orders products only: "${line.description}" names no article.`, {
        status: 422,
      });
    lines.push({
      product_id: await productId(odoo, line.articleCode),
      name: line.description,
      product_qty: wireNumber(line.quantity),
      price_unit: wireNumber(line.unitPrice),
      [taxes]: [[6, 0, await taxIds(odoo, line.taxPercent)]],
    });
  }
  return {
    name: input.number,
    origin: odoo.mark,
    partner_id: Number(input.supplierId),
    company_id: odoo.settings.company,
    currency_id: await currencyId(odoo, input.currency),
    date_order: `${input.orderDate} 12:00:00`,
    order_line: lines.map((line) => [0, 0, line]),
  };
}
