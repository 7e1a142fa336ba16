import { decodeLifecycle, encodeLifecycle } from '@tutti/bus';
import { type RunChanged, type RunCommand, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { TestHubDatabase, TestOrchestrator } from '../testing.js';

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: events, name: live, version: '1.0.0' }
do:
  - first: { set: { n: 1 } }
  - both: { fork: { branches: [ { left: { wait: { hours: 1 } } }, { right: { wait: { hours: 2 } } } ] } }
`;

describe('the lifecycle events of a run', () => {
  let database: TestHubDatabase;
  let orchestrator: TestOrchestrator;
  let workflow: Awaited<ReturnType<TestHubDatabase['apply']>>;
  const changes: RunChanged[] = [];
  beforeAll(async () => {
    database = await TestHubDatabase.open();
    workflow = await database.apply(WORKFLOW);
    orchestrator = new TestOrchestrator(database, () => undefined);
    orchestrator.bus.subscribe(TOPICS.lifecycle, (messages) => {
      for (const message of messages) if (message.kind === 'run.changed') changes.push(message);
    });
    await orchestrator.start();
  });
  afterAll(async () => {
    await orchestrator.stop();
    await database.close();
  });

  /** The run after each of these commands, up to its cancellation. */
  async function cancelledRun(): Promise<string> {
    const accepted = await database.accept(workflow, {});
    const { runId, workspaceId } = accepted;
    await orchestrator.bus.publish(TOPICS.runInbox, [accepted]);
    const seen = (revision: number) =>
      eventually(() => changes.find((change) => change.runId === runId && change.revision === revision));
    await seen(1);
    for (const [i, kind] of (['suspend', 'resume', 'cancel'] as const).entries()) {
      const command: RunCommand = { kind, by: 'anna' };
      const commandId = await database.store.submitCommand({ workspaceId, runId }, command);
      await orchestrator.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
      await seen(i + 2);
    }
    return runId;
  }

  it('are the same when they are published again from the journal: ids, types and data', async () => {
    const runId = await cancelledRun();
    const again = (await database.store.lastTurnsOf([runId])).map((turn): RunChanged => ({
      kind: 'run.changed',
      ...turn,
    }));
    const view = (all: RunChanged[]) =>
      all
        .flatMap((change) => encodeLifecycle(change))
        .map(({ headers, value }) => [headers.ce_id, headers.ce_type, headers.traceparent, value])
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
    expect(view(again)).toEqual(view(changes.filter((change) => change.runId === runId)));
  });

  it('name every task that was under way when the run was suspended, resumed and cancelled', async () => {
    const runId = await cancelledRun();
    const ofAll = changes
      .filter((change) => change.runId === runId && change.revision > 1)
      .flatMap((change) => encodeLifecycle(change))
      .map(({ headers, value }) => [headers.ce_type, (JSON.parse(value) as { task?: string }).task]);
    const both = ['/do/1/both', '/do/1/both/fork/branches/0/left', '/do/1/both/fork/branches/1/right'];
    const tasks = (what: string) => both.map((task) => [`io.serverlessworkflow.task.${what}.v1`, task]);
    const run = (what: string) => [[`io.serverlessworkflow.workflow.${what}.v1`, undefined]];
    expect(ofAll).toEqual([
      ...tasks('suspended'),
      ...run('suspended'),
      ...run('resumed'),
      ...tasks('resumed'),
      ...tasks('cancelled'),
      ...run('cancelled'),
    ]);
  });

  it('carry to the hub itself one change a turn, with the end of the run', async () => {
    const runId = await cancelledRun();
    const own = changes.filter((change) => change.runId === runId);
    const read = own
      .flatMap((change) => encodeLifecycle(change))
      .flatMap(({ headers, value }) => decodeLifecycle(headers, value) ?? []);
    expect(read).toMatchObject(
      own.map(({ revision, status }) => ({ kind: 'run.changed', revision, status })),
    );
    expect(own.at(-1)).toMatchObject({ status: 'cancelled' });
  });
});
