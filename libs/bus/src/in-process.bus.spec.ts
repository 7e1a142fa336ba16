import { type DeadLetter, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { InProcessBus } from './in-process.bus.js';

const due = (runId: string) => ({ kind: 'run.due' as const, runId });

describe('InProcessBus', () => {
  it('delivers what one tick published as one batch, in order', async () => {
    const bus = new InProcessBus();
    const batches: string[][] = [];
    bus.subscribe(TOPICS.runInbox, (messages) => {
      batches.push(messages.map(({ runId }) => runId));
    });
    void bus.publish(TOPICS.runInbox, [due('a'), due('b')]);
    void bus.publish(TOPICS.runInbox, [due('c')]);
    await eventually(() => batches.length > 0);
    expect(batches).toEqual([['a', 'b', 'c']]);
  });

  it('collects for a slow subscriber and never calls it twice at once', async () => {
    const bus = new InProcessBus();
    const sizes: number[] = [];
    const gates: (() => void)[] = [];
    bus.subscribe(TOPICS.runInbox, async (messages) => {
      sizes.push(messages.length);
      await new Promise<void>((open) => {
        gates.push(open);
      });
    });
    void bus.publish(TOPICS.runInbox, [due('a')]);
    await eventually(() => gates.length === 1);
    void bus.publish(TOPICS.runInbox, [due('b')]);
    void bus.publish(TOPICS.runInbox, [due('c')]);
    gates[0]?.();
    await eventually(() => gates.length === 2);
    expect(sizes).toEqual([1, 2]);
    gates[1]?.();
  });

  it('goes on after a handler failed, and gives every subscriber its own copy of the queue', async () => {
    const bus = new InProcessBus();
    const seen: string[] = [];
    bus.subscribe(TOPICS.runInbox, () => {
      throw new Error('defect');
    });
    const end = bus.subscribe(TOPICS.runInbox, (messages) => {
      seen.push(...messages.map(({ runId }) => runId));
    });
    void bus.publish(TOPICS.runInbox, [due('a')]);
    await eventually(() => seen.length === 1);
    void bus.publish(TOPICS.runInbox, [due('b')]);
    await eventually(() => seen.length === 2);
    end();
    expect(seen).toEqual(['a', 'b']);
  });

  describe('with a sink for dead letters', () => {
    const texts = (letters: readonly DeadLetter[]) =>
      letters.map(({ payload }) => (JSON.parse(Buffer.from(payload).toString()) as { runId: string }).runId);
    const started = () => {
      const letters: DeadLetter[] = [];
      const write = (more: readonly DeadLetter[]) => {
        letters.push(...more);
        return Promise.resolve();
      };
      return { letters, bus: new InProcessBus({ write }) };
    };

    it('keeps a message that its handler refuses, and the others of the batch are done', async () => {
      const { bus, letters } = started();
      const done: string[] = [];
      bus.consume(TOPICS.runInbox, (messages) =>
        (messages as { runId: string }[]).map(async ({ runId }) => {
          if (runId === 'b') throw new Error('no run can take it');
          done.push(runId);
        }),
      );
      await bus.publish(TOPICS.runInbox, [due('a'), due('b'), due('c')]);
      await eventually(() => letters.length > 0);
      expect(letters).toEqual([
        {
          topic: TOPICS.runInbox,
          partition: 0,
          offset: expect.stringMatching(/^\d{16}$/),
          key: 'b',
          headers: { 'tutti-kind': 'run.due', 'content-type': 'application/json' },
          payload: Buffer.from(JSON.stringify(due('b'))),
          reason: 'refused',
          detail: 'no run can take it',
        },
      ]);
      expect(done).toEqual(['a', 'c']);
      expect(bus.counters).toEqual({ deadLetters: 1 });
    });

    it('hands each message over alone when the batch is refused, as a repeat', async () => {
      const { bus, letters } = started();
      const seen: [string[], readonly boolean[]][] = [];
      bus.consume(TOPICS.runInbox, (messages, { repeats }) => {
        const ids = (messages as { runId: string }[]).map(({ runId }) => runId);
        seen.push([ids, repeats]);
        if (ids.includes('b')) throw new Error('defect');
      });
      await bus.publish(TOPICS.runInbox, [due('a'), due('b'), due('c')]);
      await eventually(() => seen.length === 4);
      expect(seen).toEqual([
        [
          ['a', 'b', 'c'],
          [false, false, false],
        ],
        [['a'], [true]],
        [['b'], [true]],
        [['c'], [true]],
      ]);
      expect(texts(letters)).toEqual(['b']);
    });

    it('names each letter differently, also those of a process that begins later', async () => {
      const offsets: number[] = [];
      const refuseTwo = async () => {
        const { bus, letters } = started();
        bus.consume(TOPICS.runInbox, (messages) => messages.map(() => Promise.reject(new Error('no'))));
        await bus.publish(TOPICS.runInbox, [due('a'), due('b')]);
        await eventually(() => letters.length === 2);
        offsets.push(...letters.map(({ offset }) => Number(offset)));
      };
      await refuseTwo();
      // No process begins within the millisecond in which another one began.
      await eventually(() => Date.now() > (offsets[0] as number) / 1_000 + 1);
      await refuseTwo();
      expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
      expect(offsets).toHaveLength(4);
    });

    it('tries again until the sink keeps the letter', async () => {
      let away = 2;
      const kept: DeadLetter[] = [];
      const bus = new InProcessBus({
        write: (letters) => {
          if (away-- > 0) return Promise.reject(new Error('the database is away'));
          kept.push(...letters);
          return Promise.resolve();
        },
      });
      bus.consume(TOPICS.runInbox, () => Promise.reject(new Error('no')));
      await bus.publish(TOPICS.runInbox, [due('a')]);
      await eventually(() => kept.length === 1);
      expect(texts(kept)).toEqual(['a']);
      await bus.close();
    });

    it('ends what is being written when it is closed, and waits for no database that is away', async () => {
      let kept = 0;
      const slow = new InProcessBus({
        write: async () => {
          await new Promise((soon) => setImmediate(soon));
          kept += 1;
        },
      });
      slow.consume(TOPICS.runInbox, () => Promise.reject(new Error('no')));
      await slow.publish(TOPICS.runInbox, [due('a')]);
      await eventually(() => slow.counters.deadLetters === 1);
      await slow.close();
      expect(kept).toBe(1);
      const away = new InProcessBus({ write: () => Promise.reject(new Error('away')) });
      away.consume(TOPICS.runInbox, () => Promise.reject(new Error('no')));
      await away.publish(TOPICS.runInbox, [due('a')]);
      await eventually(() => away.counters.deadLetters === 1);
      await expect(away.close()).resolves.toBeUndefined();
    });

    it('keeps nothing for a feed, whose handlers only look', async () => {
      const { bus, letters } = started();
      let called = 0;
      bus.subscribe(TOPICS.control, () => {
        called += 1;
        throw new Error('defect');
      });
      const changed = { kind: 'definitions.changed', workspaceId: 'w', what: 'workflow' } as const;
      await bus.publish(TOPICS.control, [changed, changed]);
      await eventually(() => called === 1);
      await bus.close();
      expect([letters, bus.counters.deadLetters]).toEqual([[], 0]);
    });
  });
});
