import { type JournalEntry, type RunAccepted, type RunCommand, TOPICS, uuidv7 } from '@tutti/contracts';
import { openReviews, type RunState } from '@tutti/engine';
import { eventually } from '@tutti/testing';
import { contentHash, parseWorkflow } from '@tutti/workflow';
import type { TestOrchestrator } from '../testing.js';
import { TestOrchestrators } from '../testing/orchestrators.js';

describe('a run that is migrated while it waits', () => {
  const hubs = TestOrchestrators.use();
  const soon = eventually;

  const document = (name: string, number: number, tasks: string) => `
document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '${number}.0.0' }
do:
  - ask: { call: human.review:1@default, with: { data: 1 } }
${tasks}`;
  const call = (name: string) =>
    `  - ${name}: { call: http, with: { method: put, endpoint: 'http://stub/${name}' } }`;

  interface Case {
    accepted: RunAccepted;
    name: string;
    to: { versionId: string; version: string };
  }

  /** A run that waits for a person on version 1, beside a version 2 with other tasks behind the question. */
  async function waiting(hub: TestOrchestrator, second: string): Promise<Case> {
    const name = `w${uuidv7().slice(24)}`;
    const workflow = await hubs.database.apply(document(name, 1, call('first')));
    const { document: parsed } = parseWorkflow(second.replaceAll('NAME', name));
    if (parsed === undefined) throw new Error('The second version is no workflow.');
    const versionId = uuidv7();
    await hubs.database.dataSource.query(
      `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, number, content_hash, source, definition, created_by)
       VALUES ($1, 'default', $2, '2.0.0', 2, $3, '', $4, 'test')`,
      [versionId, workflow.workflowId, contentHash(parsed), JSON.stringify(parsed)],
    );
    const accepted = await hubs.database.accept(workflow, {});
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    await soon(async () => (await hubs.database.run(accepted.runId))?.status === 'waiting');
    return { accepted, name, to: { versionId, version: '2.0.0' } };
  }

  async function command(hub: TestOrchestrator, runId: string, of: RunCommand): Promise<void> {
    const commandId = await hubs.database.store.submitCommand({ workspaceId: 'default', runId }, of);
    await hub.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command: of }]);
    await soon(async () => (await hubs.database.store.commandsOf([runId])).length === 0);
  }
  const migrate = (hub: TestOrchestrator, { accepted, name, to }: Case) =>
    command(hub, accepted.runId, {
      kind: 'migrate',
      by: 'ann',
      from: accepted.workflow,
      to: { namespace: 'test', name, ...to },
    });
  const approve = async (hub: TestOrchestrator, runId: string) => {
    const [run] = await hubs.database.store.loadRuns([runId]);
    const [reviewId] = openReviews(JSON.parse(run?.state ?? '{}') as RunState);
    const decision = { approved: true, data: 1, edits: [], by: 'ann', at: new Date().toISOString() };
    await command(hub, runId, { kind: 'review.decided', by: 'ann', reviewId: reviewId ?? '', decision });
  };
  const versionOf = async (runId: string) =>
    (await hubs.database.store.loadRuns([runId]))[0]?.workflow.version;
  const entriesOf = async (runId: string) => {
    const rows = (await hubs.database.dataSource.query(
      'SELECT entries FROM journal WHERE run_id = $1 ORDER BY sequence',
      [runId],
    )) as { entries: string }[];
    return rows.flatMap(({ entries }) => JSON.parse(entries) as JournalEntry[]);
  };

  it('goes on with the new version, in its row, its calls and its journal', async () => {
    const hub = await hubs.start();
    const one = await waiting(hub, document('NAME', 2, call('second')));
    await migrate(hub, one);
    const { runId } = one.accepted;
    expect(await versionOf(runId)).toBe('2.0.0');
    await approve(hub, runId);
    expect(await soon(() => hubs.database.ended(runId))).toMatchObject({
      status: 'completed',
      output: '{"saw":"http://stub/second"}',
    });
    expect(hub.calls.map(({ workflow }) => workflow)).toMatchObject([one.to]);
    expect(await entriesOf(runId)).toContainEqual(
      expect.objectContaining({ kind: 'run.migrated', by: 'ann', to: expect.objectContaining(one.to) }),
    );
  });

  it('goes on with it when its owner dies right after, and when another one takes it over', async () => {
    const first = await hubs.start();
    const one = await waiting(first, document('NAME', 2, call('second')));
    await migrate(first, one);
    await hubs.stopAll();
    const second = await hubs.start();
    await approve(second, one.accepted.runId);
    expect(await soon(() => hubs.database.ended(one.accepted.runId))).toMatchObject({
      output: '{"saw":"http://stub/second"}',
    });
  });

  it('stays on its version when the new one has nothing that waits, and says so in its journal', async () => {
    const hub = await hubs.start();
    const second = document('NAME', 2, call('second')).replace('- ask:', '- inquire:');
    const one = await waiting(hub, second);
    await migrate(hub, one);
    const { runId } = one.accepted;
    expect(await versionOf(runId)).toBe('1.0.0');
    expect(await entriesOf(runId)).toContainEqual(
      expect.objectContaining({
        kind: 'run.migration-refused',
        reasons: ['/do/0/ask is active, and not in the new version'],
      }),
    );
    await approve(hub, runId);
    expect(await soon(() => hubs.database.ended(runId))).toMatchObject({
      output: '{"saw":"http://stub/first"}',
    });
  });

  it('is retried after it faulted, from before and from after the migration', async () => {
    const broken: Answerer = () => ({
      status: 'failed',
      fate: 'permanent',
      error: { type: 'https://example.org/e', title: 'No', status: 422 },
    });
    const hub = await hubs.start(broken);
    const one = await waiting(hub, document('NAME', 2, call('second')));
    await migrate(hub, one);
    const { runId } = one.accepted;
    await approve(hub, runId);
    expect(await soon(() => hubs.database.ended(runId))).toMatchObject({ status: 'faulted' });
    await hubs.stopAll();
    const next = await hubs.start();
    const [row] = await hubs.database.store.loadRuns([runId]);
    const workflow = {
      workflowId: one.accepted.workflowId,
      versionId: row?.workflow.versionId ?? '',
      namespace: 'test',
      name: one.name,
    };
    const after = await hubs.database.accept(workflow, {}, { of: runId, fromTask: null });
    await next.bus.publish(TOPICS.runInbox, [after]);
    expect(await soon(() => hubs.database.ended(after.runId))).toMatchObject({
      output: '{"saw":"http://stub/second"}',
    });
    const before = await hubs.database.accept(workflow, {}, { of: runId, fromTask: '/do/0/ask' });
    await next.bus.publish(TOPICS.runInbox, [before]);
    await soon(async () => (await hubs.database.run(before.runId))?.status === 'waiting');
    await approve(next, before.runId);
    expect(await soon(() => hubs.database.ended(before.runId))).toMatchObject({
      output: '{"saw":"http://stub/second"}',
    });
  });
});
