import type { ErpReceipt } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import type { ErpSystem, NewReceipt } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import type { Domain, Odoo } from './odoo.js';
import { orderNamed, type OdooOrder } from './orders.js';
import { WireDate, WireLink, wireNumber, WireNumber } from './wire.js';

const MODEL = 'stock.picking';
const MOVE = 'stock.move';

const Picking = z.object({ id: z.int(), state: z.string(), date_done: WireDate });
type Picking = z.output<typeof Picking>;
const Move = z.object({ id: z.int(), purchase_line_id: WireLink, quantity: WireNumber, state: z.string() });

/** Receipts are incoming pickings. Odoo makes one for what is expected, and one for the rest. */
export function receiptsIn(odoo: Odoo): Pick<ErpSystem, 'receipts' | 'receive'> {
  return {
    async receipts({ number }) {
      const order = await needed(odoo, number);
      const receipts: ErpReceipt[] = [];
      for (const picking of await pickings(odoo, order, [['state', '=', 'done']]))
        receipts.push(await receiptOf(odoo, order, picking));
      return receipts;
    },
    async receive({ number }, input) {
      const order = await needed(odoo, number);
      const [mine] = await pickings(odoo, order, [['note', 'ilike', odoo.mark]]);
      const id = mine?.id ?? (await claimed(odoo, order, input));
      if (mine?.state !== 'done') await validated(odoo, { id, order, input });
      const [picking] = await pickings(odoo, order, [['id', '=', id]]);
      if (picking?.state === 'done') return receiptOf(odoo, order, picking);
      throw new PermanentError(`Odoo left the receipt ${id} open: finish it there.`, { status: 409 });
    },
  };
}

async function needed(odoo: Odoo, number: string): Promise<OdooOrder> {
  return (await orderNamed(odoo, number)) as OdooOrder;
}

function pickings(odoo: Odoo, { id }: OdooOrder, domain: Domain): Promise<Picking[]> {
  const all = [['purchase_id', '=', id], ...domain];
  return odoo.search(MODEL, Picking, { domain: all, fields: ['state', 'date_done'] });
}

function movesOf(odoo: Odoo, picking: number) {
  const domain = [['picking_id', '=', picking]];
  return odoo.search(MOVE, Move, { domain, fields: ['purchase_line_id', 'quantity', 'state'] });
}

async function receiptOf(odoo: Odoo, order: OdooOrder, { id, date_done }: Picking): Promise<ErpReceipt> {
  const moves = (await movesOf(odoo, id)).filter(({ state }) => state === 'done');
  const lines = moves.map((move) => ({
    purchaseOrderLine: order.lines.findIndex((line) => line.id === move.purchase_line_id) + 1,
    quantity: move.quantity,
  }));
  return {
    id: String(id),
    purchaseOrderNumber: order.order.number,
    receivedOn: date_done ?? order.order.orderDate,
    lines: lines.filter(({ purchaseOrderLine }) => purchaseOrderLine > 0),
  };
}

/** The picking that expects these goods, marked as this call's. */
async function claimed(odoo: Odoo, order: OdooOrder, input: NewReceipt): Promise<number> {
  const open = await pickings(odoo, order, [['state', 'in', ['confirmed', 'waiting', 'assigned']]]);
  for (const { id } of open) {
    const expected = (await movesOf(odoo, id)).map(({ purchase_line_id }) => purchase_line_id);
    if (!input.lines.every((line) => expected.includes(order.lines[line.purchaseOrderLine - 1]?.id ?? 0)))
      continue;
    await odoo.write(MODEL, id, { note: odoo.mark });
    return id;
  }
  const lines = input.lines.map(({ purchaseOrderLine }) => purchaseOrderLine).join(', ');
  const message = `Nothing is expected any more of line ${lines} of the purchase order "${order.order.number}".`;
  throw new PermanentError(message, { status: 409 });
}

async function validated(
  odoo: Odoo,
  { id, order, input }: { id: number; order: OdooOrder; input: NewReceipt },
): Promise<void> {
  for (const move of await movesOf(odoo, id)) {
    const came = input.lines.find(
      ({ purchaseOrderLine }) => order.lines[purchaseOrderLine - 1]?.id === move.purchase_line_id,
    );
    const picked = came !== undefined;
    await odoo.write(MOVE, move.id, { picked, quantity: came === undefined ? 0 : wireNumber(came.quantity) });
  }
  // What did not come is expected in a picking of its own, without a question in between.
  await odoo.method(MODEL, 'button_validate', { ids: [id], context: { skip_backorder: true } });
  await odoo.write(MODEL, id, { date_done: `${input.receivedOn} 12:00:00` });
}
