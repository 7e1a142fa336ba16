import { type InstanceItem, type System, TOPICS, uuidv7 } from '@tutti/contracts';
import { ServiceInstances } from '@tutti/store';
import { ApiHarness } from '../testing/api-harness.js';
import { openReview } from '../testing/fixtures.js';
import { keepLetter } from '../testing/letters.js';
import { instanceItem, lagOf } from './instance.items.js';
import { renderMetrics } from './metrics.text.js';
import { SystemHistory } from './system.history.js';
import { warningsOf } from './system.warnings.js';

const BUS = {
  transport: 'kafka',
  connected: true,
  sending: 1,
  handling: 2,
  lag: { 'acme.run-inbox.v1': 5 },
  shards: { owned: [0, 1], count: 16 },
};

describe('the system', () => {
  let api: ApiHarness;
  let instances: ServiceInstances;
  beforeAll(async () => {
    api = await ApiHarness.start();
    instances = api.app.get(ServiceInstances);
    await instances.start({ role: 'orchestrator', version: '1.2.3' }, () => ({
      state: 'serving',
      bus: BUS,
      counters: { 'inbox.repeated': 3, 'calls.performed': 4 },
    }));
  });
  afterAll(async () => {
    await instances.stop();
    await api.close();
  });
  const read = async () => (await api.call<System>('GET', '/v1/system')).body;

  it('shows each process with its bus, its shards, its clock and what it counted', async () => {
    const { instances: shown, topics, duplicates } = await read();
    expect(shown).toMatchObject([
      {
        id: instances.id,
        role: 'orchestrator',
        version: '1.2.3',
        state: 'serving',
        alive: true,
        pid: process.pid,
        bus: { transport: 'kafka', lag: { [TOPICS.runInbox]: 5 }, shards: { owned: [0, 1], count: 16 } },
        counters: { 'inbox.repeated': 3, 'calls.performed': 4 },
      },
    ]);
    expect(Math.abs(shown[0]?.clockSkewMs ?? Infinity)).toBeLessThan(2_000);
    expect(topics[0]).toEqual({ topic: TOPICS.runInbox, partitions: 16, group: 'orchestrator', lag: 5 });
    expect(topics.find(({ topic }) => topic === TOPICS.control)).toMatchObject({
      partitions: 1,
      group: null,
    });
    expect(duplicates).toEqual({ total: 3, byName: { 'inbox.repeated': 3 } });
  });

  it('counts runs, letters and events, and knows the database', async () => {
    await openReview(api);
    const { runId } = await openReview(api);
    await api.query(`UPDATE runs SET status = 'pending' WHERE id = $1`, [runId]);
    await api.query(
      `INSERT INTO run_states (run_id, revision, wake_at, state) VALUES ($1, 1, now() - interval '1 hour', '{}')`,
      [uuidv7()],
    );
    await keepLetter(api);
    await api.query(
      `INSERT INTO event_outbox (id, workspace_id, run_id, event, sink) VALUES ($1, 'default', $1, '{}', 'bus')`,
      [uuidv7()],
    );
    const system = await read();
    expect(system.runs).toMatchObject({
      pending: 1,
      running: 0,
      waiting: 1,
      suspended: 0,
      queued: 1,
      overdue: 1,
    });
    expect(system.runs.oldestWaitingAt).toMatch(/^\d{4}-/);
    expect(system.deadLetters).toMatchObject({ open: 1, oldestAt: expect.stringMatching(/Z$/) });
    expect(system.outbox.events).toBe(1);
    expect(system.database.bytes).toBeGreaterThan(1_000_000);
    expect(system.database.partitions).toContainEqual(
      expect.objectContaining({
        table: 'journal',
        partitions: expect.any(Number),
        oldest: expect.stringMatching(/^\d{8}$/),
      }),
    );
    expect(system.warnings.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['no-collector', 'dead-letters', 'runs-overdue']),
    );
  });

  it('is served as metrics, to those with a token', async () => {
    expect((await api.call('GET', '/metrics', { token: null })).status).toBe(401);
    const answer = await api.call<{ text: string }>('GET', '/metrics');
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const { text } = answer.body;
    expect(text).toContain('# TYPE tutti_runs_pending gauge\ntutti_runs_pending ');
    expect(text).toContain(
      `tutti_bus_lag{role="orchestrator",instance_id="${instances.id}",topic="tutti.run-inbox.v1"} 5\n`,
    );
    expect(text).toMatch(
      /# TYPE tutti_inbox_repeated_total counter\ntutti_inbox_repeated_total\{[^}]+\} 3\n/,
    );
    for (const line of text.trimEnd().split('\n'))
      expect(line).toMatch(
        /^(?:# (?:HELP|TYPE) tutti_\w+ .+|tutti_\w+(?:\{\w+="[^"]*"(?:,\w+="[^"]*")*\})? -?[\d.e+]+)$/,
      );
    const names = [...text.matchAll(/^# TYPE (\w+)/gm)].map(([, name]) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('keeps the lag of the last minutes', async () => {
    const history = api.app.get(SystemHistory);
    for (let i = 0; i < 100; i++) await history.sample(i * 1000);
    expect(history.read()).toHaveLength(90);
    expect((await read()).history.at(-1)).toEqual({
      at: '1970-01-01T00:01:39.000Z',
      lag: { [TOPICS.runInbox]: 5 },
    });
  });
});

describe('warnings', () => {
  const instance = (more: Partial<InstanceItem> = {}): InstanceItem => ({
    ...instanceItem(
      {
        id: uuidv7(),
        role: 'orchestrator',
        host: 'a',
        pid: 1,
        version: '1',
        state: 'serving',
        alive: true,
        startedAtMs: 0,
        seenAtMs: 0,
        clockSkewMs: 0,
        bus: BUS,
        counters: {},
      },
      1000,
    ),
    ...more,
  });
  const all = () => ['api', 'orchestrator', 'connector-host', 'collector'].map((role) => instance({ role }));
  const facts = (more: Partial<System> = {}): System => ({
    at: '2026-01-01T00:10:00Z',
    warnings: [],
    instances: all(),
    topics: [],
    history: [],
    runs: {
      pending: 0,
      running: 0,
      waiting: 0,
      suspended: 0,
      queued: 0,
      oldestQueuedAt: null,
      oldestWaitingAt: null,
      overdue: 0,
    },
    deadLetters: { open: 0, oldestAt: null },
    outbox: { events: 0, oldestAt: null },
    duplicates: { total: 0, byName: {} },
    database: { bytes: 1, version: '18', connections: 1, connectionsMax: 100, partitions: [] },
    ...more,
  });
  const codes = (more: Partial<System> = {}) => warningsOf(facts(more)).map(({ code }) => code);

  it('are none when all is well, in one process or in many', () => {
    expect(codes()).toEqual([]);
    expect(codes({ instances: [instance({ role: 'hub' })] })).toEqual([]);
    expect(codes({ instances: [] })).toEqual([]);
  });

  it('name each part that is missing, dead ones not counted', () => {
    expect(codes({ instances: [instance({ role: 'api' }), instance({ alive: false })] })).toEqual([
      'no-orchestrator',
      'no-connector-host',
      'no-collector',
    ]);
  });

  it('tell a bus that is away, different versions and clocks, errors first', () => {
    const [first, ...rest] = all() as [InstanceItem, ...InstanceItem[]];
    const odd = {
      ...first,
      version: '2',
      clockSkewMs: -5_000,
      bus: { ...first.bus, connected: false } as InstanceItem['bus'],
    };
    expect(codes({ instances: [odd, ...rest] })).toEqual([
      'bus-disconnected',
      'versions-differ',
      'clock-skew',
    ]);
  });

  it('tell a lag that grows, and not one that is large or goes up and down', () => {
    const history = (values: number[]) =>
      values.map((lag, i) => ({ at: `t${i}`, lag: { [TOPICS.calls]: lag } }));
    expect(codes({ history: history([1, 2, 3, 4, 5, 2000]) })).toEqual(['lag-grows']);
    expect(codes({ history: history([9000, 9000, 9000, 9000, 9000, 9000]) })).toEqual([]);
    expect(codes({ history: history([1, 2, 3, 4, 5, 6]) })).toEqual([]);
    expect(codes({ history: history([1, 2000]) })).toEqual([]);
  });

  it('tell work that is late, letters, and a database that is full of connections', () => {
    const { runs, database } = facts();
    expect(
      codes({
        runs: { ...runs, queued: 2, oldestQueuedAt: '2026-01-01T00:08:00Z', overdue: 1 },
        outbox: { events: 1, oldestAt: '2026-01-01T00:08:00Z' },
        deadLetters: { open: 1, oldestAt: '2026-01-01T00:08:00Z' },
        database: { ...database, connections: 95 },
      }),
    ).toEqual(['runs-queued', 'runs-overdue', 'outbox-stuck', 'dead-letters', 'database-connections']);
  });

  it('take the lag from those that live and see the brokers: each reports that of the whole group', () => {
    const seeing = (lag: number, about: object = {}) => {
      const one = instance(about);
      return { ...one, bus: one.bus && { ...one.bus, lag: { [TOPICS.runInbox]: lag } } };
    };
    const cutOff = {
      ...seeing(90),
      bus: { ...(seeing(90).bus as NonNullable<InstanceItem['bus']>), connected: false },
    };
    const many = [seeing(5), seeing(7), seeing(80, { alive: false }), cutOff];
    expect(lagOf(many)).toEqual({ [TOPICS.runInbox]: 7 });
    expect(lagOf([cutOff])).toEqual({ [TOPICS.runInbox]: 90 });
  });

  it('metrics escape what is in a label', () => {
    expect(renderMetrics([instance({ host: 'a"b\\c\nd', bus: null })])).toContain('host="a\\"b\\\\c\\nd"');
  });
});
