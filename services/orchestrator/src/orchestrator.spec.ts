import { TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import type { TestOrchestrator } from './testing.js';
import { echo, silent, TestOrchestrators } from './testing/orchestrators.js';

const DOCUMENT = (tasks: string) => `
document: { dsl: '1.0.3', namespace: test, name: w${Math.random().toString(36).slice(2)}, version: '1.0.0' }
do:
${tasks}`;
const twoCalls = () =>
  DOCUMENT(`
  - first:
      call: http
      with: { method: post, endpoint: 'http://stub/a', body: '\${ . }' }
  - second:
      call: http
      with: { method: post, endpoint: 'http://stub/b', body: '\${ . }' }
`);

describe('orchestrator', () => {
  const hubs = TestOrchestrators.use();

  it('takes a run from its acceptance to its output', async () => {
    const hub = await hubs.start(echo);
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), { n: 1 });
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
      output: '{"saw":"http://stub/b"}',
    });
    expect(hub.calls.map(({ redelivered }) => redelivered)).toEqual([false, false]);
    const rows = (await hubs.database.dataSource.query(
      'SELECT sequence, entries FROM journal WHERE run_id = $1 ORDER BY sequence',
      [accepted.runId],
    )) as { sequence: number; entries: string }[];
    expect(rows.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    expect(rows.at(-1)?.entries).toContain('run.completed');
  });

  it('decides a duplicated acceptance and a duplicated answer once', async () => {
    const hub = await hubs.start(echo);
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    await hub.bus.publish(TOPICS.runInbox, [accepted, accepted]);
    await eventually(() => hub.calls.length > 0);
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    const first = hub.calls[0] as (typeof hub.calls)[number];
    await eventually(() => hubs.database.ended(accepted.runId));
    const late = {
      kind: 'call.settled' as const,
      runId: accepted.runId,
      callId: first.callId,
      attempt: first.attempt,
      startedAt: 0,
      endedAt: 0,
      outcome: { status: 'succeeded' as const, output: 'late' },
    };
    await hub.bus.publish(TOPICS.runInbox, [late]);
    await hub.stop();
    expect(hub.calls).toHaveLength(2);
    expect(await hubs.database.run(accepted.runId)).toMatchObject({ output: '{"saw":"http://stub/b"}' });
  });

  it('starts after a crash what was accepted and never decided', async () => {
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    await hubs.start(echo);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
    });
  });

  it('sends a call in flight again after a crash, with the same key and marked as such', async () => {
    const dead = await hubs.start(silent);
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    await dead.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(() => dead.calls.length === 1);
    await dead.stop();
    const next = await hubs.start(echo);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
    });
    expect(next.calls[0]).toMatchObject({
      redelivered: true,
      idempotencyKey: dead.calls[0]?.idempotencyKey,
      callId: dead.calls[0]?.callId,
    });
    expect(next.calls[1]).toMatchObject({ redelivered: false });
  });

  it('sends the call of a suspended run again after a crash; it resumes with its result', async () => {
    const dead = await hubs.start(silent);
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    const { runId } = accepted;
    await dead.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(() => dead.calls.length === 1);
    const tell = async (to: TestOrchestrator, kind: 'suspend' | 'resume') => {
      const command = { kind, by: 'a' };
      const commandId = await hubs.database.store.submitCommand({ workspaceId: 'default', runId }, command);
      await to.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
    };
    await tell(dead, 'suspend');
    await eventually(async () => (await hubs.database.run(runId))?.status === 'suspended');
    await dead.stop();
    const next = await hubs.start(echo);
    await eventually(() => next.calls.length === 1);
    expect(next.calls[0]).toMatchObject({ runId, redelivered: true });
    await tell(next, 'resume');
    expect(await eventually(() => hubs.database.ended(runId))).toMatchObject({ status: 'completed' });
  });

  it('lets only one of two owners move a run', async () => {
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    const owners = [hubs.make(echo), hubs.make(echo)];
    for (const owner of owners) await owner.bus.publish(TOPICS.runInbox, [accepted]);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
    });
    const [journal] = (await hubs.database.dataSource.query(
      'SELECT count(*)::int AS n, count(DISTINCT sequence)::int AS d FROM journal WHERE run_id = $1',
      [accepted.runId],
    )) as { n: number; d: number }[];
    expect(journal).toEqual({ n: 3, d: 3 });
  });

  it('wakes a wait at its time, also when another process takes over', async () => {
    const dead = await hubs.start(echo);
    const accepted = await hubs.database.accept(
      await hubs.database.apply(
        DOCUMENT(`
  - pause: { wait: { milliseconds: 400 } }
  - done: { set: { waited: true } }
`),
      ),
      {},
    );
    await dead.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(async () => (await hubs.database.run(accepted.runId))?.status === 'waiting');
    await dead.stop();
    await hubs.start(echo);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
      output: '{"waited":true}',
    });
  });

  it('times a dead call out by the row in the database', async () => {
    const hub = await hubs.start(silent);
    const accepted = await hubs.database.accept(
      await hubs.database.apply(
        DOCUMENT(`
  - call:
      try:
        - ask: { call: http, with: { method: get, endpoint: 'http://stub/slow' }, timeout: { after: { milliseconds: 200 } } }
      catch: { errors: { with: { status: 408 } }, do: [ { late: { set: { late: true } } } ] }
`),
      ),
      {},
    );
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
      output: '{"late":true}',
    });
  });

  it('applies a cancel whose publisher died before it could send it', async () => {
    const hub = await hubs.start(silent);
    const accepted = await hubs.database.accept(await hubs.database.apply(twoCalls()), {});
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    await eventually(() => hub.calls.length === 1);
    await hubs.database.store.submitCommand(
      { workspaceId: 'default', runId: accepted.runId },
      { kind: 'cancel', by: 'kim' },
    );
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'cancelled',
    });
    await eventually(async () => (await hubs.database.store.commandsOf([accepted.runId])).length === 0);
  });

  it('opens a review as a row and goes on with the decision', async () => {
    const hub = await hubs.start(echo);
    const accepted = await hubs.database.accept(
      await hubs.database.apply(
        DOCUMENT(`
  - ask: { call: 'human.review:1@default', with: { title: Check this, because: it looks odd, data: { total: '10' } } }
`),
      ),
      {},
    );
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    const [review] = await eventually(async () => {
      const rows = (await hubs.database.dataSource.query(
        'SELECT id, title, status, token, data FROM reviews WHERE run_id = $1',
        [accepted.runId],
      )) as { id: string; title: string; status: string; token: string; data: string }[];
      return rows.length > 0 ? rows : undefined;
    });
    expect(review).toMatchObject({ title: 'Check this', status: 'open', data: '{"total":"10"}' });
    expect(review?.token.length).toBeGreaterThan(30);
    const command = {
      kind: 'review.decided' as const,
      by: 'kim',
      reviewId: review?.id as string,
      decision: {
        approved: true,
        data: { total: '12' },
        edits: [{ path: '/total', before: '10', after: '12' }],
        by: 'kim',
        at: new Date().toISOString(),
      },
    };
    const commandId = await hubs.database.store.submitCommand(
      { workspaceId: 'default', runId: accepted.runId },
      command,
    );
    await hub.bus.publish(TOPICS.runInbox, [
      { kind: 'run.commanded', runId: accepted.runId, commandId, command },
    ]);
    const ended = await eventually(() => hubs.database.ended(accepted.runId));
    expect(JSON.parse(ended.output as string)).toMatchObject({
      approved: true,
      data: { total: '12' },
      edits: [{ path: '/total', before: '10', after: '12' }],
    });
  });

  it('takes the timeout branch of a review that nobody decides, and closes it as expired', async () => {
    const hub = await hubs.start(echo);
    const accepted = await hubs.database.accept(
      await hubs.database.apply(
        DOCUMENT(`
  - ask:
      try:
        - review: { call: 'human.review:1@default', with: { title: Anyone?, data: {} }, timeout: { after: { milliseconds: 300 } } }
      catch: { errors: { with: { status: 408 } }, do: [ { escalate: { set: { escalated: true } } } ] }
`),
      ),
      {},
    );
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    expect(await eventually(() => hubs.database.ended(accepted.runId))).toMatchObject({
      status: 'completed',
      output: '{"escalated":true}',
    });
    const reviews = await hubs.database.dataSource.query('SELECT status FROM reviews WHERE run_id = $1', [
      accepted.runId,
    ]);
    expect(reviews).toEqual([{ status: 'expired' }]);
  });

  it('starts a retry from a task with the state the first run had there, repeating nothing', async () => {
    let fails = true;
    const hub = await hubs.start(({ input }) => {
      const { uri } = input as { uri: string };
      if (!uri.endsWith('/b') || !fails) return { status: 'succeeded', output: { saw: uri } };
      const error = { type: 'about:blank', status: 404, title: 'Not there' };
      return { status: 'failed', fate: 'permanent', error };
    });
    const workflow = await hubs.database.apply(twoCalls());
    const first = await hubs.database.accept(workflow, { n: 1 });
    await hub.bus.publish(TOPICS.runInbox, [first]);
    expect(await eventually(() => hubs.database.ended(first.runId))).toMatchObject({ status: 'faulted' });
    fails = false;
    const retry = { of: first.runId, fromTask: null };
    const second = await hubs.database.accept(workflow, { n: 1 }, retry);
    await hub.bus.publish(TOPICS.runInbox, [second]);
    expect(await eventually(() => hubs.database.ended(second.runId))).toMatchObject({
      status: 'completed',
      output: '{"saw":"http://stub/b"}',
    });
    expect(hub.calls.filter(({ runId }) => runId === second.runId)).toHaveLength(1);
    expect(await hubs.database.run(first.runId)).toMatchObject({ status: 'faulted' });
  });

  it('faults a retry that cannot be restored, whatever its task is called', async () => {
    const hub = await hubs.start(echo);
    const workflow = await hubs.database.apply(twoCalls());
    const first = await hubs.database.accept(workflow, {});
    await hub.bus.publish(TOPICS.runInbox, [first]);
    await eventually(() => hubs.database.ended(first.runId));
    const lost = await hubs.database.accept(workflow, {}, { of: first.runId, fromTask: '/do/9/connect' });
    const other = await hubs.database.accept(workflow, {});
    await hub.bus.publish(TOPICS.runInbox, [lost, other]);
    expect(await eventually(() => hubs.database.ended(other.runId))).toMatchObject({ status: 'completed' });
    expect(await hubs.database.run(lost.runId)).toMatchObject({
      status: 'faulted',
      error: expect.stringContaining('/do/9/connect'),
    });
  });

  it('goes on when the database cut its connections in the middle', async () => {
    const hub = await hubs.start(echo);
    const workflow = await hubs.database.apply(twoCalls());
    const runs = await Promise.all(Array.from({ length: 50 }, () => hubs.database.accept(workflow, {})));
    const cut = () =>
      hubs.database.dataSource.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'tutti-hot'`,
      );
    for (const run of runs) await hub.bus.publish(TOPICS.runInbox, [run]);
    await cut();
    for (const run of runs)
      expect(await eventually(() => hubs.database.ended(run.runId))).toMatchObject({ status: 'completed' });
  });

  it('commits many runs in few transactions', async () => {
    const hub = await hubs.start(echo);
    const workflow = await hubs.database.apply(twoCalls());
    const runs = await Promise.all(Array.from({ length: 200 }, () => hubs.database.accept(workflow, {})));
    await hub.bus.publish(TOPICS.runInbox, runs);
    for (const run of runs) await eventually(() => hubs.database.ended(run.runId));
    const [turns] = (await hubs.database.dataSource.query(
      'SELECT count(DISTINCT xmin::text)::int AS n FROM journal WHERE run_id = ANY($1)',
      [runs.map(({ runId }) => runId)],
    )) as { n: number }[];
    expect(turns?.n).toBeLessThanOrEqual(30);
  });
});
