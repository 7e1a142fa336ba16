import { TOPICS, uuidv7 } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import type { RunRow, TestOrchestrator } from '../testing.js';
import { echo, silent, TestOrchestrators } from '../testing/orchestrators.js';

const WAIT_MS = 60_000;
let named = 0;
const document = (task: string) => `
document: { dsl: '1.0.3', namespace: spoiled, name: w${(named += 1)}, version: '1.0.0' }
do:
  - ${task}
`;
const CALL = "ask: { call: http, with: { method: get, endpoint: 'http://stub/ask' } }";
const REVIEW = "decide: { call: 'human.review:1@default', with: { data: 1 } }";
const LISTEN = 'hear: { listen: { to: { one: { with: { type: never } } } } }';

describe('a run whose rows were spoiled', () => {
  const hubs = TestOrchestrators.use();
  const query = <T>(text: string, values: unknown[]) =>
    hubs.database.dataSource.query(text, values) as Promise<T[]>;
  const ended = (id: string): Promise<RunRow> => eventually(() => hubs.database.ended(id), WAIT_MS);
  const apply = (task: string) => hubs.database.apply(document(task));
  const accept = async (task: string) => hubs.database.accept(await apply(task), {});

  async function begun(
    hub: TestOrchestrator,
    task: string | Awaited<ReturnType<typeof apply>>,
  ): Promise<string> {
    const accepted = await (typeof task === 'string' ? accept(task) : hubs.database.accept(task, {}));
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(
      async () => (await query('SELECT 1 FROM run_states WHERE run_id = $1', [accepted.runId])).length === 1,
      WAIT_MS,
    );
    return accepted.runId;
  }
  const spoil = (id: string, change: string) =>
    query(`UPDATE run_states SET state = ${change} WHERE run_id = $1`, [id]);

  it('is faulted with the reason, and those beside it go on', async () => {
    const first = await hubs.start(silent);
    const [torn, foreign, newer, given, healthy] = [
      await begun(first, CALL),
      await begun(first, CALL),
      await begun(first, CALL),
      await begun(first, CALL),
      await begun(first, CALL),
    ] as [string, string, string, string, string];
    await hubs.stopAll();
    const unbegun = await accept(CALL);
    await spoil(torn, `left(state, 40)`);
    await spoil(foreign, `replace(state, '"type":"call"', '"type":"warp"')`);
    await spoil(newer, `replace(state, '"v":1', '"v":9')`);
    await query(`UPDATE runs SET input = '{' WHERE id = ANY($1::uuid[])`, [[given, unbegun.runId]]);

    await hubs.start(echo);
    expect(await ended(healthy)).toMatchObject({ status: 'completed', output: '{"saw":"http://stub/ask"}' });
    const why: [string, string][] = [
      [torn, 'JSON'],
      [foreign, 'the task /do/0/ask is of the unknown type \\"warp\\"'],
      [newer, 'its layout is 9, not 1'],
      [given, 'JSON'],
      [unbegun.runId, 'JSON'],
    ];
    for (const [id, reason] of why) {
      const { status, error } = await ended(id);
      expect(status).toBe('faulted');
      expect(error).toContain('what is stored of it cannot be read');
      expect(error).toContain(reason);
    }
  });

  it('is faulted, too, when a command for it was spoiled, and those of others are done', async () => {
    const hub = await hubs.start(silent);
    const [spoiled, beside] = [await begun(hub, REVIEW), await begun(hub, REVIEW)];
    const command = { kind: 'cancel' as const, by: 'ann' };
    // In one step: nobody may apply them before they are spoiled.
    const bells = [spoiled, beside].map((runId) => {
      return { kind: 'run.commanded' as const, runId, commandId: uuidv7(), command };
    });
    await query(
      `INSERT INTO run_commands (id, workspace_id, run_id, command)
       SELECT id, 'default', run_id, CASE run_id WHEN $3 THEN '{"kind":' ELSE $4 END
       FROM unnest($1::uuid[], $2::uuid[]) AS c(id, run_id)`,
      [bells.map(({ commandId }) => commandId), [spoiled, beside], spoiled, JSON.stringify(command)],
    );
    await hub.bus.publish(TOPICS.runInbox, bells);
    expect(await ended(beside)).toMatchObject({ status: 'cancelled' });
    const { status, error } = await ended(spoiled);
    expect([status, error]).toEqual(['faulted', expect.stringContaining('the command ')]);
    expect(await query('SELECT 1 FROM run_commands WHERE run_id = $1', [spoiled])).toEqual([]);
  });

  it('goes on from its journal when it is retried from a task', async () => {
    const workflow = await apply(CALL);
    const of = await begun(await hubs.start(silent), workflow);
    await hubs.stopAll();
    await spoil(of, `'[]'`);
    const second = await hubs.start(echo);
    expect(await ended(of)).toMatchObject({ status: 'faulted' });
    const again = await hubs.database.accept(workflow, {}, { of, fromTask: '/do/0/ask' });
    await second.bus.publish(TOPICS.runInbox, [again]);
    expect(await ended(again.runId)).toMatchObject({ status: 'completed' });
  });

  it('waits for nobody any more: its reviews are withdrawn, and no event is kept for it', async () => {
    const first = await hubs.start(silent);
    const [reviewed, listening] = [await begun(first, REVIEW), await begun(first, LISTEN)];
    const subscribed = () => query('SELECT 1 FROM event_subscriptions WHERE run_id = $1', [listening]);
    expect(await subscribed()).toHaveLength(1);
    await hubs.stopAll();
    for (const id of [reviewed, listening]) await spoil(id, `'null'`);

    const second = await hubs.start(silent);
    for (const runId of [reviewed, listening]) {
      const command = { kind: 'suspend' as const, by: 'ann' };
      const commandId = await hubs.database.store.submitCommand({ workspaceId: 'default', runId }, command);
      await second.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
      expect((await ended(runId)).error).toContain('it is no object');
    }
    expect(await query('SELECT status FROM reviews WHERE run_id = $1', [reviewed])).toEqual([
      { status: 'withdrawn' },
    ]);
    expect(await subscribed()).toEqual([]);
  });
});
