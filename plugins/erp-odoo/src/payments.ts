import type { ErpPayment } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import type { ErpPayingSystem, InvoiceToPay } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { checked, type Domain, type Odoo } from './odoo.js';
import { suppliersIn } from './suppliers.js';
import { recordId, WireAmount, WireDate, WireIds, WireNamed, wireNumber, WireText } from './wire.js';

const MODEL = 'account.payment';
const WIZARD = 'account.payment.register';

const Payment = z.object({
  id: z.int(),
  partner_id: WireNamed,
  currency_id: WireNamed,
  amount: WireAmount,
  date: WireDate,
  memo: WireText,
  reconciled_bill_ids: WireIds,
});

/** Payments of bills; the memo carries the mark, behind the number of the bill. */
export function paymentsIn(odoo: Odoo): Pick<ErpPayingSystem, 'payment' | 'paymentMarked' | 'pay'> {
  const paymentMarked = async (mark: string) => {
    const memo = await memoField(odoo);
    return paymentWhere(odoo, [[memo, 'ilike', `[${mark}]`]]);
  };
  return {
    payment: (id) => paymentWhere(odoo, [['id', '=', recordId(id) ?? 0]]),
    paymentMarked,
    async pay(what) {
      await register(odoo, what);
      const made = await paymentMarked(what.mark);
      if (made !== null) return made;
      throw new PermanentError(`Odoo registered no payment of the invoice "${what.invoice.id}".`, {
        status: 409,
      });
    },
  };
}

/** Odoo 18 calls it `memo`, 17 `ref`. */
const memoField = (odoo: Odoo) => odoo.field(MODEL, 'memo', 'ref');

async function paymentWhere(odoo: Odoo, domain: Domain): Promise<ErpPayment | null> {
  const memo = await memoField(odoo);
  const fields = ['partner_id', 'currency_id', 'amount', 'date', memo, 'reconciled_bill_ids'];
  const all = [['company_id', '=', odoo.settings.company], ...domain];
  const [found] = await odoo.search(MODEL, z.looseObject({}), { domain: all, fields, limit: 1 });
  if (found === undefined) return null;
  const payment = checked(MODEL, Payment, { ...found, memo: found[memo] });
  const supplier = await suppliersIn(odoo).supplier(String(payment.partner_id.id));
  return {
    id: String(payment.id),
    invoiceId: String(payment.reconciled_bill_ids[0] ?? ''),
    amount: payment.amount,
    currency: payment.currency_id.name,
    iban: supplier?.iban ?? '',
    paidOn: payment.date ?? '1970-01-01',
    reference: (payment.memo ?? '').replace(/ ?\[tutti:\w+\]/, ''),
  };
}

/** The wizard has no effect until its button is pressed, which does everything in one transaction. */
async function register(odoo: Odoo, { invoice, amount, paidOn, mark }: InvoiceToPay): Promise<void> {
  const context = { active_model: 'account.move', active_ids: [Number(invoice.id)] };
  const { paymentJournal } = odoo.settings;
  const values = {
    amount: wireNumber(amount),
    communication: `${invoice.invoiceNumber} [${mark}]`,
    ...(paidOn !== undefined && { payment_date: paidOn }),
    ...(paymentJournal !== undefined && { journal_id: paymentJournal }),
  };
  const wizard = await odoo.create(WIZARD, values, context);
  await odoo.method(WIZARD, 'action_create_payments', { ids: [wizard], context });
}
