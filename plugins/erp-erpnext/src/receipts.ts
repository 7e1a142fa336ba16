import type { ErpReceipt } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { Exact, type ErpSystem, type NewReceipt } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { Document, FrappeNumber, numberOf, type Frappe } from './frappe.js';
import { orderLines } from './orders.js';

const DOCTYPE = 'Purchase Receipt';

const Receipt = Document.extend({
  posting_date: z.string(),
  items: z.array(z.object({ purchase_order_item: z.string().nullish(), qty: FrappeNumber })),
});
type Known = Awaited<ReturnType<typeof orderLines>>;

/** Receipts of an order: created and submitted. */
export function receiptsIn(frappe: Frappe): Pick<ErpSystem, 'receipts' | 'receive'> {
  return {
    async receipts({ number }) {
      const known = await orderLines(frappe, number);
      const found = await frappe.all(DOCTYPE, Receipt, [
        [`${DOCTYPE} Item`, 'purchase_order', '=', known.order.name],
        ['docstatus', '=', 1],
      ]);
      return found.map((one) => receiptOf(one, known, number));
    },
    async receive({ number }, input) {
      const known = await orderLines(frappe, number);
      const values = () => Promise.resolve(newReceipt(frappe, known, input));
      const made = (await frappe.submitted(DOCTYPE, Receipt, { values })) as z.output<typeof Receipt>;
      return receiptOf(made, known, number);
    },
  };
}

function receiptOf(receipt: z.output<typeof Receipt>, { lines }: Known, number: string): ErpReceipt {
  const all = receipt.items.map(({ purchase_order_item, qty }) => ({
    purchaseOrderLine: lines.findIndex(({ name }) => name === purchase_order_item) + 1,
    quantity: qty,
  }));
  return {
    id: receipt.name,
    purchaseOrderNumber: number,
    receivedOn: receipt.posting_date,
    lines: all.filter(({ purchaseOrderLine }) => purchaseOrderLine > 0),
  };
}

function newReceipt(frappe: Frappe, { order, lines }: Known, input: NewReceipt): object {
  const { company, warehouse } = frappe.settings;
  const items = input.lines.map(({ purchaseOrderLine, quantity }) => {
    const line = lines[purchaseOrderLine - 1] as Known['lines'][number];
    const left = Exact.of(line.qty).minus(Exact.of(line.received_qty ?? '0'));
    if (Exact.of(quantity).isMoreThan(left)) {
      const number = input.purchaseOrderNumber;
      const message = `Only ${left.toText()} are expected of line ${purchaseOrderLine} of "${number}".`;
      throw new PermanentError(message, { status: 409 });
    }
    return {
      item_code: line.item_code,
      qty: numberOf(quantity),
      rate: numberOf(line.rate),
      purchase_order: order.name,
      purchase_order_item: line.name,
      ...(warehouse !== undefined && { warehouse }),
    };
  });
  const day = { posting_date: input.receivedOn, set_posting_time: 1 };
  return { supplier: order.supplier, company, currency: order.currency, ...day, items };
}
