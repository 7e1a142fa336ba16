import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { type DefinitionsChanged, TOPICS } from '@tutti/contracts';
import { SweepLoop } from '@tutti/store';

/** What processes without plugins ask of hosts: rows that any host may take. */
export interface AskedWork<Row> {
  bus: Pick<Bus, 'subscribe'>;
  /** What the bus says when there is something. */
  bell: DefinitionsChanged['what'];
  /** Takes rows that nobody has, at most `atOnceMax`. */
  take: () => Promise<readonly Row[]>;
  perform: (row: Row) => Promise<void>;
  atOnceMax: number;
  /** How often is looked for what no bell was heard of. */
  pollMs: number;
  /** Whose work it is, for the log. */
  name: string;
  failed: string;
  works: string;
}

/** Works off what is asked, when rung for and now and then; one look at a time. Gives how to end it. */
export function workOffAsked<Row>(of: AskedWork<Row>): () => Promise<void> {
  const { bus, bell, take, perform, atOnceMax, pollMs, name, failed, works } = of;
  const sweep = async () => {
    const rows = await take();
    await Promise.all(rows.map(perform));
    return rows.length === atOnceMax ? 0 : pollMs;
  };
  const loop = new SweepLoop({ sweep, logger: new Logger(name), failed, works });
  const unsubscribe = bus.subscribe(TOPICS.control, (messages) => {
    if (messages.some(({ what }) => what === bell)) loop.look();
  });
  loop.start();
  return async () => {
    unsubscribe();
    await loop.stop();
  };
}
