import type { ErpPayment } from '@tutti/contracts';
import type { ErpPayingSystem, InvoiceToPay } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { Document, FrappeAmount, MARK_FIELD, numberOf, type Frappe } from './frappe.js';
import { DOCTYPE as INVOICE } from './invoices.js';
import { suppliersIn } from './suppliers.js';

const DOCTYPE = 'Payment Entry';
const PREPARE = 'erpnext.accounts.doctype.payment_entry.payment_entry.get_payment_entry';

const Entry = Document.extend({
  party: z.string(),
  paid_amount: FrappeAmount,
  paid_to_account_currency: z.string(),
  posting_date: z.string(),
  reference_no: z.string().nullish(),
  references: z.array(z.object({ reference_name: z.string() })),
});
type Entry = z.output<typeof Entry>;
const Prepared = z.looseObject({ references: z.array(z.looseObject({})).min(1) });

/** Payments, as ERPNext itself prepares them for an invoice: created and submitted. */
export function paymentsIn(frappe: Frappe): Pick<ErpPayingSystem, 'payment' | 'paymentMarked' | 'pay'> {
  const told = (entry: Entry | null) =>
    entry === null || entry.docstatus !== 1 ? null : paymentOf(frappe, entry);
  return {
    payment: async (id) => told(await frappe.get(DOCTYPE, Entry, id)),
    paymentMarked: async (mark) => told(await frappe.first(DOCTYPE, Entry, [[MARK_FIELD, '=', mark]])),
    async pay(what) {
      const values = () => newEntry(frappe, what);
      return paymentOf(frappe, await frappe.submitted(DOCTYPE, Entry, { values }));
    },
  };
}

async function paymentOf(frappe: Frappe, entry: Entry): Promise<ErpPayment> {
  const supplier = await suppliersIn(frappe).supplier(entry.party);
  return {
    id: entry.name,
    invoiceId: entry.references[0]?.reference_name ?? '',
    amount: entry.paid_amount,
    currency: entry.paid_to_account_currency,
    iban: supplier?.iban ?? '',
    paidOn: entry.posting_date,
    reference: entry.reference_no ?? '',
  };
}

async function newEntry(frappe: Frappe, { invoice, amount, paidOn }: InvoiceToPay): Promise<object> {
  const prepared = await frappe.method(PREPARE, Prepared, { dt: INVOICE, dn: invoice.id });
  const paid = numberOf(amount);
  const [reference] = prepared.references;
  const day = paidOn === undefined ? {} : { posting_date: paidOn, reference_date: paidOn };
  return {
    ...prepared,
    ...day,
    paid_amount: paid,
    received_amount: paid,
    references: [{ ...reference, allocated_amount: paid }],
    reference_no: invoice.invoiceNumber,
  };
}
