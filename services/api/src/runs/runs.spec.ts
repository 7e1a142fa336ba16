import {
  newSpanId,
  newTraceId,
  type RunDetail,
  type RunInboxMessage,
  type RunStarted,
  type RunSummary,
  TOPICS,
  uuidv7,
} from '@tutti/contracts';
import { dayOfId } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

/** An id of that time; uuidv7 never goes back behind the ids that it has made. */
function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}${uuidv7().slice(13)}`;
}

describe('runs', () => {
  let api: ApiHarness;
  let name: string;
  let inbox: RunInboxMessage[];
  beforeAll(async () => {
    api = await ApiHarness.start();
    name = await applyWorkflow(api);
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      inbox.push(...messages);
    });
  });
  beforeEach(() => {
    inbox = [];
  });
  afterAll(() => api.close());

  /** A run as the orchestrator left it. */
  async function run(
    more: { status?: string; workflow?: string; input?: unknown; error?: unknown; atMs?: number } = {},
  ): Promise<string> {
    const id = more.atMs === undefined ? uuidv7() : idAt(more.atMs);
    const ended = ['completed', 'faulted', 'cancelled'].includes(more.status ?? 'completed');
    await api.query(
      `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, status, revision, trigger,
        trace_id, root_span_id, started_at, ended_at,
        input, output, error, cost_micros, currency)
      SELECT $1, 'default', id, current_version_id, $2, 3, 'api', $3, $4, clock_timestamp() - interval '2 seconds',
             ${ended ? 'clock_timestamp()' : 'NULL'}, $5, $6, $7, 1500, 'EUR'
        FROM workflows WHERE name = $8`,
      [
        id,
        more.status ?? 'completed',
        newTraceId(),
        newSpanId(),
        JSON.stringify(more.input ?? { amount: 1 }),
        ended ? '{"ok":true}' : null,
        more.error === undefined ? null : JSON.stringify(more.error),
        more.workflow ?? name,
      ],
    );
    return id;
  }

  async function journal(id: string, turns: object[][]): Promise<void> {
    for (const [i, entries] of turns.entries()) {
      await api.query(
        'INSERT INTO journal (day, run_id, sequence, at, event, entries) VALUES ($1, $2, $3, clock_timestamp(), $4, $5)',
        [dayOfId(id), id, i + 1, '[]', JSON.stringify(entries)],
      );
    }
  }

  const list = async (query: string): Promise<Page<RunSummary>> =>
    (await api.call<Page<RunSummary>>('GET', `/v1/runs?${query}`)).body as Page<RunSummary>;
  const idsOf = (page: Page<RunSummary>): string[] => page.items.map(({ id }) => id);

  it('shows a run with its input, output, cost and time', async () => {
    const id = await run({ input: { amount: 7 } });
    expect((await api.call<RunDetail>('GET', `/v1/runs/${id}`)).body).toMatchObject({
      id,
      status: 'completed',
      revision: 3,
      input: { amount: 7 },
      output: { ok: true },
      error: null,
      costMicros: 1500,
      currency: 'EUR',
      active: [],
      workflow: { namespace: 'test', name, version: '1.0.0' },
      durationMs: expect.any(Number),
      startedAt: expect.stringMatching(/^\d{4}-.*\.\d{6}Z$/),
    });
    expect((await api.call('GET', `/v1/runs/${uuidv7()}`)).status).toBe(404);
  });

  it('pages newest first without losing or repeating one', async () => {
    const workflow = await applyWorkflow(api);
    const ids: string[] = [];
    for (let i = 0; i < 7; i++) ids.unshift(await run({ workflow }));
    const seen: string[] = [];
    let cursor = '';
    do {
      const page = await list(`workflow=test/${workflow}&limit=3${cursor}`);
      seen.push(...idsOf(page));
      cursor = page.nextCursor === null ? '' : `&cursor=${page.nextCursor}`;
    } while (cursor !== '');
    expect(seen).toEqual(ids);
  });

  it('filters by status, workflow and time', async () => {
    const workflow = await applyWorkflow(api);
    const hourAgo = Date.now() - 3_600_000;
    const old = await run({ workflow, status: 'faulted', atMs: hourAgo });
    const waiting = await run({ workflow, status: 'waiting' });
    const done = await run({ workflow });
    expect(idsOf(await list(`workflow=test/${workflow}&status=faulted,waiting`)).sort()).toEqual(
      [old, waiting].sort(),
    );
    expect(
      idsOf(
        await list(`workflow=test/${workflow}&from=${new Date(Date.now() - 60_000).toISOString()}`),
      ).sort(),
    ).toEqual([waiting, done].sort());
    expect(
      idsOf(await list(`workflow=test/${workflow}&to=${new Date(hourAgo + 1_000).toISOString()}`)),
    ).toContain(old);
    expect((await list('workflow=test/not-there')).items).toEqual([]);
    expect((await api.call('GET', '/v1/runs?workflow=nonsense')).status).toBe(400);
  });

  it('finds by the beginning of an id, and by text in input and error', async () => {
    const id = await run({
      input: { amount: 1, note: "O'Reilly 100%_" },
      status: 'faulted',
      error: { type: 't', title: 'Bank closed', status: 500 },
    });
    expect(idsOf(await list(`q=${id}`))).toEqual([id]);
    expect(idsOf(await list(`q=${id.slice(0, 18)}`))).toContain(id);
    expect(idsOf(await list(`q=${encodeURIComponent("o'reilly 100%_")}`))).toEqual([id]);
    expect(idsOf(await list('q=bank%20CLOSED'))).toEqual([id]);
    expect((await list('q=nothing-has-this')).items).toEqual([]);
  });

  it('flattens the journal and pages through it', async () => {
    const id = await run();
    const at = Date.now();
    await journal(id, [
      [
        { kind: 'run.started', at },
        { kind: 'task.started', at, task: '/do/0/a', name: 'a', position: '/do/0/a', type: 'set' },
      ],
      [{ kind: 'task.completed', at, task: '/do/0/a', name: 'a', position: '/do/0/a', type: 'set' }],
      [],
      [{ kind: 'run.completed', at }],
    ]);
    const kinds: string[] = [];
    let cursor = '';
    do {
      const { body } = await api.call<Page<{ kind: string; sequence: number; at: string }>>(
        'GET',
        `/v1/runs/${id}/journal?limit=1${cursor}`,
      );
      kinds.push(
        ...(body.items as { kind: string; sequence: number }[]).map(
          ({ kind, sequence }) => `${sequence} ${kind}`,
        ),
      );
      cursor = body.nextCursor ? `&cursor=${body.nextCursor}` : '';
    } while (cursor !== '' && kinds.length < 20);
    expect(kinds).toEqual(['1 run.started', '1 task.started', '2 task.completed', '4 run.completed']);
    expect((await api.call('GET', `/v1/runs/${uuidv7()}/journal`)).status).toBe(404);
  });

  it('asks a run to end by a durable command', async () => {
    const id = await run({ status: 'running' });
    expect(await api.call('POST', `/v1/runs/${id}/cancel`, { body: { reason: 'mistake' } })).toMatchObject({
      status: 202,
      body: { id },
    });
    await eventually(() => inbox.length === 1);
    const command = { kind: 'cancel', by: 'admin', reason: 'mistake' };
    expect(inbox[0]).toMatchObject({ kind: 'run.commanded', runId: id, command });
    const rows = await api.query<{ command: string }>('SELECT command FROM run_commands WHERE run_id = $1', [
      id,
    ]);
    expect(rows.map((row) => JSON.parse(row.command) as object)).toEqual([command]);
  });

  it('cancels without a body, and not what has ended', async () => {
    expect((await api.call('POST', `/v1/runs/${await run({ status: 'waiting' })}/cancel`)).status).toBe(202);
    expect((await api.call('POST', `/v1/runs/${await run()}/cancel`)).status).toBe(409);
    expect((await api.call('POST', `/v1/runs/${uuidv7()}/cancel`)).status).toBe(404);
  });

  it('retries a faulted run as a new one that knows where it goes on', async () => {
    const id = await run({ status: 'faulted', input: { amount: 3 } });
    const answer = await api.call<RunStarted>('POST', `/v1/runs/${id}/retry`);
    expect(answer.status).toBe(202);
    expect(answer.headers.get('location')).toBe(`/v1/runs/${answer.body.id}`);
    await eventually(() => inbox.length === 1);
    expect(inbox[0]).toMatchObject({
      kind: 'run.accepted',
      runId: answer.body.id,
      trigger: 'retry',
      retry: { of: id, fromTask: null },
      input: { amount: 3 },
    });
    expect((await api.call('GET', `/v1/runs/${answer.body.id}`)).body).toMatchObject({
      retryOf: id,
      trigger: 'retry',
    });
  });

  it('retries from a task that the run came to, and from no other', async () => {
    const id = await run();
    await journal(id, [
      [{ kind: 'task.started', at: 1, task: '/do/0/a', name: 'a', position: '/do/0/a', type: 'set' }],
    ]);
    expect((await api.call('POST', `/v1/runs/${id}/retry`, { body: { fromTask: '/do/0/a' } })).status).toBe(
      202,
    );
    expect((await api.call('POST', `/v1/runs/${id}/retry`, { body: { fromTask: '/do/9/z' } })).status).toBe(
      400,
    );
    expect((await api.call('POST', `/v1/runs/${id}/retry`)).status).toBe(409);
    expect((await api.call('POST', `/v1/runs/${await run({ status: 'running' })}/retry`)).status).toBe(409);
  });

  describe('that started one another', () => {
    const parentOf = (childId: string, parentId: string) =>
      api.query(
        `INSERT INTO run_parents (run_id, parent_run_id, position, is_told, depth) VALUES ($1, $2, '/do/0/sub', true, 1)`,
        [childId, parentId],
      );

    it('know each other, and are listed by their parent', async () => {
      const [parent, first, second] = [await run(), await run(), await run({ status: 'waiting' })];
      await parentOf(first, parent);
      await parentOf(second, parent);
      const workflow = { namespace: 'test', name, version: expect.any(String) };
      const { body } = await api.call<RunDetail>('GET', `/v1/runs/${parent}`);
      expect(body.parent).toBeNull();
      expect(body.children).toEqual([
        { id: second, position: '/do/0/sub', workflow, status: 'waiting' },
        { id: first, position: '/do/0/sub', workflow, status: 'completed' },
      ]);
      const child = await api.call<RunDetail>('GET', `/v1/runs/${first}`);
      expect(child.body.parent).toEqual({ id: parent, position: '/do/0/sub', workflow, status: 'completed' });
      expect(child.body.children).toEqual([]);
      const list = await api.call<Page<RunSummary>>('GET', `/v1/runs?parent=${parent}`);
      expect(list.body.items.map(({ id }) => id)).toEqual([second, first]);
      expect((await api.call('GET', '/v1/runs?parent=x')).status).toBe(400);
    });

    it('are shown to their own workspace alone', async () => {
      const [parent, child] = [await run(), await run()];
      await parentOf(child, parent);
      await api.query(`UPDATE runs SET workspace_id = 'elsewhere' WHERE id = $1`, [parent]);
      expect((await api.call<RunDetail>('GET', `/v1/runs/${child}`)).body.parent).toBeNull();
      const token = await api.tokenOf('elsewhere');
      const { body } = await api.call<Page<RunSummary>>('GET', `/v1/runs?parent=${parent}`, { token });
      expect(body.items).toEqual([]);
    });
  });
});
