import { jest } from '@jest/globals';
import { type RunAccepted, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import type { TestOrchestrator } from '../testing.js';
import { silent, TestOrchestrators } from '../testing/orchestrators.js';

const WAIT_MS = 60_000;
const BRANCHES = 1_000;
const ENDED = 500;

interface Child {
  run_id: string;
  position: string;
}
type Bell = Extract<RunInboxMessage, { kind: 'run.commanded' }>;

const head = (name: string) => `document: { dsl: '1.0.3', namespace: late, name: ${name}, version: '1.0.0' }`;
const sub = { run: { workflow: { namespace: 'late', name: 'child', version: 'latest' } } };
const parent = (name: string, branches: object[]) =>
  `${head(name)}\ndo: ${JSON.stringify([{ all: { fork: { branches } } }])}\n`;

describe('bells that ring after their commands were applied', () => {
  const hubs = TestOrchestrators.use();
  beforeAll(() => hubs.database.apply(`${head('child')}\ndo:\n  - wait: { wait: PT1H }\n`));

  /**
   * An orchestrator on a bus that joins several processes. The acceptances of sub-workflows are counted and
   * lost.
   */
  function owner(): { hub: TestOrchestrator; sent: string[] } {
    const hub = hubs.make(silent);
    const sent: string[] = [];
    const status = hub.bus.status.bind(hub.bus);
    jest.spyOn(hub.bus, 'status').mockImplementation(() => ({ ...status(), transport: 'kafka' }));
    const publish = hub.bus.publish.bind(hub.bus);
    const isChild = (message: RunInboxMessage) =>
      message.kind === 'run.accepted' && message.parent !== undefined && message.parent !== null;
    jest.spyOn(hub.bus, 'publish').mockImplementation((topic, messages) => {
      if (topic !== TOPICS.runInbox) return publish(topic, messages);
      const all = messages as readonly RunInboxMessage[];
      sent.push(...all.filter(isChild).map(({ runId }) => runId));
      return publish(topic, all.filter((message) => !isChild(message)) as typeof messages);
    });
    return { hub, sent };
  }

  const childrenOf = async (runId: string) =>
    (await hubs.database.dataSource.query(
      'SELECT run_id, position FROM run_parents WHERE parent_run_id = $1 ORDER BY position',
      [runId],
    )) as Child[];

  async function begin(hub: TestOrchestrator, name: string, branches: object[]): Promise<RunAccepted> {
    const accepted = await hubs.database.accept(await hubs.database.apply(parent(name, branches)), {});
    await Promise.all(hub.turns.enqueue([accepted]));
    expect(await childrenOf(accepted.runId)).toHaveLength(branches.length);
    return accepted;
  }

  const tell = (runId: string, children: readonly Child[]): Promise<Bell[]> =>
    Promise.all(
      children.map(async ({ run_id, position }): Promise<Bell> => {
        const command = {
          kind: 'child.ended' as const,
          runId: run_id,
          position,
          status: 'completed' as const,
        };
        const commandId = await hubs.database.store.submitCommand({ workspaceId: 'default', runId }, command);
        return { kind: 'run.commanded', runId, commandId, command };
      }),
    );

  /** Each in a turn of its own. */
  async function ring({ turns }: TestOrchestrator, bells: readonly Bell[]): Promise<void> {
    for (const bell of bells) await Promise.all(turns.enqueue([bell]));
  }

  it(
    'send nothing again that their owner sent, and to another owner each acceptance once',
    async () => {
      const branches = Array.from({ length: BRANCHES }, (_, i) => ({ [`b${i}`]: sub }));
      const first = owner();
      const { runId } = await begin(first.hub, 'wide', branches);
      expect(first.sent).toHaveLength(BRANCHES);
      const children = await childrenOf(runId);
      const bells = await tell(runId, children.slice(0, ENDED));
      // The first one's turn applies all of them.
      await ring(first.hub, bells.slice(0, 1));
      expect(await hubs.database.store.commandsOf([runId])).toEqual([]);
      await ring(first.hub, bells.slice(1));
      expect(first.sent).toHaveLength(BRANCHES);

      const second = owner();
      await ring(second.hub, bells);
      const awaited = children.slice(ENDED).map(({ run_id }) => run_id);
      expect(second.sent.toSorted()).toEqual(awaited.toSorted());
    },
    3 * WAIT_MS,
  );

  it('send what an owner who was taken for dead has asked for since', async () => {
    const first = owner();
    const { runId } = await begin(first.hub, 'twice', [
      { a: { do: [{ one: sub }, { two: sub }] } },
      { b: sub },
      { c: sub },
    ]);
    const [a, b] = (await childrenOf(runId)) as [Child, Child, Child];
    const [bellB] = (await tell(runId, [b])) as [Bell];
    await ring(first.hub, [bellB]);
    const second = owner();
    await ring(second.hub, [bellB, bellB]);
    expect(second.sent).toHaveLength(2);

    const [bellA] = (await tell(runId, [a])) as [Bell];
    await ring(first.hub, [bellA]);
    const two = (await childrenOf(runId)).find(({ position }) => position.endsWith('/two')) as Child;
    await ring(second.hub, [bellA]);
    expect(second.sent.slice(2)).toContain(two.run_id);
  });
});
