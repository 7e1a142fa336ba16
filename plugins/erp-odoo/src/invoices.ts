import type { ErpInvoice, Invoice } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import {
  Exact,
  pairLines,
  refuseOtherTotal,
  unitPriceOf,
  type ErpPayingSystem,
  type InvoiceToPost,
} from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import type { Domain, Odoo } from './odoo.js';
import { codesOf, orderNamed, taxIds, type OdooOrder } from './orders.js';
import { currencyId } from './suppliers.js';
import {
  recordId,
  WireAmount,
  WireDate,
  WireLink,
  WireNamed,
  wireNumber,
  WireNumber,
  WireText,
  WireVersion,
} from './wire.js';

const MODEL = 'account.move';
const LINE = 'account.move.line';
const MARK = /tutti:[0-9a-f]{24}/;

const Move = z.object({
  id: z.int(),
  ref: WireText,
  state: z.string(),
  partner_id: WireNamed,
  invoice_date: WireDate,
  invoice_date_due: WireDate,
  currency_id: WireNamed,
  invoice_origin: WireText,
  narration: WireText,
  amount_untaxed: WireAmount,
  amount_tax: WireAmount,
  amount_total: WireAmount,
  amount_residual: WireAmount,
  write_date: WireVersion,
});
type Move = z.output<typeof Move>;
const FIELDS = Object.keys(Move.shape).filter((name) => name !== 'id');
const Line = z.object({
  move_id: WireNamed,
  name: WireText,
  product_id: WireLink,
  quantity: WireNumber,
  price_unit: WireNumber,
  price_subtotal: WireAmount,
});
const Billed = z.object({ purchase_line_id: WireLink, quantity: WireNumber });

/** Supplier invoices are account moves of the type `in_invoice`; those that are posted are in the books. */
export function invoicesIn(
  odoo: Odoo,
): Pick<ErpPayingSystem, 'invoices' | 'invoice' | 'invoiced' | 'postInvoice'> {
  return {
    async invoice(id) {
      const [found] = await posted(odoo, [['id', '=', recordId(id) ?? 0]]);
      return found?.value ?? null;
    },
    invoices: ({ invoiceNumber, supplierId }) =>
      posted(odoo, [
        ['ref', '=', invoiceNumber],
        ...(supplierId === undefined ? [] : [['partner_id', '=', recordId(supplierId) ?? 0]]),
      ]),
    async invoiced({ number }) {
      const order = (await orderNamed(odoo, number)) as OdooOrder;
      const domain = [
        ['purchase_line_id', 'in', order.lines.map(({ id }) => id)],
        ['parent_state', '=', 'posted'],
      ];
      const found = await odoo.search(LINE, Billed, { domain, fields: ['purchase_line_id', 'quantity'] });
      const invoiced = new Map<number, Exact>();
      for (const { purchase_line_id, quantity } of found) {
        const line = order.lines.findIndex(({ id }) => id === purchase_line_id) + 1;
        invoiced.set(line, (invoiced.get(line) ?? Exact.zero).plus(Exact.of(quantity)));
      }
      return invoiced;
    },
    postInvoice: (what) => postInvoice(odoo, what),
  };
}

function moves(odoo: Odoo, domain: Domain): Promise<Move[]> {
  const ours = [
    ['move_type', '=', 'in_invoice'],
    ['company_id', '=', odoo.settings.company],
  ];
  return odoo.search(MODEL, Move, { domain: [...ours, ...domain], fields: FIELDS, limit: 20 });
}

async function posted(odoo: Odoo, domain: Domain) {
  const found = await moves(odoo, [['state', '=', 'posted'], ...domain]);
  if (found.length === 0) return [];
  const lines = await odoo.search(LINE, Line, {
    domain: [
      ['move_id', 'in', found.map(({ id }) => id)],
      ['display_type', '=', 'product'],
    ],
    fields: ['move_id', 'name', 'product_id', 'quantity', 'price_unit', 'price_subtotal'],
  });
  const codes = await codesOf(
    odoo,
    lines.flatMap(({ product_id }) => product_id ?? []),
  );
  return found.map((move) => ({
    value: invoiceOf(
      move,
      lines.filter(({ move_id }) => move_id.id === move.id).map((line) => lineOf(line, codes)),
    ),
    mark: MARK.exec(move.narration ?? '')?.[0] ?? null,
  }));
}

function invoiceOf(move: Move, lines: ErpInvoice['lines']): ErpInvoice {
  return {
    id: String(move.id),
    supplierId: String(move.partner_id.id),
    invoiceNumber: move.ref ?? String(move.id),
    invoiceDate: move.invoice_date ?? '1970-01-01',
    dueDate: move.invoice_date_due,
    currency: move.currency_id.name,
    purchaseOrderNumber: move.invoice_origin,
    netTotal: move.amount_untaxed,
    taxTotal: move.amount_tax,
    grandTotal: move.amount_total,
    openAmount: move.amount_residual,
    status: Exact.of(move.amount_residual).isMoreThan(Exact.zero) ? 'open' : 'paid',
    lines,
    version: move.write_date,
  };
}

function lineOf(line: z.output<typeof Line>, codes: Map<number, string | null>): ErpInvoice['lines'][number] {
  return {
    description: line.name ?? '',
    articleCode: codes.get(line.product_id ?? 0) ?? null,
    quantity: line.quantity,
    unitPrice: line.price_unit,
    lineTotal: line.price_subtotal,
  };
}

async function postInvoice(odoo: Odoo, what: InvoiceToPost): Promise<ErpInvoice> {
  const mine = () => moves(odoo, [['narration', 'ilike', odoo.mark]]);
  const [before] = await mine();
  const id = before?.id ?? (await odoo.create(MODEL, await newMove(odoo, what)));
  const [draft] = await moves(odoo, [['id', '=', id]]);
  if (draft !== undefined && draft.state === 'draft') {
    refuseOtherTotal('Odoo', { id, total: draft.amount_total }, what.header);
    await odoo.method(MODEL, 'action_post', { ids: [id] });
  }
  const [done] = await posted(odoo, [['id', '=', id]]);
  if (done !== undefined) return done.value;
  throw new PermanentError(`Odoo left the invoice ${id} a draft.`, { status: 409 });
}

async function newMove(odoo: Odoo, { input, header, supplier, order, mark }: InvoiceToPost): Promise<object> {
  const known = order === null ? null : await orderNamed(odoo, order.number);
  const lines: object[] = [];
  const { invoice } = input;
  const pairs = pairLines(invoice.lines, known?.order.lines ?? []);
  for (const [index, line] of invoice.lines.entries())
    lines.push(await newLine(odoo, line, known?.lines[(pairs[index]?.number ?? 0) - 1]));
  if (lines.length === 0) throw new PermanentError('Odoo posts no invoice without lines.', { status: 422 });
  return {
    move_type: 'in_invoice',
    company_id: odoo.settings.company,
    partner_id: Number(supplier.id),
    ref: header.invoiceNumber,
    invoice_date: header.invoiceDate,
    ...(header.dueDate !== null && { invoice_date_due: header.dueDate }),
    currency_id: await currencyId(odoo, header.currency),
    invoice_origin: order?.number ?? false,
    narration: mark,
    invoice_line_ids: lines.map((line) => [0, 0, line]),
  };
}

async function newLine(
  odoo: Odoo,
  line: Invoice['lines'][number],
  ordered: OdooOrder['lines'][number] | undefined,
): Promise<object> {
  const price = unitPriceOf(line);
  const taxes = line.taxPercent === null ? (ordered?.taxes ?? []) : await taxIds(odoo, line.taxPercent);
  return {
    name: line.description ?? line.articleCode ?? '',
    quantity: wireNumber(line.quantity ?? '1'),
    price_unit: wireNumber(price ?? '0'),
    tax_ids: [[6, 0, taxes]],
    ...(ordered !== undefined && { purchase_line_id: ordered.id, product_id: ordered.product ?? false }),
  };
}
