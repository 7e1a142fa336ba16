import type { BulkRetried, RunStarted } from '@tutti/contracts';
import { acceptedBy } from '../testing/accepted-runs.js';
import { ApiHarness } from '../testing/api-harness.js';
import { applyWorkflow } from '../testing/fixtures.js';

describe('retrying many runs', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await ApiHarness.start();
  });
  afterAll(() => api.close());

  const retry = (body: object) => api.call<BulkRetried>('POST', '/v1/runs/retry', { body });
  /** Faulted runs of a new workflow, oldest first; every other one with a timeout. */
  async function faulted(count: number): Promise<{ workflow: string; ids: string[] }> {
    const name = await applyWorkflow(api);
    const ids: string[] = [];
    for (let i = 0; i < count; i++) {
      const { body } = await api.call<RunStarted>('POST', `/v1/workflows/test/${name}/runs`, {
        body: { amount: i },
      });
      const type = `https://serverlessworkflow.io/spec/1.0.0/errors/${i % 2 === 0 ? 'timeout' : 'runtime'}`;
      await api.query(
        `UPDATE runs SET status = 'faulted', ended_at = clock_timestamp(), error = $2 WHERE id = $1`,
        [body.id, JSON.stringify({ type, title: 'it failed', status: 500 })],
      );
      ids.push(body.id);
    }
    return { workflow: `test/${name}`, ids };
  }
  const retriesOf = (ids: string[]) =>
    api.query<{ of: string }>('SELECT retry_of AS of FROM runs WHERE retry_of = ANY($1::uuid[])', [ids]);

  it('says which in a dry run, and retries none', async () => {
    const { workflow, ids } = await faulted(3);
    const { body } = await retry({ workflow, dryRun: true });
    expect(body).toMatchObject({ matched: 3, more: false, retried: [], refused: [] });
    expect(body.sample.map(({ id }) => id)).toEqual(ids.toReversed());
    expect(await retriesOf(ids)).toEqual([]);
  });

  it('retries those of the filter, with their input, and tells the owner of each', async () => {
    const { workflow, ids } = await faulted(4);
    const messages = acceptedBy(api);
    const { body } = await retry({ workflow, errorType: 'timeout' });
    expect(body.retried.map(({ id }) => id)).toEqual([ids[2], ids[0]]);
    expect(body.retried.map(({ retriedBy }) => retriedBy).sort()).toEqual(
      messages.map(({ runId }) => runId).sort(),
    );
    expect(messages.map(({ input, retry: of }) => [input, of?.of])).toEqual([
      [{ amount: 2 }, ids[2]],
      [{ amount: 0 }, ids[0]],
    ]);
  });

  it('goes on with the others when it is repeated, and retries each once', async () => {
    const { workflow, ids } = await faulted(3);
    const first = await retry({ workflow, limit: 2 });
    expect([first.body.retried.length, first.body.more]).toEqual([2, true]);
    const second = await retry({ workflow, limit: 2 });
    expect(second.body.retried.map(({ id }) => id)).toEqual([ids[0]]);
    expect((await retry({ workflow })).body).toMatchObject({ matched: 0, retried: [] });
  });

  it('retries each once when two ask at the same time', async () => {
    const { workflow, ids } = await faulted(6);
    const answers = await Promise.all([retry({ workflow }), retry({ workflow }), retry({ workflow })]);
    const retried = answers.flatMap(({ body }) => body.retried.map(({ id }) => id));
    expect(retried.sort()).toEqual(ids.toSorted());
    expect((await retriesOf(ids)).map(({ of }) => of).sort()).toEqual(ids.toSorted());
  });

  describe('of sub-workflows', () => {
    /** Runs of one workflow, which the filter finds, and of another one, which it does not. */
    async function family(found: number, others: number) {
      const [inside, outside] = [await faulted(found), await faulted(others)];
      const retried = async () =>
        (await retry({ workflow: inside.workflow })).body.retried.map(({ id }) => id).sort();
      return { inside: inside.ids, outside: outside.ids, retried };
    }
    const starts = (
      parent: string | undefined,
      child: string | undefined,
      told = true,
      position = '/do/0/a',
    ) =>
      api.query(
        `INSERT INTO run_parents (run_id, parent_run_id, position, is_told, depth) VALUES ($1, $2, $3, $4, 1)`,
        [child, parent, position, told],
      );
    const retriedAlready = (of: string | undefined, by: string | undefined) =>
      api.query('UPDATE runs SET retry_of = $1 WHERE id = $2', [of, by]);

    it('leaves out what the retry of a parent repeats that the filter finds too', async () => {
      const { inside, retried } = await family(4, 0);
      const [parent, awaited, inner, alone] = inside;
      await starts(parent, awaited);
      await starts(awaited, inner);
      await starts(parent, alone, false, '/do/1/b');
      expect(await retried()).toEqual([parent, alone]);
    });

    it('leaves it out also when the runs between them are not of the filter', async () => {
      const { inside, outside, retried } = await family(2, 1);
      const [parent, innermost] = inside;
      await starts(parent, outside[0]);
      await starts(outside[0], innermost);
      expect(await retried()).toEqual([parent]);
    });

    it('retries those whose parents nobody retries, and those of which a parent made something', async () => {
      const { inside, outside, retried } = await family(2, 2);
      await starts(outside[0], inside[0]);
      await api.query(`UPDATE runs SET status = 'completed', error = NULL WHERE id = $1`, [outside[1]]);
      await starts(outside[1], inside[1]);
      expect(await retried()).toEqual(inside.toSorted());
    });

    it('leaves out those whose parents were retried', async () => {
      const { inside, outside, retried } = await family(2, 5);
      await starts(outside[0], inside[0]);
      await retriedAlready(outside[0], outside[1]);
      await starts(outside[3], outside[2]);
      await starts(outside[2], inside[1]);
      await retriedAlready(outside[3], outside[4]);
      expect(await retried()).toEqual([]);
    });

    it('leaves out those that a try of the parent repeated', async () => {
      const { inside, outside, retried } = await family(3, 1);
      const [first, second, elsewhere] = inside;
      await starts(outside[0], first);
      await starts(outside[0], second);
      await starts(outside[0], elsewhere, true, '/do/1/b');
      expect(await retried()).toEqual([second, elsewhere]);
    });
  });

  it('says why a run could not be retried, and finds it again later', async () => {
    const { workflow, ids } = await faulted(1);
    await api.call('POST', `/v1/workflows/${workflow}/disable`, { body: { reason: 'it double-pays' } });
    const { body } = await retry({ workflow });
    expect(body).toMatchObject({ retried: [], refused: [{ id: ids[0] }] });
    expect(body.refused[0]?.reason).toContain('it double-pays');
    await api.call('POST', `/v1/workflows/${workflow}/enable`);
    expect((await retry({ workflow })).body.retried).toHaveLength(1);
  });

  it('sees no run of another workspace, and has a limit', async () => {
    const { workflow } = await faulted(1);
    const token = await api.tokenOf('elsewhere');
    const answer = await api.call<BulkRetried>('POST', '/v1/runs/retry', { body: { workflow }, token });
    expect(answer.body).toMatchObject({ matched: 0 });
    expect((await retry({ limit: 501 })).status).toBe(400);
  });
});
