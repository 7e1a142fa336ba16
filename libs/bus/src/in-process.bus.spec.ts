import { TOPICS } from '@tutti/contracts';
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
});
