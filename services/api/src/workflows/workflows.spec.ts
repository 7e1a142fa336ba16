import {
  type Applied,
  type ControlMessage,
  TOPICS,
  type WorkflowDetail,
  type WorkflowSummary,
} from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import type { z } from 'zod';
import { type Answer, ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, workflowText } from '../testing/fixtures.js';

describe('workflows', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const yaml = { 'content-type': 'application/yaml' };
  const put = (raw: string, query = ''): Promise<Answer<Applied>> =>
    api.call<Applied>('PUT', `/v1/workflows${query}`, { raw, headers: yaml });
  const detail = async (name: string, query = '') =>
    (await api.call<z.infer<typeof WorkflowDetail>>('GET', `/v1/workflows/test/${name}${query}`)).body;

  it('creates, leaves alone what is the same, updates, and goes back to an old version', async () => {
    expect((await put(workflowText('cycle'))).body).toMatchObject({
      kind: 'Workflow',
      namespace: 'test',
      name: 'cycle',
      version: '1.0.0',
      change: 'created',
    });
    expect((await put(`# a comment changes nothing\n${workflowText('cycle')}`)).body.change).toBe(
      'unchanged',
    );
    expect((await put(workflowText('cycle', { version: '1.1.0', value: 2 }))).body.change).toBe('updated');
    expect((await put(workflowText('cycle'))).body.change).toBe('updated');
    const found = await detail('cycle');
    expect(found.versions.map(({ version, current }) => [version, current])).toEqual([
      ['1.1.0', false],
      ['1.0.0', true],
    ]);
  });

  it('takes JSON as well', async () => {
    const document = {
      document: { dsl: '1.0.3', namespace: 'test', name: 'as-json', version: '0.1.0' },
      do: [{ only: { set: { x: 1 } } }],
    };
    expect(await api.call('PUT', '/v1/workflows', { body: document })).toMatchObject({
      status: 200,
      body: { change: 'created' },
    });
  });

  it('plans without changing anything', async () => {
    expect((await put(workflowText('planned'), '?plan=true')).body).toMatchObject({
      change: 'created',
      contentHash: expect.any(String),
    });
    expect((await api.call('GET', '/v1/workflows/test/planned')).status).toBe(404);
    await put(workflowText('planned'));
    expect((await put(workflowText('planned', { value: 3 }), '?plan=true')).body.change).toBe('updated');
    expect((await detail('planned')).versions).toHaveLength(1);
  });

  it('refuses a document with errors, each with its pointer and line', async () => {
    const answer = await put(
      `document: { dsl: '1.0.3', namespace: test, name: broken, version: '1.0.0' }\ndo:\n  - first:\n      call: 5\n`,
    );
    expect(answer.status).toBe(422);
    expect(answer.body.type).toBe('https://tutti.dev/problems/invalid-workflow');
    expect(answer.body.errors?.[0]).toMatchObject({
      pointer: expect.stringContaining('/do/0'),
      line: expect.any(Number),
      detail: expect.any(String),
    });
    expect((await put('a: [1, 2')).status).toBe(422);
    expect((await put('')).status).toBe(422);
    expect((await put('just text')).status).toBe(422);
  });

  it('refuses an input schema that is none', async () => {
    const raw = `document: { dsl: '1.0.3', namespace: test, name: bad-schema, version: '1.0.0' }
input: { schema: { format: json, document: { type: nonsense } } }
do:\n  - only: { set: { x: 1 } }\n`;
    expect((await put(raw)).status).toBe(422);
  });

  it('refuses a document above a megabyte', async () => {
    expect((await put(`# ${'x'.repeat(1024 * 1024)}`)).status).toBe(413);
  });

  it('lints without storing', async () => {
    const good = await api.call('POST', '/v1/workflows/lint', { raw: workflowText('linted'), headers: yaml });
    expect(good).toMatchObject({ status: 200, body: { findings: [] } });
    const bad = await api.call<{ findings: { severity: string }[] }>('POST', '/v1/workflows/lint', {
      raw: 'do: 1',
      headers: yaml,
    });
    expect(bad.body.findings.some(({ severity }) => severity === 'error')).toBe(true);
    expect((await api.call('GET', '/v1/workflows/test/linted')).status).toBe(404);
  });

  it('makes one version out of twenty simultaneous applies', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => put(workflowText('race'))));
    expect(answers.filter(({ body }) => body.change === 'created')).toHaveLength(1);
    expect(answers.every(({ status }) => status === 200)).toBe(true);
    expect((await detail('race')).versions).toHaveLength(1);
  });

  it('shows a version by its hash', async () => {
    const {
      body: { contentHash },
    } = await put(workflowText('by-hash'));
    await put(workflowText('by-hash', { version: '2.0.0', value: 9 }));
    const old = await detail('by-hash', `?version=${contentHash}`);
    expect(old).toMatchObject({
      version: '1.0.0',
      title: 'Title of by-hash',
      inputSchema: { required: ['amount'] },
    });
    expect(old.source).toBe(workflowText('by-hash'));
    expect((await api.call('GET', '/v1/workflows/test/by-hash?version=0000')).status).toBe(404);
  });

  it('adds up the last 24 hours', async () => {
    const name = await applyWorkflow(api);
    const durations = `ARRAY[0,0,0,0,2${',0'.repeat(33)}]`;
    await api.query(
      `INSERT INTO run_minutes (workspace_id, workflow_id, minute, status, runs, duration_ms_sum, cost_micros, durations)
      SELECT 'default', id, date_trunc('minute', clock_timestamp()) - interval '1 minute', 'completed', 2, 14, 500, ${durations}
        FROM workflows WHERE name = $1
      UNION ALL SELECT 'default', id, date_trunc('minute', clock_timestamp()), 'faulted', 1, 5, 100,
        ${durations}
        FROM workflows WHERE name = $1`,
      [name],
    );
    expect((await detail(name)).recent).toMatchObject({
      runs: 3,
      completed: 2,
      faulted: 1,
      active: 0,
      costMicros: 600,
      p50Ms: expect.any(Number),
    });
  });

  it('lists by name, searches and pages', async () => {
    for (const name of ['list-a', 'list-b', 'list-c']) await put(workflowText(name));
    const first = await api.call<{ items: WorkflowSummary[]; nextCursor: string }>(
      'GET',
      '/v1/workflows?q=list-&limit=2',
    );
    expect(first.body.items.map(({ name }) => name)).toEqual(['list-a', 'list-b']);
    const second = await api.call<{ items: WorkflowSummary[]; nextCursor: null }>(
      'GET',
      `/v1/workflows?q=list-&limit=2&cursor=${first.body.nextCursor}`,
    );
    expect(second.body).toMatchObject({ items: [{ name: 'list-c' }], nextCursor: null });
  });

  it('tells the other processes that definitions changed', async () => {
    const heard: ControlMessage[] = [];
    const end = api.bus.subscribe(TOPICS.control, (messages) => {
      heard.push(...messages);
    });
    await put(workflowText('announced'));
    await eventually(() => heard.length > 0);
    end();
    expect(heard).toEqual([{ kind: 'definitions.changed', workspaceId: 'default', what: 'workflow' }]);
  });
});
