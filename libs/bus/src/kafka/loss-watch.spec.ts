import { TOPICS } from '@tutti/contracts';
import { LossWatch } from './loss-watch.js';
import { MemoryPorts } from './testing.js';
import type { TopicStatus } from './topic-watch.js';

const inbox = (partition: { begin?: number; end: number; committed?: number | null }): TopicStatus[] => [
  {
    topic: TOPICS.runInbox,
    name: 'tutti.run-inbox.v1',
    group: 'tutti.orchestrator',
    lag: 0,
    partitions: [{ partition: 0, begin: 0, committed: null, ...partition }],
  },
];

describe('LossWatch', () => {
  let ports: MemoryPorts;
  const watch = () => new LossWatch(ports.state, 'kafka.tutti');
  beforeEach(async () => {
    ports = new MemoryPorts();
    await watch().remember(inbox({ end: 100 }), 'cluster');
  });

  it('tells of a Kafka that was never used, until that is remembered', async () => {
    ports = new MemoryPorts();
    const fresh = watch();
    expect(await fresh.look(inbox({ end: 0 }), 'cluster')).toMatchObject({ reason: expect.any(String) });
    expect(await fresh.look(inbox({ end: 0 }), 'cluster')).not.toBeNull();
    await fresh.remember(inbox({ end: 0 }), 'cluster');
    expect(await fresh.look(inbox({ end: 0 }), 'cluster')).toBeNull();
    expect(await watch().look(inbox({ end: 5 }), 'cluster')).toBeNull();
  });

  it('tells of another cluster', async () => {
    const loss = await watch().look(inbox({ end: 200, begin: 3 }), 'other');
    expect(loss?.reason).toBe('Kafka is another cluster: other instead of cluster.');
    expect(loss?.partitions).toEqual([{ topic: TOPICS.runInbox, partition: 0, begin: 3 }]);
  });

  it('tells of a topic that was made anew, once it is sure', async () => {
    const restarted = watch();
    expect(await restarted.look(inbox({ end: 3 }), 'cluster')).toBeNull();
    expect(restarted.suspects).toBe(true);
    const loss = await restarted.look(inbox({ end: 4 }), 'cluster');
    expect(loss?.reason).toContain('ended further on before');
    expect(loss?.partitions).toEqual([{ topic: TOPICS.runInbox, partition: 0, begin: 0 }]);
  });

  it('forgets a suspicion that was wrong', async () => {
    const restarted = watch();
    await restarted.look(inbox({ end: 99 }), 'cluster');
    expect(await restarted.look(inbox({ end: 101 }), 'cluster')).toBeNull();
    expect(restarted.suspects).toBe(false);
  });

  it.each([
    ['before what is kept', { begin: 50, end: 120, committed: 20 }],
    ['behind the end', { end: 120, committed: 130 }],
  ])('tells of a group whose place is %s', async (_, partition) => {
    const restarted = watch();
    await restarted.look(inbox(partition), 'cluster');
    expect((await restarted.look(inbox(partition), 'cluster'))?.reason).toContain('are no longer kept');
  });

  it('does not ask for what is outstanding when old spans made room for new ones', async () => {
    const spans = inbox({ begin: 50, end: 120, committed: 20 }).map((status) => ({
      ...status,
      topic: TOPICS.spans,
    }));
    const restarted = watch();
    expect(await restarted.look(spans, 'cluster')).toBeNull();
    expect(restarted.suspects).toBe(false);
  });
});
