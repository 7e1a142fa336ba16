import type { ErpInvoice, ErpPayment, ErpPaymentCreateInput } from '@tutti/contracts';
import { payable } from '@tutti/plugin-sdk/erp';
import { isClassifiedError, PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { invoiceById, type KnownInvoice } from './invoices.js';
import { needed } from './lookups.js';
import type { Tryton } from './rpc.js';
import { supplierById } from './suppliers.js';
import { date, decimal, recordId, WireDate, WireDecimal } from './wire.js';

const MODEL = 'account.payment';
const WIZARD = 'wizard.account.payment.process';

const Record = z.object({
  id: z.int(),
  state: z.string(),
  amount: WireDecimal,
  date: WireDate,
  description: z.string().nullable(),
  'party.': z.object({ id: z.int() }),
  'currency.': z.object({ code: z.string() }),
  'line.': z.object({ 'move.': z.object({ origin: z.string().nullable() }) }).nullable(),
});
const FIELDS = ['state', 'amount', 'date', 'description', 'party.name', 'currency.code', 'line.move.origin'];

/** The payment with this id, or null. */
export async function paymentById(tryton: Tryton, id: string): Promise<ErpPayment | null> {
  const number = recordId(id);
  if (number === null) return null;
  const domain = [['id', '=', number]];
  const [record] = await tryton.search(MODEL, Record, { domain, fields: FIELDS });
  if (record === undefined) return null;
  const supplier = await supplierById(tryton, String(record['party.'].id));
  return {
    id: String(record.id),
    invoiceId: record['line.']?.['move.'].origin?.split(',')[1] ?? '',
    amount: record.amount,
    currency: record['currency.'].code,
    iban: supplier?.iban ?? '',
    paidOn: record.date,
    reference: (record.description ?? '').replace(/ ?\[tutti:\w+\]/, ''),
  };
}

type Create = z.output<typeof ErpPaymentCreateInput>;

/**
 * Pays to the account in the supplier's record, never to one that only stands on the invoice. A repeat goes
 * on where the first attempt stopped.
 */
export async function createPayment(
  tryton: Tryton,
  input: Create,
): Promise<{ payment: ErpPayment; invoice: ErpInvoice }> {
  const made = await tryton.first(MODEL, [['description', 'ilike', `%[${tryton.mark}]%`]]);
  const id = made ?? (await tryton.create(MODEL, await newPayment(tryton, input)));
  await tryton.advance(MODEL, id, { draft: 'approve' });
  await processed(tryton, id);
  // Only a journal that is kept by hand says by itself that the money has gone.
  if (await isByHand(tryton, id)) await tryton.advance(MODEL, id, { processing: 'succeed' });
  const invoice = await invoiceById(tryton, input.invoiceId);
  return {
    payment: (await paymentById(tryton, String(id))) as ErpPayment,
    invoice: (invoice as KnownInvoice).invoice,
  };
}

async function newPayment(tryton: Tryton, input: Create): Promise<object> {
  const invoice = await invoiceById(tryton, input.invoiceId);
  if (invoice === null)
    throw new PermanentError(`There is no invoice "${input.invoiceId}".`, { status: 404 });
  const amount = await payableTo(tryton, invoice, input.amount);
  const { company, paymentJournal } = tryton.settings;
  const named = paymentJournal === undefined ? [] : [['name', '=', paymentJournal]];
  return {
    company,
    kind: 'payable',
    party: invoice.party,
    line: invoice.unpaid[0],
    amount: decimal(amount),
    description: `${invoice.invoice.invoiceNumber} [${tryton.mark}]`,
    ...(input.paidOn !== undefined && { date: date(input.paidOn) }),
    journal: await needed(tryton, 'account.payment.journal', {
      domain: [['company', '=', company], ['currency', '=', invoice.currency], ...named],
      missing: `Tryton has no payment journal in ${invoice.invoice.currency}: add one.`,
    }),
  };
}

/** The amount to pay, or why it is not paid. */
async function payableTo(tryton: Tryton, known: KnownInvoice, asked: string | undefined): Promise<string> {
  const { invoice, unpaid } = known;
  const amount = payable(invoice, asked);
  if (unpaid.length !== 1) {
    const message = `The invoice "${invoice.id}" is paid in ${unpaid.length} instalments: pay it in Tryton.`;
    throw new PermanentError(message, { status: 422 });
  }
  if ((await supplierById(tryton, invoice.supplierId))?.iban == null)
    throw new PermanentError(`Supplier "${invoice.supplierId}" has no IBAN to pay to.`, { status: 409 });
  return amount;
}

/** Puts an approved payment into a payment order. */
async function processed(tryton: Tryton, id: number): Promise<void> {
  if ((await stateOf(tryton, id)) !== 'approved') return;
  const context = { ...tryton.context, active_model: MODEL, active_id: id, active_ids: [id] };
  const started = await tryton.method(`${WIZARD}.create`, context);
  const [wizard] = z.tuple([z.int()], z.unknown()).parse(started);
  try {
    await tryton.method(`${WIZARD}.execute`, wizard, { start: {} }, 'process', context);
  } catch (error) {
    // Another payment came between: this one must not stay, for it counts as paid.
    if (isClassifiedError(error) && error.status === 409) await withdrawn(tryton, id);
    throw error;
  }
  if ((await stateOf(tryton, id)) === 'approved')
    throw new PermanentError(`Tryton left the payment ${id} approved, and did not process it.`, {
      status: 409,
    });
}

async function withdrawn(tryton: Tryton, id: number): Promise<void> {
  await tryton.method(`model.${MODEL}.draft`, [id], tryton.context);
  await tryton.method(`model.${MODEL}.delete`, [id], tryton.context);
}

async function stateOf(tryton: Tryton, id: number): Promise<string | undefined> {
  const State = z.object({ state: z.string() });
  return (await tryton.read(MODEL, State, { ids: [id], fields: ['state'] }))[0]?.state;
}

async function isByHand(tryton: Tryton, id: number): Promise<boolean> {
  const Journal = z.object({ 'journal.': z.object({ process_method: z.string() }) });
  const [payment] = await tryton.read(MODEL, Journal, { ids: [id], fields: ['journal.process_method'] });
  return payment?.['journal.'].process_method === 'manual';
}
