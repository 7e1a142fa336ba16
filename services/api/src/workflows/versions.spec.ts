import {
  type Applied,
  type ControlMessage,
  type RunStarted,
  TOPICS,
  type WorkflowPublished,
  type WorkflowSummary,
  type WorkflowVersion,
} from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { type Answer, ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow, workflowText } from '../testing/fixtures.js';

/** Accept statements with such a note stand still after they were let in, until lock 42 is free. */
const STANDS_STILL = `
CREATE FUNCTION stands_still() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(42);
  RETURN NEW;
END $$;
CREATE TRIGGER stands_still BEFORE INSERT ON runs FOR EACH ROW WHEN (NEW.input LIKE '%"slow"%')
  EXECUTE FUNCTION stands_still()`;

const WAITING_LOCKS = `SELECT count(*)::int AS waiting FROM pg_locks WHERE locktype = 'advisory' AND NOT granted`;

describe('versions of workflows', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
    await api.query(STANDS_STILL);
  });
  afterAll(() => api.close());

  const apply = async (text: string, query = '') =>
    (
      await api.call<Applied>('PUT', `/v1/workflows${query}`, {
        raw: text,
        headers: { 'content-type': 'application/yaml' },
      })
    ).body;
  const versions = async (name: string, query = '') =>
    (
      await api.call<{ items: WorkflowVersion[]; nextCursor: string | null }>(
        'GET',
        `/v1/workflows/test/${name}/versions${query}`,
      )
    ).body;
  const publish = (name: string, version: string | number, body?: unknown) =>
    api.call<WorkflowPublished>('POST', `/v1/workflows/test/${name}/versions/${version}/publish`, { body });
  const start = (name: string, body: unknown = { amount: 1 }, of = api): Promise<Answer<RunStarted>> =>
    of.call<RunStarted>('POST', `/v1/workflows/test/${name}/runs`, { body });
  const disable = (name: string, reason = 'it double-pays') =>
    api.call<WorkflowSummary>('POST', `/v1/workflows/test/${name}/disable`, { body: { reason } });
  const enable = (name: string) => api.call<WorkflowSummary>('POST', `/v1/workflows/test/${name}/enable`);
  const runsOf = (name: string) =>
    api.query<{ id: string; number: number }>(
      `SELECT r.id, v.number FROM runs r JOIN workflows w ON w.id = r.workflow_id
       JOIN workflow_versions v ON v.id = r.workflow_version_id WHERE w.name = $1`,
      [name],
    );
  const auditOf = (name: string) =>
    api.query<{ action: string; subject: string; after: string }>(
      'SELECT action, subject, after FROM audit_events WHERE target = $1 ORDER BY id',
      [`workflow:test/${name}`],
    );

  describe('listing', () => {
    it('tells number, hash, note, by whom, and the runs under way of each', async () => {
      const name = await applyWorkflow(api);
      await start(name);
      await apply(workflowText(name, { value: 2 }), '?note=pay%20later');
      await start(name);
      await start(name);
      const { items, nextCursor } = await versions(name);
      expect(nextCursor).toBeNull();
      expect(items).toMatchObject([
        { number: 2, note: 'pay later', current: true, runsUnderWay: 2, createdBy: 'admin' },
        { number: 1, note: null, current: false, runsUnderWay: 1, contentHash: expect.any(String) },
      ]);
    });

    it('pages, and knows no other workflow', async () => {
      const name = await applyWorkflow(api);
      for (const value of [2, 3]) await apply(workflowText(name, { value }));
      const first = await versions(name, '?limit=2');
      expect(first.items.map(({ number }) => number)).toEqual([3, 2]);
      const second = await versions(name, `?limit=2&cursor=${first.nextCursor}`);
      expect(second).toMatchObject({ items: [{ number: 1 }], nextCursor: null });
      expect((await api.call('GET', '/v1/workflows/test/nobody/versions')).status).toBe(404);
    });
  });

  describe('publishing', () => {
    it('rolls back: new runs start on the version, and runs under way stay on theirs', async () => {
      const name = await applyWorkflow(api);
      await apply(workflowText(name, { value: 2 }));
      await start(name);
      const { status, body } = await publish(name, 1, { note: 'two is wrong' });
      expect([status, body.change, body.version.number]).toEqual([200, 'published', 1]);
      await start(name);
      expect((await runsOf(name)).map(({ number }) => number).sort()).toEqual([1, 2]);
      const trail = await auditOf(name);
      expect(trail.at(-1)).toMatchObject({ action: 'workflow.published', subject: 'admin' });
      expect(JSON.parse(trail.at(-1)?.after ?? '')).toMatchObject({ number: 1, note: 'two is wrong' });
    });

    it('is idempotent, and writes and tells nothing the second time', async () => {
      const name = await applyWorkflow(api);
      const { contentHash } = await apply(workflowText(name, { value: 2 }));
      const heard: ControlMessage[] = [];
      const end = api.bus.subscribe(TOPICS.control, (messages) => void heard.push(...messages));
      expect((await publish(name, 1)).body.change).toBe('published');
      expect((await publish(name, 1)).body.change).toBe('unchanged');
      expect((await publish(name, contentHash.slice(0, 12))).body).toMatchObject({
        change: 'published',
        version: { number: 2, current: true },
      });
      await eventually(() => heard.length >= 2);
      end();
      expect(heard).toHaveLength(2);
      expect((await auditOf(name)).filter(({ action }) => action === 'workflow.published')).toHaveLength(2);
    });

    it.each([
      ['99', 404, 'has no version 99'],
      ['abcdef01abcdef01', 404, 'has no version'],
      ['nonsense', 400, 'names no version'],
      ['0', 400, 'names no version'],
    ])('refuses the version %s', async (version, status, says) => {
      const name = await applyWorkflow(api);
      const answer = await publish(name, version);
      expect(answer.status).toBe(status);
      expect(answer.body.detail).toContain(says);
    });

    it('goes one after the other with applies: numbers are unique, and one version is current', async () => {
      const name = await applyWorkflow(api);
      await apply(workflowText(name, { value: 2 }));
      const changes = Array.from({ length: 12 }, (_, i) =>
        i % 3 === 0 ? publish(name, 1 + (i % 2)) : apply(workflowText(name, { value: 10 + i })),
      );
      await Promise.all(changes);
      const { items } = await versions(name);
      expect(items.map(({ number }) => number)).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect(items.filter(({ current }) => current)).toHaveLength(1);
      const last = (await auditOf(name)).at(-1);
      const { versionId } = JSON.parse(last?.after ?? '{}') as { versionId: string };
      expect(items.find(({ current }) => current)?.id).toBe(versionId);
    });

    it('is heard by another process at once, whatever that remembers', async () => {
      const name = await applyWorkflow(api);
      const other = await ApiHarness.start({ beside: api, config: { workflowCacheMs: 3_600_000 } });
      // Two processes share a bus in a real hub; here what one says is told to the other.
      const end = api.bus.subscribe(TOPICS.control, (messages) =>
        other.bus.publish(TOPICS.control, messages),
      );
      try {
        await start(name, { amount: 1 }, other);
        await apply(workflowText(name, { value: 2 }));
        await start(name, { amount: 1 }, other);
        await publish(name, 1);
        await start(name, { amount: 1 }, other);
        expect((await runsOf(name)).map(({ number }) => number).sort()).toEqual([1, 1, 2]);
      } finally {
        end();
        await other.close();
      }
    });
  });

  describe('disabling', () => {
    it('refuses runs with why, by whom and how to enable; runs under way go on', async () => {
      const name = await applyWorkflow(api);
      await start(name);
      expect((await disable(name)).body).toMatchObject({
        enabled: false,
        disabled: { reason: 'it double-pays', by: 'admin', at: expect.any(String) },
      });
      const refused = await start(name);
      expect(refused).toMatchObject({
        status: 409,
        body: {
          type: 'https://tutti.dev/problems/workflow-disabled',
          disabled: { reason: 'it double-pays', by: 'admin' },
        },
      });
      expect(refused.body.detail).toMatch(
        /disabled by admin at .*it double-pays.*tutti workflows enable test\//,
      );
      expect((await versions(name)).items[0]?.runsUnderWay).toBe(1);
      expect((await enable(name)).body).toMatchObject({ enabled: true, disabled: null });
      expect((await start(name)).status).toBe(202);
    });

    it('is idempotent, and wants a reason', async () => {
      const name = await applyWorkflow(api);
      await disable(name);
      await disable(name);
      await enable(name);
      await enable(name);
      expect((await auditOf(name)).map(({ action }) => action)).toEqual([
        'workflow.created',
        'workflow.disabled',
        'workflow.enabled',
      ]);
      expect((await api.call('POST', `/v1/workflows/test/${name}/disable`, { body: {} })).status).toBe(400);
    });

    it('stays disabled over an apply and a publish', async () => {
      const name = await applyWorkflow(api);
      await disable(name);
      await apply(workflowText(name, { value: 2 }));
      await publish(name, 1);
      expect((await start(name)).status).toBe(409);
    });

    it('refuses the retry of a run, and stores none', async () => {
      const name = await applyWorkflow(api);
      const { body } = await start(name);
      await api.query(`UPDATE runs SET status = 'faulted', error = '{}' WHERE id = $1`, [body.id]);
      await disable(name);
      expect((await api.call('POST', `/v1/runs/${body.id}/retry`)).status).toBe(409);
      expect(await runsOf(name)).toHaveLength(1);
    });

    it('waits for the start that was let in, and keeps out the one that came behind it', async () => {
      const name = await applyWorkflow(api);
      const other = await ApiHarness.start({ beside: api, config: { workflowCacheMs: 3_600_000 } });
      const holder = api.dataSource.createQueryRunner();
      const waiting = async () => (await api.query<{ waiting: number }>(WAITING_LOCKS))[0]?.waiting;
      try {
        await start(name, { amount: 0 }, other);
        await holder.query('SELECT pg_advisory_lock(42)');
        const before = start(name, { amount: 1, note: 'slow' });
        await eventually(async () => (await waiting()) === 1);
        let answered = false;
        const disabling = disable(name).finally(() => (answered = true));
        await eventually(async () => (await waiting()) === 2);
        // Its process believes that the workflow is enabled, and its statement begins before the commit.
        const behind = start(name, { amount: 2 }, other);
        await eventually(async () => (await waiting()) === 3);
        expect(answered).toBe(false);
        await holder.query('SELECT pg_advisory_unlock(42)');
        expect((await before).status).toBe(202);
        expect((await disabling).status).toBe(200);
        expect(await behind).toMatchObject({ status: 409, body: { disabled: { reason: 'it double-pays' } } });
        expect(await runsOf(name)).toHaveLength(2);
      } finally {
        await holder.release();
        await other.close();
      }
    });

    it.each([
      ['', {}],
      [' with a limit', { metadata: '{ tutti: { concurrency: 2 } }' }],
    ])(
      'accepts no run of a workflow%s after its answer, under load from two processes',
      async (_what, more) => {
        const name = await applyWorkflow(api, more);
        const other = await ApiHarness.start({ beside: api, config: { workflowCacheMs: 3_600_000 } });
        try {
          let stop = false;
          const accepted: string[] = [];
          const statuses: number[] = [];
          const load = async (of: ApiHarness, key: string) => {
            for (let i = 0; !stop; i++) {
              const headers = i % 2 === 0 ? {} : { 'idempotency-key': `${key}-${i}` };
              const path = `/v1/workflows/test/${name}/runs`;
              const answer = await of.call<RunStarted>('POST', path, { body: { amount: i }, headers });
              statuses.push(answer.status);
              if (answer.status === 202) accepted.push(answer.body.id);
            }
          };
          const loads = Array.from({ length: 12 }, (_, i) => load(i % 2 === 0 ? api : other, `k${i}`));
          await eventually(() => accepted.length > 50);
          await disable(name);
          const stored = (await runsOf(name)).length;
          await eventually(() => statuses.filter((status) => status === 409).length > 100);
          stop = true;
          await Promise.all(loads);
          const after = await runsOf(name);
          expect(after).toHaveLength(stored);
          expect(new Set(after.map(({ id }) => id))).toEqual(new Set(accepted));
          expect([...new Set(statuses)].sort()).toEqual([202, 409]);
        } finally {
          await other.close();
        }
      },
    );
  });
});
