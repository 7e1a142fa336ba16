import { InProcessBus } from '@tutti/bus';
import { DataSource } from 'typeorm';
import { LifecycleFeed } from '../events/lifecycle.feed.js';
import { ApiHarness } from '../testing/api-harness.js';
import { RunEnds } from './run-ends.js';
import { RunWaiters } from './run-waiters.js';

const WORKFLOW = `
document: { dsl: '1.0.3', namespace: wait, name: me, version: '1.0.0' }
do: [ { greet: { set: { hello: you } } } ]`;

/** A bus that joins several processes, as far as who waits sees it. */
class SharedBus extends InProcessBus {
  override status() {
    return { ...super.status(), transport: 'kafka' as const };
  }
}

describe('RunWaiters between processes', () => {
  let api: ApiHarness;
  let waiters: RunWaiters;

  beforeAll(async () => {
    api = await ApiHarness.start();
    const ends = new RunEnds(api.app.get(DataSource));
    waiters = new RunWaiters(new LifecycleFeed(), ends, new SharedBus());
    await api.call('PUT', '/v1/workflows', {
      raw: WORKFLOW,
      headers: { 'content-type': 'application/yaml' },
    });
  });
  afterAll(async () => {
    waiters.onApplicationShutdown();
    await api.close();
  });

  async function startRun(): Promise<string> {
    const { body } = await api.call<{ id: string }>('POST', '/v1/workflows/wait/me/runs', { body: {} });
    return body.id;
  }

  it('hear of an end whose message was missed, many with one question', async () => {
    const runs = await Promise.all([startRun(), startRun(), startRun()]);
    const waiting = runs.map((id) => waiters.wait(id, 60_000));
    await api.query(
      `UPDATE runs SET status = 'completed', output = '{"hello":"you"}' WHERE id = ANY($1::uuid[])`,
      [runs],
    );
    expect(await Promise.all(waiting.map(({ end }) => end))).toEqual(
      runs.map(() => ({ status: 'completed', output: { hello: 'you' }, error: null })),
    );
  });

  it('are told to read an end that was too large for its message', async () => {
    const feed = new LifecycleFeed();
    const others = new RunWaiters(feed, new RunEnds(api.app.get(DataSource)), new InProcessBus());
    const runId = await startRun();
    const { end } = others.wait(runId, 60_000);
    const workflow = { namespace: 'wait', name: 'me', version: '1.0.0', versionId: runId };
    const of = { runId, workspaceId: 'default', workflow, revision: 1, entries: [] };
    feed.deliver([{ kind: 'run.changed', status: 'completed', elsewhere: true, ...of }]);
    expect(await end).toBeNull();
    others.onApplicationShutdown();
  });

  it('are all answered when the process drains', async () => {
    const { end } = waiters.wait(await startRun(), 60_000);
    waiters.release();
    expect(await end).toBeNull();
  });
});
