import type {
  ErpInvoice,
  ErpInvoicePostInput,
  ErpPayment,
  ErpPaymentCreateInput,
  Invoice,
} from '@tutti/contracts';
import { PermanentError, type DatabaseSession } from '@tutti/plugin-sdk';
import type { z } from 'zod';
import { type Booked, booked, Exact, pairLines } from '@tutti/plugin-sdk/erp';
import { purchaseOrder, refused } from './purchase-orders.js';
import { supplierById } from './suppliers.js';

type Header = Omit<ErpInvoice, 'lines'>;
const COLUMNS = `id, supplier_id AS "supplierId", invoice_number AS "invoiceNumber",
  invoice_date AS "invoiceDate",
  due_date AS "dueDate", currency, purchase_order_number AS "purchaseOrderNumber", net_total AS "netTotal",
  tax_total AS "taxTotal", grand_total AS "grandTotal", open_amount AS "openAmount",
  CASE WHEN open_amount = 0 THEN 'paid' ELSE 'open' END AS status, version`;

export async function invoiceById(session: DatabaseSession, id: string): Promise<ErpInvoice | null> {
  const [header] = await session.query<Header>(`SELECT ${COLUMNS} FROM invoices WHERE id = $1`, [id]);
  return header === undefined ? null : withLines(session, header);
}

/** Invoices in the books with this number, of one supplier or of all. */
export async function findInvoices(
  session: DatabaseSession,
  by: { invoiceNumber: string; supplierId?: string | undefined },
): Promise<ErpInvoice[]> {
  const headers = await session.query<Header>(
    `SELECT ${COLUMNS} FROM invoices WHERE invoice_number = $1
       AND ($2::text IS NULL OR supplier_id = $2) ORDER BY id LIMIT 20`,
    [by.invoiceNumber.trim(), by.supplierId ?? null],
  );
  const invoices: ErpInvoice[] = [];
  for (const header of headers) invoices.push(await withLines(session, header));
  return invoices;
}

async function withLines(session: DatabaseSession, header: Header): Promise<ErpInvoice> {
  const lines = await session.query<ErpInvoice['lines'][number]>(
    `SELECT description, article_code AS "articleCode", trim_scale(quantity) AS quantity,
       trim_scale(unit_price) AS "unitPrice",
       line_total AS "lineTotal" FROM invoice_lines WHERE invoice_id = $1 ORDER BY number`,
    [header.id],
  );
  return { ...header, lines };
}

/** How much of each line of a purchase order was invoiced already. */
export async function invoicedQuantities(
  session: DatabaseSession,
  purchaseOrderNumber: string,
): Promise<Map<number, Exact>> {
  const rows = await session.query<{ line: number; quantity: string }>(
    `SELECT purchase_order_line AS line, sum(quantity) AS quantity FROM invoice_lines
     WHERE purchase_order_number = $1 GROUP BY purchase_order_line`,
    [purchaseOrderNumber],
  );
  return new Map(rows.map(({ line, quantity }) => [line, Exact.of(quantity)]));
}

/** What the document did not say is refused with the names of the fields. */
function headerOf(invoice: Invoice): Booked {
  const header = booked(invoice);
  if (!('missing' in header)) return header;
  const message = `The invoice cannot be posted without ${header.missing.join(', ')}.`;
  throw new PermanentError(message, { status: 422 });
}

export async function postInvoice(
  session: DatabaseSession,
  input: z.output<typeof ErpInvoicePostInput>,
): Promise<ErpInvoice> {
  const { supplierId, purchaseOrderNumber, invoice } = input;
  const header = headerOf(invoice);
  if ((await supplierById(session, supplierId)) === null) {
    throw new PermanentError(`There is no supplier "${supplierId}".`, { status: 404 });
  }
  const order = purchaseOrderNumber === null ? null : await purchaseOrder(session, purchaseOrderNumber);
  if (purchaseOrderNumber !== null && order === null) {
    throw new PermanentError(`There is no purchase order "${purchaseOrderNumber}".`, { status: 404 });
  }
  try {
    const [created] = await session.query<{ id: string }>(
      `INSERT INTO invoices (supplier_id, purchase_order_number, invoice_number, invoice_date, due_date,
         currency, net_total,
         tax_total, grand_total, open_amount) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9) RETURNING id`,
      [supplierId, purchaseOrderNumber, ...Object.values(header)],
    );
    const { id } = created as { id: string };
    const pairs = pairLines(invoice.lines, order?.lines ?? []);
    for (const [index, line] of invoice.lines.entries()) {
      const orderLine = pairs[index]?.number ?? null;
      await insertLine(session, {
        id,
        number: index + 1,
        line,
        order: orderLine === null ? null : purchaseOrderNumber,
        orderLine,
      });
    }
    return (await invoiceById(session, id)) as ErpInvoice;
  } catch (error) {
    throw refused(error, {
      23505: [
        409,
        `Supplier "${supplierId}" has sent the invoice "${header.invoiceNumber}" before: it is a duplicate.`,
      ],
      23514: [
        422,
        'The totals of the invoice do not add up: net and tax have to give the grand total, none below zero.',
      ],
      22003: [422, 'An amount of the invoice is too large.'],
    });
  }
}

interface LineRow {
  id: string;
  number: number;
  line: Invoice['lines'][number];
  order: string | null;
  orderLine: number | null;
}

async function insertLine(session: DatabaseSession, row: LineRow): Promise<void> {
  const { description, articleCode, quantity, unitPrice, lineTotal } = row.line;
  await session.query('INSERT INTO invoice_lines VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    row.id,
    row.number,
    description ?? '',
    articleCode,
    quantity ?? '0',
    unitPrice ?? '0',
    lineTotal ?? '0',
    row.order,
    row.orderLine,
  ]);
}

const PAYMENT_COLUMNS =
  'id, invoice_id AS "invoiceId", amount, currency, iban, paid_on AS "paidOn", reference';

export async function paymentById(session: DatabaseSession, id: string): Promise<ErpPayment | null> {
  const [row] = await session.query<ErpPayment>(`SELECT ${PAYMENT_COLUMNS} FROM payments WHERE id = $1`, [
    id,
  ]);
  return row ?? null;
}

/** Pays to the account in the supplier's record, never to one that only stands on the invoice. */
export async function createPayment(
  session: DatabaseSession,
  input: z.output<typeof ErpPaymentCreateInput>,
): Promise<{ payment: ErpPayment; invoice: ErpInvoice }> {
  // The lock makes two payments of one invoice wait for each other, so that together they never exceed it.
  await session.query('SELECT 1 FROM invoices WHERE id = $1 FOR UPDATE', [input.invoiceId]);
  const invoice = await invoiceById(session, input.invoiceId);
  if (invoice === null)
    throw new PermanentError(`There is no invoice "${input.invoiceId}".`, { status: 404 });
  const amount = Exact.of(input.amount ?? invoice.openAmount);
  if (!amount.isMoreThan(Exact.zero)) {
    const why =
      invoice.status === 'paid'
        ? `The invoice "${invoice.id}" is paid already.`
        : 'A payment has to be more than zero.';
    throw new PermanentError(why, { status: invoice.status === 'paid' ? 409 : 422 });
  }
  if (amount.isMoreThan(Exact.of(invoice.openAmount))) {
    const message =
      `${amount.toText(2)} is more than the ${invoice.openAmount} ${invoice.currency} that ` +
      `invoice "${invoice.id}" has open.`;
    throw new PermanentError(message, { status: 409, reply: { openAmount: invoice.openAmount } });
  }
  const supplier = await supplierById(session, invoice.supplierId);
  if (supplier === null || supplier.iban === null) {
    throw new PermanentError(`Supplier "${invoice.supplierId}" has no IBAN to pay to.`, { status: 409 });
  }
  await session.query(
    'UPDATE invoices SET open_amount = open_amount - $2, version = version + 1 WHERE id = $1',
    [invoice.id, amount.toText()],
  );
  const [payment] = await session.query<ErpPayment>(
    `INSERT INTO payments (invoice_id, amount, currency, iban, paid_on, reference)
     VALUES ($1, $2, $3, $4, coalesce($5::date, current_date), $6) RETURNING ${PAYMENT_COLUMNS}`,
    [
      invoice.id,
      amount.toText(),
      invoice.currency,
      supplier.iban,
      input.paidOn ?? null,
      invoice.invoiceNumber,
    ],
  );
  return { payment: payment as ErpPayment, invoice: (await invoiceById(session, invoice.id)) as ErpInvoice };
}
