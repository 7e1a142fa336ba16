import type { ErpPurchaseOrder, ErpSupplier, Invoice } from '@tutti/contracts';
import { IBAN, call, invoice, ordered, posted, supplier, useErp } from './testing/books.js';

useErp();

interface Match {
  ok: boolean;
  supplier: ErpSupplier | null;
  purchaseOrder: ErpPurchaseOrder | null;
  discrepancies: { code: string; line?: number; expected: string | null; actual: string | null }[];
}
const match = (about: Partial<Invoice> = {}, tolerances: Record<string, unknown> = {}) =>
  call<Match>('erp.invoice.match', { invoice: invoice(about), tolerances });
const told = (found: Match) =>
  found.discrepancies.map(({ code, line, expected, actual }) => [code, line, expected, actual]);

describe('the three-way match', () => {
  it('finds nothing wrong with an invoice for what was ordered and came', async () => {
    const order = await ordered();
    const found = await match();
    expect(found).toMatchObject({
      ok: true,
      purchaseOrder: order,
      supplier: { name: 'Müller Bürobedarf GmbH' },
      discrepancies: [],
    });
  });

  const [paper, lamp] = invoice().lines as [Invoice['lines'][number], Invoice['lines'][number]];
  it.each<[string, Partial<Invoice>, unknown[][]]>([
    [
      'a price',
      {
        lines: [{ ...paper, unitPrice: '4.95', lineTotal: '49.50' }, lamp],
        netTotal: '129.30',
        taxTotal: '24.57',
        grandTotal: '153.87',
      },
      [['price', 1, '4.50', '4.95']],
    ],
    [
      'a price that only follows from the line total',
      {
        lines: [{ ...paper, unitPrice: null, lineTotal: '50.00' }, lamp],
        netTotal: '129.80',
        taxTotal: '24.66',
        grandTotal: '154.46',
      },
      [['price', 1, '4.50', '5.00']],
    ],
    [
      'a quantity',
      {
        lines: [{ ...paper, quantity: '12', lineTotal: '54.00' }, lamp],
        netTotal: '133.80',
        taxTotal: '25.42',
        grandTotal: '159.22',
      },
      [['quantity', 1, '10', '12']],
    ],
    [
      'a line that was not ordered',
      {
        lines: [
          paper,
          lamp,
          {
            ...paper,
            description: 'Coffee',
            articleCode: 'C-9',
            lineTotal: '0.00',
            quantity: '1',
            unitPrice: '0',
          },
        ],
      },
      [['quantity', 3, '0', '1']],
    ],
    [
      'lines that do not add up',
      { netTotal: '124.00', taxTotal: '24.51' },
      [['total', undefined, '124.80', '124.00']],
    ],
    ['net and tax that do not add up', { grandTotal: '150.00' }, [['total', undefined, '148.51', '150.00']]],
    [
      'a total without readable lines',
      { lines: [], netTotal: '124.00', taxTotal: '24.51' },
      [['total', undefined, '124.80', '124.00']],
    ],
    ['another currency', { currency: 'USD' }, [['currency', undefined, 'EUR', 'USD']]],
    [
      'another account',
      { supplier: { name: null, vatId: 'DE123456789', iban: 'GB29NWBK60161331926819' } },
      [['iban-changed', undefined, IBAN, 'GB29NWBK60161331926819']],
    ],
    [
      'an unknown order',
      { purchaseOrderNumber: 'PO-9' },
      [['unknown-purchase-order', undefined, null, 'PO-9']],
    ],
    ['no order', { purchaseOrderNumber: null }, [['unknown-purchase-order', undefined, null, null]]],
    [
      'an unknown supplier',
      { supplier: { name: 'Nobody Inc', vatId: null, iban: null } },
      [['unknown-supplier', undefined, null, 'Nobody Inc']],
    ],
  ])('tells %s', async (_title, about, expected) => {
    await ordered();
    const found = await match(about);
    expect([found.ok, ...told(found)]).toEqual([false, ...expected]);
  });

  it('holds to the tolerances to the cent', async () => {
    await ordered();
    const dearer = {
      lines: [{ ...paper, unitPrice: '4.59', lineTotal: '45.90' }, lamp],
      netTotal: '125.70',
      taxTotal: '23.88',
      grandTotal: '149.58',
    };
    expect(told(await match(dearer, { pricePercent: 1.99 }))).toEqual([['price', 1, '4.50', '4.59']]);
    expect(told(await match(dearer, { pricePercent: 2 }))).toEqual([]);
    expect(told(await match(dearer, { amount: '0.08' }))).toEqual([['price', 1, '4.50', '4.59']]);
    expect(told(await match(dearer, { amount: '0.09' }))).toEqual([]);
    const more = {
      lines: [{ ...paper, quantity: '10.5', lineTotal: '47.25' }, lamp],
      netTotal: '127.05',
      taxTotal: '24.14',
      grandTotal: '151.19',
    };
    expect(told(await match(more, { quantityPercent: 4.9 }))).toEqual([['quantity', 1, '10', '10.5']]);
    expect(told(await match(more, { quantityPercent: 5 }))).toEqual([]);
  });

  it('tells what did not come', async () => {
    await ordered(['10', '1']);
    expect(told(await match())).toEqual([['not-received', 2, '1', '2']]);
  });

  it('counts what earlier invoices took', async () => {
    await ordered();
    const half = {
      lines: [{ ...paper, quantity: '6', lineTotal: '27.00' }],
      netTotal: '27.00',
      taxTotal: '5.13',
      grandTotal: '32.13',
    };
    expect(told(await match(half))).toEqual([]);
    await posted(half);
    expect(told(await match({ ...half, invoiceNumber: 'R-101' }))).toEqual([['quantity', 1, '4', '6']]);
  });

  it('tells a duplicate and an order of another supplier', async () => {
    await ordered();
    const { id } = await posted();
    expect(told(await match())).toEqual(expect.arrayContaining([['duplicate', undefined, null, id]]));
    const other = await supplier({ name: 'Other KG', vatId: 'ATU12345678', iban: null });
    const found = await match({
      supplier: { name: 'Other KG', vatId: 'ATU12345678', iban: null },
      invoiceNumber: 'X',
    });
    expect(told(found)[0]).toEqual([
      'supplier-mismatch',
      undefined,
      found.purchaseOrder?.supplierId,
      other.id,
    ]);
  });
});
