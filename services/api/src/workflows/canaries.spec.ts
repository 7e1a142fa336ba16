import type {
  EventsTaken,
  RunStarted,
  WorkflowCanaryAnswer,
  WorkflowPublished,
  WorkflowVersion,
} from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, workflowText } from '../testing/fixtures.js';
import { applySchedule, runsOf } from '../testing/schedules.js';

const yaml = { 'content-type': 'application/yaml' };

describe('a canary', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  /** A workflow whose second version is the current one; the first may become its canary. */
  async function twoVersions(): Promise<string> {
    const name = await applyWorkflow(api);
    await api.call('PUT', '/v1/workflows', { raw: workflowText(name, { value: 2 }), headers: yaml });
    return name;
  }
  const publish = (name: string, version: number, body?: object) =>
    api.call<WorkflowPublished>('POST', `/v1/workflows/test/${name}/versions/${version}/publish`, { body });
  const canary = async (name: string) =>
    (await api.call<WorkflowCanaryAnswer>('GET', `/v1/workflows/test/${name}/canary`)).body.canary;
  const stop = (name: string) => api.call('DELETE', `/v1/workflows/test/${name}/canary`);
  const start = (name: string, key?: string) =>
    api.call<RunStarted>('POST', `/v1/workflows/test/${name}/runs`, {
      body: { amount: 1 },
      ...(key === undefined ? {} : { headers: { 'idempotency-key': key } }),
    });
  const numbersOf = async (ids: string[]) => {
    const rows = await api.query<{ id: string; number: number }>(
      `SELECT r.id, v.number FROM runs r JOIN workflow_versions v ON v.id = r.workflow_version_id WHERE r.id = ANY($1::uuid[])`,
      [ids],
    );
    const byId = new Map(rows.map(({ id, number }) => [id, number]));
    return ids.map((id) => byId.get(id));
  };
  const audit = (name: string) =>
    api.query<{ action: string; before: string; after: string }>(
      'SELECT action, before, after FROM audit_events WHERE target = $1 ORDER BY id',
      [`workflow:test/${name}`],
    );

  it('takes a share of the new runs, and a repeat answers the same run', async () => {
    const name = await twoVersions();
    expect((await publish(name, 1, { percent: 40, note: 'try it' })).body).toMatchObject({
      change: 'canary',
      version: { number: 1, canaryPercent: 40, current: false },
    });
    const keys = Array.from({ length: 40 }, (_, i) => `order-${i}`);
    const ids: string[] = [];
    for (const key of keys) ids.push((await start(name, key)).body.id);
    const numbers = await numbersOf(ids);
    expect(new Set(numbers)).toEqual(new Set([1, 2]));
    for (const [i, key] of keys.entries()) expect((await start(name, key)).body.id).toBe(ids[i]);
    // The choice is by the key alone: whoever asks gets it again.
    await publish(name, 1, { percent: 99 });
    const later = await Promise.all(keys.slice(0, 10).map((key) => start(name, key)));
    expect(later.map(({ body }) => body.id)).toEqual(ids.slice(0, 10));
    expect((await publish(name, 1, { percent: 99 })).body.change).toBe('unchanged');
    const trail = await audit(name);
    expect(trail.slice(-2).map(({ action }) => action)).toEqual(Array(2).fill('workflow.canary-started'));
    expect(JSON.parse(trail.at(-1)?.before ?? '')).toMatchObject({ percent: 40 });
  });

  it('takes its share of the runs that events start, and holds their data to its own schema', async () => {
    const name = await applyWorkflow(api);
    const stricter = workflowText(name, { value: 2 }).replace('minimum: 0', 'minimum: 100');
    await api.call('PUT', '/v1/workflows', { raw: stricter, headers: yaml });
    await publish(name, 1);
    await publish(name, 2, { percent: 50 });
    const trigger = {
      apiVersion: 'tutti/v1',
      kind: 'Trigger',
      metadata: { name: 'orders' },
      spec: { workflow: { namespace: 'test', name }, cloudevents: { type: 'order' } },
    };
    await api.call('PUT', '/v1/triggers', { raw: JSON.stringify(trigger), headers: yaml });
    const send = (id: number, amount: number) =>
      api.call<EventsTaken>('POST', '/v1/events', {
        raw: JSON.stringify({
          specversion: '1.0',
          id: `e${id}`,
          source: '/shop',
          type: 'order',
          data: { amount },
        }),
        headers: { 'content-type': 'application/cloudevents+json' },
      });
    const large = await Promise.all(Array.from({ length: 30 }, (_, i) => send(i, 100)));
    const ids = large.flatMap(({ body }) => body.events[0]?.runs[0]?.runId ?? []);
    expect(new Set(await numbersOf(ids))).toEqual(new Set([1, 2]));
    const small = await Promise.all(Array.from({ length: 30 }, (_, i) => send(100 + i, 1)));
    const started = small.flatMap(({ body }) => body.events?.[0]?.runs[0]?.runId ?? []);
    expect(new Set(await numbersOf(started))).toEqual(new Set([1]));
    expect(started.length).toBeLessThan(30);
  });

  it('leaves scheduled runs on the current version', async () => {
    const every = '{ every: { hours: 1 } }';
    const name = await applySchedule(api, every);
    await applySchedule(api, every, { name, version: '2.0.0' });
    await publish(name, 1, { percent: 99 });
    const fired = await Promise.all(
      Array.from({ length: 5 }, () => api.call<RunStarted>('POST', `/v1/schedules/test/${name}/fire`)),
    );
    expect(await numbersOf(fired.map(({ body }) => body.id))).toEqual(Array(5).fill(2));
  });

  it('takes its share of the runs that events start', async () => {
    const on = '{ on: { one: { with: { type: canary } } } }';
    const name = await applySchedule(api, on);
    await applySchedule(api, on, { name, version: '2.0.0' });
    await publish(name, 1, { percent: 50 });
    for (let i = 0; i < 40; i += 1)
      await api.call('POST', '/v1/events', {
        raw: JSON.stringify({ specversion: '1.0', id: `canary-${i}`, source: '/x', type: 'canary' }),
        headers: { 'content-type': 'application/cloudevents+json' },
      });
    const started = await eventually(async () => {
      const found = await runsOf(api, name);
      return found.length === 40 && found;
    }, 60_000);
    expect(new Set(await numbersOf(started.map(({ id }) => id)))).toEqual(new Set([1, 2]));
  });

  it('shows both versions side by side, without retries and schedules', async () => {
    const name = await twoVersions();
    expect(await canary(name)).toBeNull();
    await publish(name, 1, { percent: 50 });
    const keys = Array.from({ length: 40 }, (_, i) => `order-${i}`);
    const ids: string[] = [];
    for (const key of keys) ids.push((await start(name, key)).body.id);
    const numbers = await numbersOf(ids);
    const first = ids.filter((_, i) => numbers[i] === 1);
    const second = ids.filter((_, i) => numbers[i] === 2);
    const end = (runs: string[], status: string, seconds: number) =>
      api.query(
        `UPDATE runs SET status = $2, ended_at = started_at + make_interval(secs => $3), cost_micros = 500, currency = 'EUR'
         WHERE id = ANY($1::uuid[])`,
        [runs, status, seconds],
      );
    await end(first, 'completed', 2);
    await end(first.slice(0, 1), 'faulted', 2);
    await end(second.slice(1), 'completed', 4);
    await api.call('POST', `/v1/runs/${first[0]}/retry`);
    expect(await canary(name)).toMatchObject({
      percent: 50,
      by: 'admin',
      current: {
        version: { number: 2, current: true },
        runs: second.length,
        ended: second.length - 1,
        faulted: 0,
        faultedShare: 0,
        p50Ms: 4000,
        p95Ms: 4000,
        costMicros: (second.length - 1) * 500,
        currency: 'EUR',
      },
      canary: {
        version: { number: 1, canaryPercent: 50 },
        runs: first.length,
        faulted: 1,
        faultedShare: 1 / first.length,
        p50Ms: 2000,
      },
    });
  });

  it('ends when it is stopped, when it becomes the current version, and when another one does', async () => {
    const name = await twoVersions();
    await publish(name, 1, { percent: 99 });
    expect((await stop(name)).status).toBe(200);
    expect((await stop(name)).status).toBe(200);
    const runs = await Promise.all(Array.from({ length: 5 }, () => start(name)));
    expect(await numbersOf(runs.map(({ body }) => body.id))).toEqual(Array(5).fill(2));
    await publish(name, 1, { percent: 20 });
    expect((await publish(name, 1, { percent: 100 })).body).toMatchObject({
      change: 'published',
      version: { current: true, canaryPercent: null },
    });
    expect(await canary(name)).toBeNull();
    await publish(name, 2, { percent: 20 });
    await api.call('PUT', '/v1/workflows', { raw: workflowText(name, { value: 3 }), headers: yaml });
    expect(await canary(name)).toBeNull();
    const { body } = await api.call<{ items: WorkflowVersion[] }>(
      'GET',
      `/v1/workflows/test/${name}/versions`,
    );
    expect(body.items.map(({ canaryPercent }) => canaryPercent)).toEqual([null, null, null]);
    const actions = (await audit(name)).map(({ action }) => action.replace('workflow.', ''));
    expect(actions.slice(2)).toEqual([
      'canary-started',
      'canary-stopped',
      'canary-started',
      'published',
      'canary-started',
      'updated',
    ]);
  });

  it('is refused for the current version, for a version that is not there, and elsewhere', async () => {
    const name = await twoVersions();
    expect((await publish(name, 2, { percent: 10 })).status).toBe(409);
    expect((await publish(name, 7, { percent: 10 })).status).toBe(404);
    expect((await publish(name, 1, { percent: 0 })).status).toBe(400);
    const token = await api.tokenOf('elsewhere');
    expect((await api.call('GET', `/v1/workflows/test/${name}/canary`, { token })).status).toBe(404);
    expect((await api.call('DELETE', `/v1/workflows/test/${name}/canary`, { token })).status).toBe(404);
  });

  it('starts no runs of a disabled workflow', async () => {
    const name = await twoVersions();
    await publish(name, 1, { percent: 99 });
    await api.call('POST', `/v1/workflows/test/${name}/disable`, { body: { reason: 'it double-pays' } });
    expect((await start(name)).status).toBe(409);
  });
});

describe('publishing a version that the hub would refuse now', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
    const description = JSON.stringify({
      kind: 'erp',
      summary: 'An ERP.',
      settings: { type: 'object' },
      capabilities: [{ name: 'erp.order.find', effect: 'read', summary: 'Find', input: {}, output: {} }],
    });
    await api.query(
      `INSERT INTO plugins (name, version, contract, description, origin, state)
       VALUES ('erp-x', '1.0.0', 1, $1, 'folder', 'loaded')`,
      [description],
    );
  });
  afterAll(() => api.close());

  it('says why, changes nothing in a dry run, and does it when it is forced', async () => {
    const connect = (enabled: boolean) =>
      api.call('PUT', '/v1/connections/books', { body: { plugin: 'erp-x', settings: {}, enabled } });
    await connect(true);
    const document = (tasks: string) =>
      `document: { dsl: '1.0.3', namespace: test, name: orders, version: 1.0.0 }\ntimeout: { after: PT1M }\ndo:\n${tasks}`;
    const apply = (raw: string) => api.call('PUT', '/v1/workflows', { raw, headers: yaml });
    expect((await apply(document('  - find: { call: erp.order.find:1@default }\n'))).status).toBe(200);
    expect((await apply(document('  - done: { set: { n: 1 } }\n'))).status).toBe(200);
    await connect(false);
    const publish = (body: object) =>
      api.call<WorkflowPublished>('POST', '/v1/workflows/test/orders/versions/1/publish', { body });
    const dry = await publish({ dryRun: true });
    expect([dry.status, dry.body.change]).toEqual([200, 'published']);
    expect(dry.body.findings).toMatchObject([{ code: 'missing-connection', severity: 'error' }]);
    const refused = await publish({});
    expect([refused.status, refused.body.errors]).toMatchObject([422, [{ code: 'missing-connection' }]]);
    expect((await publish({ percent: 5 })).status).toBe(422);
    const current = async () =>
      (await api.call<{ version: string; definition: { do: object[] } }>('GET', '/v1/workflows/test/orders'))
        .body.definition.do;
    expect(await current()).toEqual([{ done: { set: { n: 1 } } }]);
    expect((await publish({ force: true })).body).toMatchObject({
      change: 'published',
      findings: [{ code: 'missing-connection' }],
    });
    expect(await current()).toEqual([{ find: { call: 'erp.order.find:1@default' } }]);
    const [event] = await api.query<{ after: string }>(
      `SELECT after FROM audit_events WHERE action = 'workflow.published' ORDER BY id DESC LIMIT 1`,
    );
    expect(JSON.parse(event?.after ?? '')).toMatchObject({ number: 1, forcedErrors: 1 });
  });
});
