import type { ErpInvoice, Invoice } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import {
  Exact,
  pairLines,
  refuseOtherTotal,
  unitPriceOf,
  type ErpPayingSystem,
  type InvoiceToPost,
  type Known,
} from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import {
  Document,
  FrappeAmount,
  FrappeNumber,
  MARK_FIELD,
  numberOf,
  versionOf,
  type Filters,
  type Frappe,
} from './frappe.js';
import { numberOfOrder, orderLines, taxesOf } from './orders.js';

export const DOCTYPE = 'Purchase Invoice';

const Line = z.object({
  item_code: z.string().nullish(),
  item_name: z.string().nullish(),
  qty: FrappeNumber,
  rate: FrappeNumber,
  amount: FrappeAmount,
  purchase_order: z.string().nullish(),
  po_detail: z.string().nullish(),
});
const Bill = Document.extend({
  supplier: z.string(),
  bill_no: z.string().nullish(),
  bill_date: z.string().nullish(),
  posting_date: z.string(),
  due_date: z.string().nullish(),
  currency: z.string(),
  net_total: FrappeAmount,
  total_taxes_and_charges: FrappeAmount,
  grand_total: FrappeAmount,
  outstanding_amount: FrappeAmount,
  items: z.array(Line),
  [MARK_FIELD]: z.string().nullish(),
});
type Bill = z.output<typeof Bill>;
const POSTED = ['docstatus', '=', 1];

/** Supplier invoices; those that are submitted are in the books. */
export function invoicesIn(
  frappe: Frappe,
): Pick<ErpPayingSystem, 'invoices' | 'invoice' | 'invoiced' | 'postInvoice'> {
  const where = (filters: Filters) => frappe.all(DOCTYPE, Bill, [POSTED, ...filters]);
  return {
    async invoice(id) {
      const bill = await frappe.get(DOCTYPE, Bill, id);
      return bill === null || bill.docstatus !== 1 ? null : invoiceOf(frappe, bill);
    },
    async invoices({ invoiceNumber, supplierId }) {
      const ofSupplier = supplierId === undefined ? [] : [['supplier', '=', supplierId]];
      const known: Known<ErpInvoice>[] = [];
      for (const bill of await where([['bill_no', '=', invoiceNumber], ...ofSupplier]))
        known.push({ value: await invoiceOf(frappe, bill), mark: bill[MARK_FIELD] ?? null });
      return known;
    },
    async invoiced({ number }) {
      const { order, lines } = await orderLines(frappe, number);
      const bills = await where([[`${DOCTYPE} Item`, 'purchase_order', '=', order.name]]);
      const invoiced = new Map<number, Exact>();
      for (const { po_detail, qty } of bills.flatMap(({ items }) => items)) {
        const line = lines.findIndex(({ name }) => name === po_detail) + 1;
        invoiced.set(line, (invoiced.get(line) ?? Exact.zero).plus(Exact.of(qty)));
      }
      return invoiced;
    },
    async postInvoice(what) {
      const check = ({ name, grand_total }: Bill) =>
        refuseOtherTotal('ERPNext', { id: name, total: grand_total }, what.header);
      const values = () => newBill(frappe, what);
      return invoiceOf(frappe, await frappe.submitted(DOCTYPE, Bill, { values, check }));
    },
  };
}

async function invoiceOf(frappe: Frappe, bill: Bill): Promise<ErpInvoice> {
  const order = bill.items.map(({ purchase_order }) => purchase_order).find((name) => name != null);
  return {
    id: bill.name,
    supplierId: bill.supplier,
    invoiceNumber: bill.bill_no || bill.name,
    invoiceDate: bill.bill_date || bill.posting_date,
    dueDate: bill.due_date ?? null,
    currency: bill.currency,
    purchaseOrderNumber: order == null ? null : await numberOfOrder(frappe, order),
    netTotal: bill.net_total,
    taxTotal: bill.total_taxes_and_charges,
    grandTotal: bill.grand_total,
    openAmount: bill.outstanding_amount,
    status: Exact.of(bill.outstanding_amount).isMoreThan(Exact.zero) ? 'open' : 'paid',
    lines: bill.items.map((line) => ({
      description: line.item_name ?? '',
      articleCode: line.item_code ?? null,
      quantity: line.qty,
      unitPrice: line.rate,
      lineTotal: line.amount,
    })),
    version: versionOf(bill),
  };
}

async function newBill(frappe: Frappe, { input, header, supplier, order }: InvoiceToPost): Promise<object> {
  const { lines } = input.invoice;
  if (lines.length === 0)
    throw new PermanentError('ERPNext posts no invoice without lines.', { status: 422 });
  const known = order === null ? null : await orderLines(frappe, order.number);
  const pairs = pairLines(lines, order?.lines ?? []);
  const rates = lines.map(({ taxPercent }, index) => taxPercent ?? pairs[index]?.taxPercent ?? '0');
  return {
    supplier: supplier.id,
    company: frappe.settings.company,
    bill_no: header.invoiceNumber,
    bill_date: header.invoiceDate,
    posting_date: header.invoiceDate,
    set_posting_time: 1,
    ...(header.dueDate !== null && { due_date: header.dueDate }),
    currency: header.currency,
    disable_rounded_total: 1,
    items: lines.map((line, index) => ({
      qty: numberOf(line.quantity ?? '1'),
      rate: numberOf(unitPriceOf(line) ?? '0'),
      ...itemOf(frappe, line, known?.lines[(pairs[index]?.number ?? 0) - 1]),
      ...(pairs[index] != null && { purchase_order: known?.order.name }),
    })),
    taxes: taxesOf(frappe, rates),
  };
}

/** What a line is for: that of the order, an item, or an expense. */
function itemOf(
  { settings }: Frappe,
  line: Invoice['lines'][number],
  ordered: { name: string; item_code?: string | null | undefined } | undefined,
): object {
  if (ordered !== undefined) return { item_code: ordered.item_code, po_detail: ordered.name };
  if (line.articleCode !== null) return { item_code: line.articleCode };
  const { expenseAccount } = settings;
  const text = line.description ?? 'Expense';
  if (expenseAccount !== undefined)
    return { item_name: text, description: text, expense_account: expenseAccount };
  const message = `"${text}" is in no purchase order and names no article: give the connection an expenseAccount.`;
  throw new PermanentError(message, { status: 422 });
}
