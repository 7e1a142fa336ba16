import type { ErpReceipt, ErpReceiptCreateInput } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { orderByNumber, type KnownOrder } from './purchase-orders.js';
import type { Tryton } from './rpc.js';
import { warehouseId } from './lookups.js';
import { date, quantity, WireDate, WireQuantity } from './wire.js';

const MODEL = 'stock.shipment.in';
const BUTTONS = { draft: 'receive', received: 'done' };

const Shipment = z.object({
  id: z.int(),
  effective_date: WireDate.nullable(),
  'incoming_moves.': z.array(
    z.object({ origin: z.string().nullable(), quantity: WireQuantity, state: z.string() }),
  ),
});
const FIELDS = ['effective_date', 'incoming_moves.origin', 'incoming_moves.quantity', 'incoming_moves.state'];
const Move = z.object({ id: z.int(), origin: z.string().nullable() });

/** What was received for a purchase order, the first receipt first. */
export async function receiptsOf(tryton: Tryton, order: KnownOrder): Promise<ErpReceipt[]> {
  const domain = [
    ['moves.purchase', '=', order.id],
    ['state', '=', 'done'],
  ];
  const found = await tryton.search(MODEL, Shipment, { domain, fields: FIELDS });
  return found.map((shipment) => receiptOf(shipment, order));
}

function receiptOf(shipment: z.output<typeof Shipment>, order: KnownOrder): ErpReceipt {
  const lines = shipment['incoming_moves.']
    .filter(({ state }) => state !== 'cancelled')
    .map((move) => ({ purchaseOrderLine: lineNumber(order, move.origin), quantity: move.quantity }))
    // A shipment may hold goods of other orders too.
    .filter(({ purchaseOrderLine }) => purchaseOrderLine > 0);
  return {
    id: String(shipment.id),
    purchaseOrderNumber: order.order.number,
    receivedOn: shipment.effective_date ?? order.order.orderDate,
    lines,
  };
}

function lineNumber(order: KnownOrder, origin: string | null): number {
  return order.lineIds.findIndex((id) => origin === `purchase.line,${id}`) + 1;
}

type Create = z.output<typeof ErpReceiptCreateInput>;

/** Receives goods of a purchase order into stock. A repeat goes on where the first attempt stopped. */
export async function createReceipt(tryton: Tryton, input: Create): Promise<ErpReceipt> {
  const order = await orderByNumber(tryton, input.purchaseOrderNumber);
  if (order === null)
    throw new PermanentError(`There is no purchase order "${input.purchaseOrderNumber}".`, { status: 404 });
  const made = await tryton.first(MODEL, [['reference', '=', tryton.mark]]);
  const id = made ?? (await tryton.create(MODEL, await newShipment(tryton, order, input)));
  await tryton.advance(MODEL, id, BUTTONS);
  const [shipment] = await tryton.read(MODEL, Shipment, { ids: [id], fields: FIELDS });
  return receiptOf(shipment as z.output<typeof Shipment>, order);
}

async function newShipment(tryton: Tryton, order: KnownOrder, input: Create): Promise<object> {
  const moves: unknown[] = [];
  for (const line of input.lines) {
    const move = await expectedMove(tryton, order, line.purchaseOrderLine);
    moves.push(['add', [move]], ['write', [move], { quantity: quantity(line.quantity) }]);
  }
  return {
    company: tryton.settings.company,
    supplier: Number(order.order.supplierId),
    warehouse: await warehouseId(tryton),
    reference: tryton.mark,
    effective_date: date(input.receivedOn),
    moves,
  };
}

/** What Tryton expects of a line; what is left of it when less came is expected anew. */
async function expectedMove(tryton: Tryton, order: KnownOrder, number: number): Promise<number> {
  const line = order.lineIds[number - 1];
  const { number: name } = order.order;
  const message = `Nothing is expected any more of line ${number} of the purchase order "${name}".`;
  if (line === undefined) throw new PermanentError(message, { status: 422 });
  const domain = [
    ['origin', '=', `purchase.line,${line}`],
    ['state', '=', 'draft'],
    ['shipment', '=', null],
  ];
  const [move] = await tryton.search('stock.move', Move, { domain, fields: ['origin'], limit: 1 });
  if (move === undefined) throw new PermanentError(message, { status: 409 });
  return move.id;
}
