import {
  type LifecycleMessage,
  type RunAccepted,
  type RunDetail,
  type RunStarted,
  TOPICS,
} from '@tutti/contracts';
import { RunAdmission } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

describe('runs that wait for a place', () => {
  let api: ApiHarness;
  let sent: string[];
  let changes: LifecycleMessage[];
  beforeAll(async () => {
    api = await ApiHarness.start({
      config: { waitingRunsOfWorkflowMax: 3, unstartedRunsOfWorkflowMax: 2 },
    });
    sent = [];
    changes = [];
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      sent.push(
        ...messages.filter((one): one is RunAccepted => one.kind === 'run.accepted').map((one) => one.runId),
      );
    });
    api.bus.subscribe(TOPICS.lifecycle, (messages) => void changes.push(...messages));
  });
  afterAll(() => api.close());

  const start = (workflow: string, headers: Record<string, string> = {}) =>
    api.call<RunStarted>('POST', `/v1/workflows/test/${workflow}/runs`, { body: { amount: 1 }, headers });
  const detail = async (id: string) => (await api.call<RunDetail>('GET', `/v1/runs/${id}`)).body;
  const end = (id: string) => api.query(`UPDATE runs SET status = 'completed' WHERE id = $1`, [id]);
  /** As the orchestrator does when it hears of an end. */
  const admit = async (ended: string[]) => {
    const messages = await api.app.get(RunAdmission, { strict: false }).admit(ended);
    await api.bus.publish(TOPICS.runInbox, messages);
  };

  it('are accepted, say why they wait, and begin when another one ends', async () => {
    const workflow = await applyWorkflow(api, { metadata: '{ tutti: { concurrency: 1 } }' });
    const [first, second] = [await start(workflow), await start(workflow)];
    expect([first.status, second.status, second.body.status]).toEqual([202, 202, 'pending']);
    await eventually(() => sent.includes(first.body.id));
    expect(await detail(first.body.id)).toMatchObject({ status: 'running', waitsFor: null });
    expect(await detail(second.body.id)).toMatchObject({
      status: 'pending',
      waitsFor: 'waits for a place: 1 of 1 runs of this workflow are under way',
    });
    await end(first.body.id);
    await admit([first.body.id]);
    await eventually(() => sent.includes(second.body.id));
    expect(await detail(second.body.id)).toMatchObject({ status: 'running', waitsFor: null });
    await end(second.body.id);
    await admit([second.body.id]);
  });

  it('answer the first run to a repeat of its key', async () => {
    const workflow = await applyWorkflow(api, { metadata: '{ tutti: { concurrency: 1 } }' });
    const held = await start(workflow);
    const first = await start(workflow, { 'idempotency-key': 'k' });
    const repeat = await start(workflow, { 'idempotency-key': 'k' });
    expect(repeat.body).toEqual({ id: first.body.id, status: 'pending' });
    expect(repeat.headers.get('idempotent-replayed')).toBe('true');
    await end(held.body.id);
    await admit([held.body.id]);
    await end(first.body.id);
    await admit([first.body.id]);
  });

  it('tell the run that started them when they are cancelled', async () => {
    const workflow = await applyWorkflow(api, { metadata: '{ tutti: { concurrency: 1 } }' });
    const [parent, child] = [(await start(workflow)).body.id, (await start(workflow)).body.id];
    await api.query(
      `INSERT INTO run_parents (run_id, parent_run_id, position, is_told, depth) VALUES ($1, $2, '/do/0/a', true, 1)`,
      [child, parent],
    );
    expect((await api.call('POST', `/v1/runs/${child}/cancel`)).body).toMatchObject({ status: 'cancelled' });
    const rows = await api.query(
      'SELECT command, child_run_id AS "childRunId" FROM run_commands WHERE run_id = $1',
      [parent],
    );
    expect(rows).toEqual([
      {
        childRunId: child,
        command: JSON.stringify({
          kind: 'child.ended',
          runId: child,
          position: '/do/0/a',
          status: 'cancelled',
        }),
      },
    ]);
    await end(parent);
    await admit([parent]);
  });

  it('can be cancelled, which lets the next one forward', async () => {
    const workflow = await applyWorkflow(api, { metadata: '{ tutti: { concurrency: 1 } }' });
    const [first, second, third] = [await start(workflow), await start(workflow), await start(workflow)];
    const cancelled = await api.call('POST', `/v1/runs/${second.body.id}/cancel`, {
      body: { reason: 'not wanted' },
    });
    expect(cancelled.body).toMatchObject({ status: 'cancelled' });
    const { items } = (await api.call<{ items: unknown[] }>('GET', `/v1/runs/${second.body.id}/journal`))
      .body;
    expect(items).toMatchObject([{ kind: 'run.cancelled', reason: 'not wanted' }]);
    expect(changes).toContainEqual(
      expect.objectContaining({ kind: 'run.changed', runId: second.body.id, status: 'cancelled' }),
    );
    await end(first.body.id);
    await admit([first.body.id]);
    await eventually(() => sent.includes(third.body.id));
    expect(sent).not.toContain(second.body.id);
    await end(third.body.id);
    await admit([third.body.id]);
  });

  it('are refused with 429 and Retry-After when too many wait', async () => {
    const workflow = await applyWorkflow(api, { metadata: '{ tutti: { concurrency: 1 } }' });
    const started = [];
    for (let i = 0; i < 6; i++) started.push(await start(workflow));
    const refused = started.filter(({ status }) => status === 429);
    expect(refused.length).toBeGreaterThan(0);
    expect(refused[0]?.headers.get('retry-after')).toBe('5');
    expect(refused[0]?.body.detail).toContain(`runs of test/${workflow} wait for a place already`);
    expect(started.filter(({ status }) => status === 202).length).toBeGreaterThanOrEqual(3);
  });

  it('are those of a workflow of which more are on their way than can be begun', async () => {
    const noisy = await applyWorkflow(api);
    const quiet = await applyWorkflow(api);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await start(noisy)).body.status);
    expect(statuses).toEqual(['running', 'running', 'pending', 'pending']);
    expect((await start(quiet)).body.status).toBe('running');
  });
});
