import type {
  ErpPurchaseOrder,
  ErpPurchaseOrderCreateInput,
  ErpReceipt,
  ErpReceiptCreateInput,
} from '@tutti/contracts';
import { PermanentError, type DatabaseSession } from '@tutti/plugin-sdk';
import type { z } from 'zod';
import { supplierById } from './suppliers.js';

type Line = ErpPurchaseOrder['lines'][number];

export async function purchaseOrder(
  session: DatabaseSession,
  number: string,
): Promise<ErpPurchaseOrder | null> {
  const [order] = await session.query<Omit<ErpPurchaseOrder, 'lines'>>(
    `SELECT o.number, supplier_id AS "supplierId", order_date AS "orderDate", currency, status, version,
       (SELECT coalesce(sum(round(quantity * unit_price, 2)), 0)::numeric(18,2) FROM purchase_order_lines l
        WHERE l.purchase_order_number = o.number) AS "netTotal"
     FROM purchase_orders o WHERE o.number = $1`,
    [number],
  );
  if (order === undefined) return null;
  const lines = await session.query<Line>(
    `SELECT number, article_code AS "articleCode", description, trim_scale(quantity) AS quantity,
       trim_scale(unit_price) AS "unitPrice", trim_scale(tax_percent) AS "taxPercent"
     FROM purchase_order_lines WHERE purchase_order_number = $1 ORDER BY number`,
    [number],
  );
  return { ...order, lines };
}

export async function createPurchaseOrder(
  session: DatabaseSession,
  input: z.output<typeof ErpPurchaseOrderCreateInput>,
): Promise<ErpPurchaseOrder> {
  if ((await supplierById(session, input.supplierId)) === null) {
    throw new PermanentError(`There is no supplier "${input.supplierId}".`, { status: 404 });
  }
  try {
    await session.query(
      'INSERT INTO purchase_orders (number, supplier_id, order_date, currency) VALUES ($1, $2, $3, $4)',
      [input.number, input.supplierId, input.orderDate, input.currency],
    );
    for (const [index, line] of input.lines.entries()) {
      await session.query('INSERT INTO purchase_order_lines VALUES ($1, $2, $3, $4, $5, $6, $7)', [
        input.number,
        index + 1,
        line.articleCode,
        line.description,
        line.quantity,
        line.unitPrice,
        line.taxPercent,
      ]);
    }
  } catch (error) {
    throw refused(error, {
      23505: [409, `The purchase order "${input.number}" exists already.`],
      23514: [422, 'A line of the purchase order has a quantity, price or tax that cannot be.'],
    });
  }
  return (await purchaseOrder(session, input.number)) as ErpPurchaseOrder;
}

export async function receiptsOf(
  session: DatabaseSession,
  purchaseOrderNumber: string,
): Promise<ErpReceipt[]> {
  const rows = await session.query<{ id: string; receivedOn: string; line: number; quantity: string }>(
    `SELECT r.id, r.received_on AS "receivedOn", l.purchase_order_line AS line,
       trim_scale(l.quantity) AS quantity
     FROM receipts r JOIN receipt_lines l ON l.receipt_id = r.id
     WHERE r.purchase_order_number = $1 ORDER BY r.received_on, r.id, l.purchase_order_line`,
    [purchaseOrderNumber],
  );
  const receipts = new Map<string, ErpReceipt>();
  for (const { id, receivedOn, line, quantity } of rows) {
    const receipt = receipts.get(id) ?? { id, purchaseOrderNumber, receivedOn, lines: [] };
    receipt.lines.push({ purchaseOrderLine: line, quantity });
    receipts.set(id, receipt);
  }
  return [...receipts.values()];
}

export async function createReceipt(
  session: DatabaseSession,
  input: z.output<typeof ErpReceiptCreateInput>,
): Promise<ErpReceipt> {
  const number = input.purchaseOrderNumber;
  try {
    const [created] = await session.query<{ id: string }>(
      'INSERT INTO receipts (purchase_order_number, received_on) VALUES ($1, $2) RETURNING id',
      [number, input.receivedOn],
    );
    const { id } = created as { id: string };
    for (const line of input.lines) {
      await session.query('INSERT INTO receipt_lines VALUES ($1, $2, $3, $4)', [
        id,
        number,
        line.purchaseOrderLine,
        line.quantity,
      ]);
    }
    const receipts = await receiptsOf(session, number);
    return receipts.find((receipt) => receipt.id === id) as ErpReceipt;
  } catch (error) {
    throw refused(error, {
      23503: [404, `The purchase order "${number}" or one of the lines does not exist.`],
      23505: [422, 'A line of the purchase order stands twice in the receipt.'],
      23514: [422, 'A received quantity has to be more than zero.'],
    });
  }
}

/** What a rule of the tables refuses (SQLSTATE), as an error that says it in words. */
export function refused(
  error: unknown,
  rules: Record<string, readonly [status: number, message: string]>,
): unknown {
  const rule = rules[(error as { code?: string }).code ?? ''];
  return rule === undefined ? error : new PermanentError(rule[1], { status: rule[0], cause: error });
}
