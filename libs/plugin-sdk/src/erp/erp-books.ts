import type { ErpInvoice, ErpPurchaseOrder, ErpSupplier } from '@tutti/contracts';
import { PermanentError } from '../errors.js';
import { booked, type Booked } from './booked.js';
import type { ErpBooks, ErpSystem, NewInvoice, NewOrder, NewReceipt, SupplierChange } from './erp-system.js';
import { discrepanciesOf } from './match.js';
import { codeKey, nameKey } from './spelling.js';

/** The books of a system, with the rules that all ERP connectors share. */
export function erpBooks(system: ErpSystem): ErpBooks {
  const findSuppliers = (by: Sought) => suppliersLike(system, by);
  const findInvoices: ErpBooks['findInvoices'] = async ({ invoiceNumber, supplierId }) => {
    const found = await system.invoices({ invoiceNumber: invoiceNumber.trim(), supplierId });
    return found.map(({ value }) => value);
  };
  return {
    findSuppliers,
    upsertSupplier: (input) => upsertSupplier(system, input),
    order: async (number) => (await system.order(number))?.value ?? null,
    createOrder: (input) => createOrder(system, input),
    async receipts(number) {
      const order = await system.order(number);
      return order === null ? [] : system.receipts(order.value);
    },
    createReceipt: (input) => createReceipt(system, input),
    findInvoices,
    match: (input) => matchInvoice({ system, findSuppliers, findInvoices }, input),
    postInvoice: (input) => postInvoice(system, input),
  };
}

interface Sought {
  vatId?: string | null | undefined;
  iban?: string | null | undefined;
  name?: string | null | undefined;
}

/** All that match everything that is given; none when nothing is given. */
async function suppliersLike(system: ErpSystem, by: Sought): Promise<ErpSupplier[]> {
  const [vatId, iban, name] = [codeKey(by.vatId), codeKey(by.iban), by.name?.trim() || null];
  if (vatId === null && iban === null && name === null) return [];
  const found = await system.suppliers({ vatId, iban, name });
  return found.filter(
    (one) =>
      (vatId === null || codeKey(one.vatId) === vatId) &&
      (iban === null || codeKey(one.iban) === iban) &&
      (name === null || nameKey(one.name) === nameKey(name)),
  );
}

/** The only supplier that all or, in turn, one of the signs name; null: none, or several. */
async function identified(
  find: (by: Sought) => Promise<ErpSupplier[]>,
  by: Sought,
): Promise<ErpSupplier | null> {
  for (const key of [{ vatId: by.vatId }, { iban: by.iban }, { name: by.name }]) {
    const found = await find(key);
    if (found.length === 1) return found[0] ?? null;
  }
  return null;
}

async function matchInvoice(
  {
    system,
    findSuppliers,
    findInvoices,
  }: { system: ErpSystem } & Pick<ErpBooks, 'findInvoices' | 'findSuppliers'>,
  { invoice, tolerances }: Parameters<ErpBooks['match']>[0],
): ReturnType<ErpBooks['match']> {
  const supplier = await identified(findSuppliers, invoice.supplier);
  const number = invoice.purchaseOrderNumber;
  const purchaseOrder = number === null ? null : ((await system.order(number))?.value ?? null);
  const { invoiceNumber } = invoice;
  const sameNumber =
    supplier === null || invoiceNumber === null
      ? []
      : await findInvoices({ invoiceNumber, supplierId: supplier.id });
  const discrepancies = discrepanciesOf({
    invoice,
    supplier,
    purchaseOrder,
    receipts: purchaseOrder === null ? [] : await system.receipts(purchaseOrder),
    invoiced: purchaseOrder === null ? new Map() : await system.invoiced(purchaseOrder),
    sameNumber,
    tolerances,
  });
  return { ok: discrepancies.length === 0, supplier, purchaseOrder, discrepancies };
}

async function upsertSupplier(system: ErpSystem, input: SupplierChange): Promise<ErpSupplier> {
  if (input.id !== undefined) return changeSupplier(system, input.id, input);
  const { name } = input;
  if (name === undefined) throw new PermanentError('A new supplier needs a name.', { status: 422 });
  if (input.expectedVersion !== undefined)
    throw new PermanentError('A new supplier has no version to expect: give its id.', { status: 422 });
  const before = await system.supplierMarked(system.mark);
  if (before === null) await refuseKnownVatId(system, input, null);
  return system.createSupplier({ ...input, name }, before);
}

async function changeSupplier(system: ErpSystem, id: string, input: SupplierChange): Promise<ErpSupplier> {
  const before = await neededSupplier(system, id);
  // A repeat of a change that was made: nothing is left to do, whatever version it expected.
  if (isAlready(before, input)) return before;
  if (input.expectedVersion !== undefined && input.expectedVersion !== before.version) {
    const message = `Supplier "${id}" is at version ${before.version}, not ${input.expectedVersion}: it was changed.`;
    throw new PermanentError(message, { status: 409, reply: { supplier: before } });
  }
  await refuseKnownVatId(system, input, id);
  return system.changeSupplier(before, input);
}

function isAlready(before: ErpSupplier, { name, vatId, iban, email, currency }: SupplierChange): boolean {
  return (
    (name ?? before.name) === before.name &&
    (currency ?? before.currency) === before.currency &&
    (vatId === undefined || codeKey(vatId) === codeKey(before.vatId)) &&
    (iban === undefined || codeKey(iban) === codeKey(before.iban)) &&
    (email === undefined || email === before.email)
  );
}

async function refuseKnownVatId(system: ErpSystem, { vatId }: SupplierChange, own: string | null) {
  if (codeKey(vatId) === null) return;
  const others = await suppliersLike(system, { vatId });
  if (others.every(({ id }) => id === own)) return;
  throw new PermanentError(`Another supplier has the VAT id "${vatId}".`, { status: 409 });
}

async function neededSupplier(system: ErpSystem, id: string): Promise<ErpSupplier> {
  const supplier = await system.supplier(id);
  if (supplier === null) throw new PermanentError(`There is no supplier "${id}".`, { status: 404 });
  return supplier;
}

async function neededOrder(system: ErpSystem, number: string): Promise<ErpPurchaseOrder> {
  const order = await system.order(number);
  if (order === null) throw new PermanentError(`There is no purchase order "${number}".`, { status: 404 });
  return order.value;
}

async function createOrder(system: ErpSystem, input: NewOrder): Promise<ErpPurchaseOrder> {
  const before = await system.order(input.number);
  if (before !== null && before.mark !== system.mark)
    throw new PermanentError(`The purchase order "${input.number}" exists already.`, { status: 409 });
  if (before === null) await neededSupplier(system, input.supplierId);
  return system.placeOrder(input, before?.value ?? null);
}

async function createReceipt(system: ErpSystem, input: NewReceipt) {
  const order = await neededOrder(system, input.purchaseOrderNumber);
  for (const { purchaseOrderLine } of input.lines)
    if (order.lines.every(({ number }) => number !== purchaseOrderLine)) {
      const message = `The purchase order "${order.number}" has no line ${purchaseOrderLine}.`;
      throw new PermanentError(message, { status: 422 });
    }
  return system.receive(order, input);
}

async function postInvoice(system: ErpSystem, input: NewInvoice): Promise<ErpInvoice> {
  const header = headerOf(input);
  const supplier = await neededSupplier(system, input.supplierId);
  const { invoiceNumber } = header;
  const before = await system.invoices({ invoiceNumber, supplierId: supplier.id });
  const mine = before.find(({ mark }) => mark === system.mark);
  if (mine !== undefined) return mine.value;
  if (before.length > 0) {
    const message = `Supplier "${supplier.id}" has sent the invoice "${invoiceNumber}" before: it is a duplicate.`;
    throw new PermanentError(message, { status: 409 });
  }
  const number = input.purchaseOrderNumber;
  const order = number === null ? null : await neededOrder(system, number);
  return system.postInvoice({ input, header, supplier, order, mark: system.mark });
}

function headerOf({ invoice }: NewInvoice): Booked {
  const header = booked(invoice);
  if (!('missing' in header)) return header;
  const message = `The invoice cannot be posted without ${header.missing.join(', ')}.`;
  throw new PermanentError(message, { status: 422 });
}
