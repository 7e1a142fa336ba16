import { type RunCommanded, type RunMigrations, TOPICS, uuidv7 } from '@tutti/contracts';
import { ApiHarness } from '../testing/api-harness.js';
import { decidedRun } from '../testing/decided-run.js';

describe('migrating runs that wait', () => {
  let api: ApiHarness;
  const commanded: RunCommanded[] = [];
  beforeAll(async () => {
    api = await ApiHarness.start();
    api.bus.subscribe(TOPICS.runInbox, (messages) => {
      for (const message of messages) if (message.kind === 'run.commanded') commanded.push(message);
    });
  });
  afterAll(() => api.close());

  const apply = async (name: string, tasks: string) => {
    const raw = `document: { dsl: '1.0.3', namespace: test, name: ${name}, version: '1.0.0' }\ndo:\n${tasks}`;
    const headers = { 'content-type': 'application/yaml' };
    expect(await api.call('PUT', '/v1/workflows', { raw, headers })).toMatchObject({ status: 200 });
  };
  const CALL =
    '  - fetch: { call: http, timeout: { after: PT1M }, with: { method: get, endpoint: "https://x.example/" } }\n';
  const WAIT = '  - w: { wait: PT1H }\n';
  const ok = { status: 'succeeded' as const, output: 1 };

  /** Runs of the first version: `waiting` of them wait, one has a call outstanding. Oldest first. */
  async function runsOfTwo(waiting: number): Promise<{ name: string; ids: string[]; busy: string }> {
    const name = `w-${uuidv7().slice(24)}`;
    await apply(name, CALL + WAIT);
    const busy = await decidedRun(api, { workflow: name });
    const ids: string[] = [];
    for (let i = 0; i < waiting; i++) ids.push(await decidedRun(api, { workflow: name, outcomes: [ok] }));
    await apply(name, `${CALL}${WAIT}  - more: { set: { n: 1 } }\n`);
    return { name, ids, busy };
  }
  const migrate = (name: string, body: object, token?: string) =>
    api.call<RunMigrations>('POST', `/v1/workflows/test/${name}/migrate`, {
      body,
      ...(token === undefined ? {} : { token }),
    });
  const commandsOf = (ids: string[]) =>
    api.query<{ command: string }>('SELECT command FROM run_commands WHERE run_id = ANY($1::uuid[])', [ids]);

  it('says of each run whether it can and why not, and asks none in a dry run', async () => {
    const { name, ids, busy } = await runsOfTwo(2);
    const { status, body } = await migrate(name, { to: '2', dryRun: true });
    expect(status).toBe(200);
    expect(body).toMatchObject({ dryRun: true, matched: 3, can: 2, cannot: 1, asked: 0, nextCursor: null });
    expect(body.to.number).toBe(2);
    expect(body.items.map(({ id, can }) => [id, can])).toEqual([
      [ids[1], true],
      [ids[0], true],
      [busy, false],
    ]);
    expect(body.items[0]).toMatchObject({ number: 1, status: 'waiting', active: ['/do/1/w'], reasons: [] });
    expect(body.items[2]?.reasons).toEqual(['/do/0/fetch has a call outstanding: wait for its answer']);
    expect(await commandsOf([...ids, busy])).toEqual([]);
  });

  it('asks those that can, durably, and tells their owners', async () => {
    const { name, ids, busy } = await runsOfTwo(2);
    const { body } = await migrate(name, { to: '2' });
    expect(body).toMatchObject({ asked: 2, can: 2, cannot: 1 });
    const commands = (await commandsOf(ids)).map(({ command }) => JSON.parse(command) as object);
    expect(commands).toHaveLength(2);
    expect(commands[0]).toMatchObject({
      kind: 'migrate',
      by: 'admin',
      from: { namespace: 'test', name },
      to: { namespace: 'test', name, versionId: body.to.id },
    });
    expect(await commandsOf([busy])).toEqual([]);
    const told = commanded.filter(({ runId }) => ids.includes(runId));
    expect(told.map(({ command }) => command.kind)).toEqual(['migrate', 'migrate']);
    const [event] = await api.query<{ after: string }>(
      `SELECT after FROM audit_events WHERE action = 'workflow.migrate-requested' ORDER BY id DESC LIMIT 1`,
    );
    expect((JSON.parse(event?.after ?? '') as { runs: string[] }).runs.sort()).toEqual(ids.toSorted());
  });

  it('pages over all of them, with the count of the whole', async () => {
    const { name, ids, busy } = await runsOfTwo(4);
    const seen: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const request: object = { to: '2', dryRun: true, limit: 2, ...(cursor === '' ? {} : { cursor }) };
      const { body } = await migrate(name, request);
      expect(body.matched).toBe(5);
      seen.push(...body.items.map(({ id }) => id));
      cursor = body.nextCursor;
    }
    expect(seen).toEqual([...ids.toReversed(), busy]);
  });

  it('takes only the runs of a filter: of a version, of a time, or named', async () => {
    const { name, ids } = await runsOfTwo(3);
    await apply(name, `${CALL}${WAIT}  - other: { set: { n: 2 } }\n`);
    const count = async (more: object) => (await migrate(name, { dryRun: true, ...more })).body.matched;
    expect(await count({ to: '3', from: '1' })).toBe(4);
    expect(await count({ to: '3', from: '2' })).toBe(0);
    expect(await count({ to: '1' })).toBe(0);
    expect(await count({ to: '3', runs: [ids[0]] })).toBe(1);
    expect(await count({ to: '3', startedFrom: '2999-01-01T00:00:00Z' })).toBe(0);
  });

  it('refuses what is not there, is too much, or belongs to another workspace', async () => {
    const { name, ids } = await runsOfTwo(1);
    expect((await migrate(name, { to: '9' })).status).toBe(404);
    expect((await migrate('nobody', { to: '1' })).status).toBe(404);
    expect((await migrate(name, { to: '2', limit: 501 })).status).toBe(400);
    const token = await api.tokenOf('elsewhere');
    expect((await migrate(name, { to: '2' }, token)).status).toBe(404);
    await apply(`${name}-other`, CALL);
    expect((await migrate(`${name}-other`, { to: '1', runs: ids })).body.matched).toBe(0);
  });
});
