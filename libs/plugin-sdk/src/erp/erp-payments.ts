import type { ErpInvoice } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import { Exact } from './decimal.js';
import type { ErpPayingSystem, ErpPaymentBooks, NewPayment } from './erp-system.js';

/** The payments of a system, with the rules that all ERP connectors share. */
export function erpPayments(system: ErpPayingSystem): ErpPaymentBooks {
  return {
    payment: (id) => system.payment(id),
    async createPayment(input) {
      const made = await system.paymentMarked(system.mark);
      const payment = made ?? (await paid(system, input));
      return { payment, invoice: await neededInvoice(system, payment.invoiceId) };
    },
  };
}

async function paid(system: ErpPayingSystem, { invoiceId, amount: asked, paidOn }: NewPayment) {
  const invoice = await neededInvoice(system, invoiceId);
  const amount = payable(invoice, asked);
  const supplier = await system.supplier(invoice.supplierId);
  if (supplier?.iban == null)
    throw new PermanentError(`Supplier "${invoice.supplierId}" has no IBAN to pay to.`, { status: 409 });
  return system.pay({ invoice, supplier, amount, paidOn, mark: system.mark });
}

async function neededInvoice(system: ErpPayingSystem, id: string): Promise<ErpInvoice> {
  const invoice = await system.invoice(id);
  if (invoice === null) throw new PermanentError(`There is no invoice "${id}".`, { status: 404 });
  return invoice;
}

/** The amount to pay, or why it is not paid. */
export function payable(invoice: ErpInvoice, asked: string | undefined): string {
  const amount = Exact.of(asked ?? invoice.openAmount);
  const refuse = (message: string, status: number) =>
    new PermanentError(message, { status, reply: { openAmount: invoice.openAmount } });
  if (invoice.status === 'paid') throw refuse(`The invoice "${invoice.id}" is paid already.`, 409);
  if (!amount.isMoreThan(Exact.zero)) throw refuse('A payment has to be more than zero.', 422);
  if (!amount.isMoreThan(Exact.of(invoice.openAmount))) return amount.toText(2);
  const open = `${invoice.openAmount} ${invoice.currency}`;
  throw refuse(`${amount.toText(2)} is more than the ${open} that is open.`, 409);
}
