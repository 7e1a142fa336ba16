import { PREVIEW_TURNS_MAX, type RetryPreview, type TaskData, uuidv7 } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

describe('the data of a task of a run', () => {
  let api: ApiHarness;
  let id: string;
  beforeAll(async () => {
    api = await ApiHarness.start();
    const name = `w-${uuidv7().slice(24)}`;
    const raw = `
document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }
do:
  - first: { set: { x: '\${ .amount }' }, export: { as: '{ seen: .x }' } }
  - loop:
      for: { each: color, in: '["red", "blue"]' }
      do: [ { paint: { set: { text: '\${ $color }' } } } ]
`;
    await api.call('PUT', '/v1/workflows', { raw, headers: { 'content-type': 'application/yaml' } });
    id = await decidedRun(api, { workflow: name, input: { amount: 3 } });
  });
  afterAll(() => api.close());

  const dataOf = (run: string, at: string, token?: string) =>
    api.call<TaskData>(
      'GET',
      `/v1/runs/${run}/task-data?at=${encodeURIComponent(at)}`,
      token === undefined ? {} : { token },
    );

  it('is what its expressions saw, for each turn of a loop', async () => {
    const { status, body } = await dataOf(id, '/do/1/loop[0]/do/0/paint');
    expect(status).toBe(200);
    expect(body).toMatchObject({ name: 'paint', input: { x: 3 }, output: { text: 'red' } });
    expect(body.variables).toMatchObject({
      color: 'red',
      context: { seen: 3 },
      workflow: { id, input: { amount: 3 } },
    });
    expect((await dataOf(id, '/do/1/loop/do/0/paint')).body.variables).toMatchObject({ color: 'blue' });
  });

  it('is refused for a task never reached, an unknown run, and one of another workspace', async () => {
    expect(await dataOf(id, '/do/7/none')).toMatchObject({
      status: 404,
      body: { detail: 'The run never came to the task /do/7/none.' },
    });
    expect((await dataOf(uuidv7(), '/do/0/first')).status).toBe(404);
    expect((await dataOf('nonsense', '/do/0/first')).status).toBe(404);
    expect((await dataOf(id, '/do/0/first', await api.tokenOf('elsewhere'))).status).toBe(404);
    expect((await api.call('GET', `/v1/runs/${id}/task-data`)).status).toBe(400);
  });

  it('is refused, with the limit, for a run of too many turns; so is the preview of its retry', async () => {
    const setTurns = (turns: number) =>
      api.query('UPDATE runs SET revision = $2, status = $3 WHERE id = $1', [id, turns, 'completed']);
    await setTurns(PREVIEW_TURNS_MAX);
    expect((await dataOf(id, '/do/0/first')).status).toBe(200);
    await setTurns(PREVIEW_TURNS_MAX + 1);
    const detail = 'The run has 20001 turns, and at most 20000 are replayed for a request.';
    expect(await dataOf(id, '/do/0/first')).toMatchObject({ status: 409, body: { detail } });
    const preview = await api.call<RetryPreview>('GET', `/v1/runs/${id}/retry-preview`);
    expect(preview.body.refused).toBe(`${detail} It can be retried without a preview.`);
  });
});
