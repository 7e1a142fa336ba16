import { ErpInvoice, ErpPurchaseOrder } from '@tutti/contracts';
import { changedRecords, type Change, type PollTrigger } from '@tutti/plugin-sdk';
import type { z } from 'zod';
import { invoicesSince } from './invoices.js';
import { ordersSince } from './purchase-orders.js';
import { Tryton, type ChangedSince } from './rpc.js';
import type { Settings } from './settings.js';

const PAGE_SIZE = 50;
/** Of a record's version, which is the time of its last change. */
const MICROSECONDS_PER_MS = 1_000;

/** A kind of record, as it is told when it was changed. */
interface Kind<Event extends z.ZodType> {
  summary: string;
  event: Event;
  since: (tryton: Tryton, of: ChangedSince) => Promise<z.output<Event>[]>;
  idOf: (record: z.output<Event>) => string;
}

function changeTrigger<Event extends typeof ErpInvoice | typeof ErpPurchaseOrder>(
  kind: Kind<Event>,
): PollTrigger<Event, Settings> {
  return {
    summary: kind.summary,
    kind: 'poll',
    event: kind.event,
    poll: ({ http, settings, cursor }) =>
      changedRecords({
        cursor,
        list: (from) => changesSince(new Tryton({ http, settings, idempotencyKey: 'poll' }), kind, from),
      }) as ReturnType<PollTrigger<Event, Settings>['poll']>,
  };
}

async function* changesSince<Event extends typeof ErpInvoice | typeof ErpPurchaseOrder>(
  tryton: Tryton,
  { since, idOf }: Kind<Event>,
  from: Date,
): AsyncGenerator<Change<z.output<Event>>[]> {
  for (let offset = 0; ; offset += PAGE_SIZE) {
    const found = await since(tryton, { from, offset, limit: PAGE_SIZE });
    yield found.map((data) => ({
      id: idOf(data),
      at: new Date(Math.floor(data.version / MICROSECONDS_PER_MS)).toISOString(),
      data,
    }));
    if (found.length < PAGE_SIZE) return;
  }
}

/** A draft that nobody has touched since it was made is not told: Tryton has no time for its last change. */
export const orderChanged = changeTrigger({
  summary: 'A purchase order was changed: quoted, confirmed, processed, done, or in what it says.',
  event: ErpPurchaseOrder,
  since: ordersSince,
  idOf: ({ number }) => number,
});

export const invoiceChanged = changeTrigger({
  summary: 'A supplier’s invoice was posted, paid, or changed in the books.',
  event: ErpInvoice,
  since: invoicesSince,
  idOf: ({ id }) => id,
});
