import { reportText, testPlugin, type ConformanceExamples } from '@tutti/plugin-sdk/conformance';
import plugin from './index.js';
import { invoice, LINES, ordered, posted, useErp } from './testing/books.js';

const PO = { number: 'PO-1' };
const NEW_ORDER = { number: 'PO-2', orderDate: '2026-10-01', currency: 'EUR', lines: LINES };
const RECEIPT = { purchaseOrderNumber: 'PO-1', receivedOn: '2026-10-06' };

const database = useErp();

/** An order, of which everything came, with its invoice; the numbers begin anew with the database. */
async function prepare(): Promise<{ supplierId: string; invoiceId: string }> {
  await database().reset();
  const order = await ordered();
  const booked = await posted();
  return { supplierId: order.supplierId, invoiceId: booked.id };
}

it('keeps the rules of a connector', async () => {
  const { supplierId, invoiceId } = await prepare();
  const examples: ConformanceExamples = {
    health: {},
    capabilities: {
      'erp.supplier.find': [{ input: { vatId: 'DE123456789' }, output: { supplier: { id: supplierId } } }],
      'erp.supplier.upsert': [
        { input: { name: 'Meier KG', currency: 'EUR' }, output: { supplier: { name: 'Meier KG' } } },
      ],
      'erp.purchase-order.get': [{ input: PO, output: { purchaseOrder: PO } }],
      'erp.purchase-order.create': [
        { input: { ...NEW_ORDER, supplierId }, output: { purchaseOrder: { number: 'PO-2' } } },
      ],
      'erp.receipt.list': [{ input: { purchaseOrderNumber: 'PO-1' }, output: { receipts: [{}] } }],
      'erp.receipt.create': [
        {
          input: { ...RECEIPT, lines: [{ purchaseOrderLine: 1, quantity: '1' }] },
          output: { receipt: RECEIPT },
        },
      ],
      'erp.invoice.find': [{ input: { invoiceNumber: 'R-100' }, output: { invoices: [{ id: invoiceId }] } }],
      'erp.invoice.match': [
        { input: { invoice: invoice({ invoiceNumber: 'R-101' }) }, output: { ok: false } },
      ],
      'erp.invoice.post': [
        {
          input: { supplierId, invoice: invoice({ invoiceNumber: 'R-102', purchaseOrderNumber: null }) },
          output: { invoice: { invoiceNumber: 'R-102' } },
        },
      ],
      'erp.payment.create': [{ input: { invoiceId }, output: { invoice: { status: 'paid' } } }],
      'erp.payment.get': [{ input: { id: 'none' }, output: { payment: null } }],
    },
  };
  const report = await testPlugin(plugin, examples, {
    database: database(),
    prepare: async () => void (await prepare()),
  });
  expect(report.failed === 0 ? '' : reportText(report)).toBe('');
}, 120_000);
