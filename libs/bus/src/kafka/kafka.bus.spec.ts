import { Logger } from '@nestjs/common';
import { type CallRequest, type RunCommanded, TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually, testKafka } from '@tutti/testing';
import type { BatchContext } from '../bus.js';
import { BusClosedError } from './bus-closed.error.js';
import type { KafkaBus } from './kafka.bus.js';
import { BusBench } from './testing.js';

const WAIT = 50_000;
const due = (runId: string) => ({ kind: 'run.due' as const, runId });
const commanded = (runId: string, n: number): RunCommanded => ({
  kind: 'run.commanded',
  runId,
  commandId: String(n),
  command: { kind: 'resume', by: 'a' },
});
const call = (runId: string): CallRequest => ({
  kind: 'call.request',
  runId,
  workspaceId: 'default',
  workflow: { namespace: 'n', name: 'w', version: '1.0.0' },
  callId: 'a',
  attempt: 1,
  task: '/do/0',
  taskName: 'a',
  target: { kind: 'http' },
  input: {},
  effect: 'read',
  idempotencyKey: 'k',
  timeoutMs: 1_000,
  redelivered: false,
  trace: { traceId: '0'.repeat(32), spanId: '0'.repeat(16) },
});
const changed = (workspaceId: string) => ({
  kind: 'definitions.changed' as const,
  workspaceId,
  what: 'policy' as const,
});

/** Handles nothing until told to. */
class Gate {
  readonly seen: { runId: string; repeat: boolean }[] = [];
  private readonly waiting: { runId: string; open: () => void }[] = [];

  readonly handler = (messages: unknown[], context: BatchContext): Promise<unknown>[] =>
    (messages as { runId: string }[]).map(({ runId }, index) => {
      this.seen.push({ runId, repeat: context.repeats[index] === true });
      return new Promise<void>((open) => this.waiting.push({ runId, open }));
    });

  open(which: (runId: string) => boolean = () => true): void {
    for (const { runId, open } of this.waiting) if (which(runId)) open();
  }
}

describe('KafkaBus', () => {
  let bench: BusBench;

  beforeAll(() => Logger.overrideLogger(false));
  afterAll(() => Logger.overrideLogger(['log', 'warn', 'error']));
  beforeEach(async () => {
    const { bootstrap, prefix } = await testKafka();
    bench = new BusBench(bootstrap, prefix);
  });
  afterEach(async () => {
    await bench.close();
    await bench.deleteTopics();
  });

  const lagOf = async (bus: KafkaBus): Promise<number | null | undefined> =>
    (await bus.topics()).find(({ topic }) => topic === TOPICS.runInbox)?.lag;
  const emptied = (bus: KafkaBus): Promise<boolean> => eventually(async () => (await lagOf(bus)) === 0, WAIT);

  it('hands over what was published, in order for each run, and commits it', async () => {
    const bus = await bench.connect('a');
    const seen: { runId: string; commandId: string }[] = [];
    bus.consume(TOPICS.runInbox, [(messages) => void seen.push(...(messages as typeof seen))]);
    const runs = Array.from({ length: 20 }, () => uuidv7());
    for (let n = 0; n < 10; n++)
      void bus.publish(
        TOPICS.runInbox,
        runs.map((runId) => commanded(runId, n)),
      );
    await eventually(() => seen.length === 200, WAIT);
    for (const runId of runs)
      expect(seen.filter((message) => message.runId === runId).map((m) => m.commandId)).toEqual(
        Array.from({ length: 10 }, (_, n) => String(n)),
      );
    await emptied(bus);
    await eventually(() => bus.status().connected, WAIT);
    expect(bus.status()).toMatchObject({ transport: 'kafka', sending: 0, handling: 0 });
    expect(bus.status().shards).toEqual({ owned: [0, 1, 2, 3], count: 4 });
    expect(bus.counters).toMatchObject({ sent: 200, received: 200, deadLetters: 0 });
  });

  it('gives every process what is published after it subscribed', async () => {
    const [one, two] = [await bench.connect('one'), await bench.connect('two')];
    const seen: string[] = [];
    await one.publish(TOPICS.control, [changed('before')]);
    one.subscribe(TOPICS.control, (m) => void seen.push(...m.map((c) => `one ${c.workspaceId}`)));
    two.subscribe(TOPICS.control, (m) => void seen.push(...m.map((c) => `two ${c.workspaceId}`)));
    await two.publish(TOPICS.control, [changed('first')]);
    await one.publish(TOPICS.control, [changed('second')]);
    await eventually(() => seen.length >= 4, WAIT);
    expect(seen.toSorted()).toEqual(['one first', 'one second', 'two first', 'two second']);
    await one.close();
    const groups = await bench.admin((admin) => admin.listGroups());
    expect(groups.groups.map(({ groupId }) => groupId)).not.toContain(`${bench.prefix}.feed.one`);
  });

  it('commits nothing behind a message that is not done, and hands that over again', async () => {
    const first = await bench.connect('first', { TUTTI_KAFKA_PARTITIONS: '1' });
    const gate = new Gate();
    first.consume(TOPICS.runInbox, [gate.handler]);
    const runs = Array.from({ length: 4 }, () => uuidv7());
    await first.publish(TOPICS.runInbox, runs.map(due));
    await eventually(() => gate.seen.length === 4, WAIT);
    gate.open((runId) => runId !== runs[1]);
    await first.close();
    const second = await bench.connect('second', { TUTTI_KAFKA_PARTITIONS: '1' });
    const next = new Gate();
    second.consume(TOPICS.runInbox, [next.handler]);
    await eventually(() => next.seen.length === 3, WAIT);
    expect(next.seen).toEqual(runs.slice(1).map((runId) => ({ runId, repeat: true })));
    await second.publish(TOPICS.runInbox, [due(runs[0] as string)]);
    await eventually(() => next.seen.length === 4, WAIT);
    expect(next.seen[3]).toEqual({ runId: runs[0], repeat: false });
    next.open();
    await emptied(second);
  });

  it('moves only what a new process takes over, and hands over twice only that', async () => {
    const one = await bench.connect('one');
    const [first, second] = [new Gate(), new Gate()];
    const owned: (readonly number[])[] = [];
    one.onShards((shards) => owned.push(shards));
    one.consume(TOPICS.runInbox, [first.handler]);
    const runs = Array.from({ length: 40 }, () => uuidv7());
    await one.publish(TOPICS.runInbox, runs.map(due));
    await eventually(() => first.seen.length === 40, WAIT);
    const two = await bench.connect('two');
    two.consume(TOPICS.runInbox, [second.handler]);
    await eventually(() => [one, two].every((bus) => bus.status().shards.owned.length === 2), WAIT);
    const taken = new Set(two.status().shards.owned);
    expect(one.status().shards.owned).toEqual([0, 1, 2, 3].filter((shard) => !taken.has(shard)));
    expect(owned.at(-1)).toEqual(one.status().shards.owned);
    const moved = runs.filter((runId) => taken.has(parseInt(runId.slice(-8), 16) % 4));
    await eventually(() => second.seen.length === moved.length, WAIT);
    expect(second.seen.every(({ runId, repeat }) => repeat && moved.includes(runId))).toBe(true);
    second.open();
    first.open();
    await emptied(two);
    expect(first.seen).toHaveLength(40);
    expect(second.seen).toHaveLength(moved.length);
    expect(one.status().handling).toBe(0);
  });

  it('goes on with a closed process’s share at once', async () => {
    const [one, two] = [await bench.connect('one'), await bench.connect('two')];
    for (const bus of [one, two]) bus.consume(TOPICS.runInbox, [() => undefined]);
    await eventually(() => [one, two].every((bus) => bus.status().shards.owned.length === 2), WAIT);
    const [inbox] = (await two.topics()).filter(({ topic }) => topic === TOPICS.runInbox);
    await one.close();
    // It has said so: the session of a member that just vanished would last ten seconds.
    const { groups } = await bench.admin((admin) => admin.describeGroups([inbox?.group as string]));
    expect(groups[0]?.members.length).toBeLessThan(2);
    await eventually(() => two.status().shards.owned.length === 4, WAIT);
    await expect(one.publish(TOPICS.runInbox, [due(uuidv7())])).rejects.toThrow(BusClosedError);
  });

  it('leaves to another process what will not be done here, and does not wait for it', async () => {
    // It would wait longer than the test may last.
    const one = await bench.connect('one', { TUTTI_KAFKA_PARTITIONS: '1' }, 600_000);
    const gates = [new Gate(), new Gate()] as const;
    let reassigned = 0;
    one.onCallsReassigned(() => void reassigned++);
    one.consume(TOPICS.calls, [gates[0].handler]);
    const runs = [uuidv7(), uuidv7()];
    for (const runId of runs) await one.publish(TOPICS.calls, [call(runId)]);
    await eventually(() => gates[0].seen.length === 2, WAIT);
    expect(reassigned).toBe(1);
    const two = await bench.connect('two', { TUTTI_KAFKA_PARTITIONS: '1' });
    const stopping = one.stopTaking(
      TOPICS.calls,
      Promise.resolve().then(() => gates[0].open((runId) => runId === runs[0])),
    );
    await stopping;
    expect(reassigned).toBe(2);
    two.consume(TOPICS.calls, [gates[1].handler]);
    await eventually(() => gates[1].seen.length === 1, WAIT);
    expect(gates[1].seen).toEqual([{ runId: runs[1], repeat: true }]);
    gates[1].open();
  });

  it('reads no further than its subscribers can follow, and loses nothing by it', async () => {
    const bus = await bench.connect('a');
    let follow = (): void => undefined;
    const held = new Promise<void>((resolve) => (follow = resolve));
    let [seen, most] = [0, 0];
    bus.subscribe(TOPICS.control, async (messages) => {
      await held;
      seen += messages.length;
    });
    const thousand = Array.from({ length: 1_000 }, (_, n) => changed(`workspace-${n}`));
    for (let n = 0; n < 12; n++) {
      await bus.publish(TOPICS.control, thousand);
      most = Math.max(most, bus.status().handling);
    }
    await eventually(() => (most = Math.max(most, bus.status().handling)) > 4_000, WAIT);
    await eventually(async () => (await bus.topics()).length > 0 && bus.status().connected, WAIT);
    most = Math.max(most, bus.status().handling);
    follow();
    await eventually(() => seen === 12_000, WAIT);
    expect(most).toBeLessThan(12_000);
  });

  it('lets large messages go by the store of payloads', async () => {
    const bus = await bench.connect('a');
    const seen: unknown[] = [];
    bus.consume(TOPICS.runInbox, [(messages) => void seen.push(...messages)]);
    const large = {
      ...commanded(uuidv7(), 1),
      command: { kind: 'suspend' as const, by: 'ä'.repeat(50_000) },
    };
    await bus.publish(TOPICS.runInbox, [large, commanded(large.runId, 2)]);
    await eventually(() => seen.length === 2, WAIT);
    expect(seen).toEqual([large, commanded(large.runId, 2)]);
    expect(bench.ports.payloadsById.size).toBe(1);
  });

  it('keeps what cannot be handled as dead letters, and the others go on', async () => {
    const bus = await bench.connect('a', { TUTTI_KAFKA_PARTITIONS: '1' });
    const seen: string[] = [];
    bus.consume(TOPICS.runInbox, [
      (messages) =>
        (messages as { runId: string }[]).map(({ runId }) => {
          if (runId.startsWith('bad')) return Promise.reject(new Error('No such run.'));
          seen.push(runId);
          return Promise.resolve();
        }),
    ]);
    await bench.produce(TOPICS.runInbox, [
      { key: 'k', value: 'no JSON', headers: { a: 'b' } },
      { value: '{"kind":"run.sang"}' },
      { value: JSON.stringify(due('bad')) },
      { value: '', headers: { 'tutti-payload': uuidv7() } },
      { value: JSON.stringify(due('good')) },
    ]);
    await eventually(() => seen.length === 1 && bench.ports.letters.length === 4, WAIT);
    const letters = bench.ports.letters.toSorted((a, b) => Number(a.offset) - Number(b.offset));
    expect(letters.map(({ offset, reason }) => [offset, reason])).toEqual([
      ['0', 'malformed'],
      ['1', 'unknown-kind'],
      ['2', 'refused'],
      ['3', 'malformed'],
    ]);
    expect(letters[0]).toMatchObject({
      topic: bench.name(TOPICS.runInbox),
      partition: 0,
      key: 'k',
      headers: { a: 'b' },
      payload: Buffer.from('no JSON'),
    });
    expect(letters[2]?.detail).toBe('No such run.');
    await emptied(bus);
    expect(bus.counters.deadLetters).toBe(4);
  });

  it('blames only the message that spoils a batch', async () => {
    const bus = await bench.connect('a', { TUTTI_KAFKA_PARTITIONS: '1' });
    const seen: string[] = [];
    const runs = [uuidv7(), 'bad', uuidv7()];
    bus.consume(TOPICS.runInbox, [
      (messages) => {
        const ids = (messages as { runId: string }[]).map(({ runId }) => runId);
        if (ids.includes('bad')) throw new Error('A defect.');
        seen.push(...ids);
      },
    ]);
    await bus.publish(TOPICS.runInbox, runs.map(due));
    await eventually(() => seen.length === 2 && bench.ports.letters.length === 1, WAIT);
    expect(seen).toEqual([runs[0], runs[2]]);
    await emptied(bus);
  });

  it('stays in the group while more is under way than it may hold, and takes more then', async () => {
    const bus = await bench.connect('a');
    const owned: (readonly number[])[] = [];
    bus.onShards((shards) => owned.push(shards));
    const gate = new Gate();
    bus.consume(TOPICS.runInbox, [gate.handler]);
    const runs = Array.from({ length: 9_000 }, () => uuidv7());
    await bus.publish(TOPICS.runInbox, runs.slice(0, 4_000).map(due));
    await eventually(() => gate.seen.length === 4_000, WAIT);
    await bus.publish(TOPICS.runInbox, runs.slice(4_000).map(due));
    const until = performance.now() + 12_000;
    // Longer than the session of a member that shows no life.
    await eventually(() => performance.now() > until, 13_000);
    expect(gate.seen.length).toBeLessThan(9_000);
    expect(owned).toHaveLength(1);
    await eventually(() => {
      gate.open();
      return gate.seen.length === 9_000;
    }, WAIT);
    gate.open();
    await emptied(bus);
    expect(owned).toHaveLength(1);
  }, 40_000);
});
