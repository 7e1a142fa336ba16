import { type CallOutcome, type CallRequest, RUN_ENDED, type RunChanged, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import { ChaosCluster } from './testing/chaos-cluster.js';
import { TestHubDatabase } from './testing.js';

const DOCUMENT = (tasks: string) => `
document: { dsl: '1.0.3', namespace: chaos, name: w${Math.random().toString(36).slice(2)}, version: '1.0.0' }
do:
${tasks}`;
const call = (name: string) =>
  `{ call: http, with: { method: post, endpoint: 'http://stub/${name}', body: '\${ . }' } }`;

const WORKFLOWS = {
  forked: DOCUMENT(`
  - first: ${call('first')}
  - both:
      fork:
        branches:
          - a: ${call('a')}
          - b: ${call('b')}
  - pause: { wait: { milliseconds: 60 } }
  - last: ${call('last')}
`),
  retried: DOCUMENT(`
  - stubborn:
      try:
        - flaky: ${call('flaky')}
      catch:
        errors: { with: { status: 503 } }
        retry: { delay: { milliseconds: 20 }, limit: { attempt: { count: 5 } } }
  - after: ${call('after')}
`),
  reviewed: DOCUMENT(`
  - before: ${call('before')}
  - ask: { call: 'human.review:1@default', with: { title: Right?, because: chaos, data: { total: '10' } } }
  - after: ${call('after')}
`),
  part: `
document: { dsl: '1.0.3', namespace: chaos, name: part, version: '1.0.0' }
do:
  - step: ${call('step')}
  - pause: { wait: { milliseconds: 30 } }
  - end: ${call('end')}
`,
  nested: DOCUMENT(`
  - alone: { run: { workflow: { namespace: chaos, name: part, version: latest }, await: false } }
  - part: { run: { workflow: { namespace: chaos, name: part, version: latest } } }
`),
  faulting: DOCUMENT(`
  - fine: ${call('fine')}
  - broken: ${call('broken')}
`),
};

/** Answers as a deterministic other side would: the same request, the same outcome. */
function answer({ input, attempt }: CallRequest): CallOutcome {
  const { uri } = input as { uri: string };
  const failed = (status: number, fate: 'transient' | 'permanent'): CallOutcome => ({
    status: 'failed',
    fate,
    error: { type: 'about:blank', status, title: 'No' },
  });
  if (uri.endsWith('/flaky') && attempt < 3) return failed(503, 'transient');
  if (uri.endsWith('/broken')) return failed(404, 'permanent');
  return { status: 'succeeded', output: { saw: uri } };
}

interface Expected {
  status: string;
  output: unknown;
}

const given = process.env.TUTTI_CHAOS_SEED;
const seeds = given ? [Number(given)] : Array.from({ length: 3 }, () => Math.floor(Math.random() * 2 ** 31));

describe('several orchestrators over a bad broker', () => {
  let database: TestHubDatabase;
  const expected = new Map<string, Expected>();
  const nested: string[] = [];

  beforeEach(async () => {
    database = await TestHubDatabase.open();
    expected.clear();
  });
  afterEach(() => database.close());

  it.each(seeds)(
    'end every run right, whatever comes twice or not at all (TUTTI_CHAOS_SEED=%d)',
    async (seed) => {
      const cluster = new ChaosCluster(database, seed, answer);
      try {
        cluster.startHost();
        await cluster.startOrchestrator();
        await cluster.startOrchestrator();
        const intake = startRuns(cluster);
        const person = decideReviews(cluster);
        await misfortune(cluster, 40);
        await intake;
        await eventually(allEnded, 60_000).catch((error: unknown) => describeStuck(error as Error));
        person.stop();
        await person.done;
        await eventually(async () => (await count('run_commands')) === 0);
        await expectInvariants(cluster);
        console.log(
          `seed ${seed}: ${cluster.performed} performed, ${cluster.redelivered} redelivered`,
          cluster.counters(),
        );
      } finally {
        await cluster.stop();
      }
    },
    180_000,
  );

  it('send again what the database says is outstanding when the broker loses everything', async () => {
    const cluster = new ChaosCluster(database, seeds[0] as number, answer);
    try {
      cluster.startHost();
      await cluster.startOrchestrator();
      await cluster.startOrchestrator();
      const intake = startRuns(cluster);
      const person = decideReviews(cluster);
      for (let i = 0; i < 3; i++) {
        await new Promise((next) => setTimeout(next, 300));
        cluster.broker.lose();
      }
      await intake;
      await eventually(allEnded, 60_000).catch((error: unknown) => describeStuck(error as Error));
      person.stop();
      await person.done;
      await eventually(async () => (await count('run_commands')) === 0);
      await expectInvariants(cluster);
    } finally {
      await cluster.stop();
    }
  }, 180_000);

  /** Starts runs of every kind; of some the acceptance never comes to the broker. */
  async function startRuns(cluster: ChaosCluster): Promise<void> {
    const kinds = {
      forked: await database.apply(WORKFLOWS.forked),
      retried: await database.apply(WORKFLOWS.retried),
      reviewed: await database.apply(WORKFLOWS.reviewed),
      faulting: await database.apply(WORKFLOWS.faulting),
      nested: await database.apply(WORKFLOWS.nested),
    };
    await database.apply(WORKFLOWS.part);
    const start = async (kind: keyof typeof kinds, retry?: string) => {
      // The API's connection is cut as well now and then; it then accepts another run.
      const accepted = await eventually(() =>
        database.accept(kinds[kind], { kind }, retry ? { of: retry, fromTask: null } : undefined),
      );
      expected.set(accepted.runId, expectedOf(kind));
      if (cluster.random() < 0.9) await cluster.api.publish(TOPICS.runInbox, [accepted]);
      return accepted.runId;
    };
    const faulted: string[] = [];
    nested.length = 0;
    for (let i = 0; i < 25; i++) {
      await start('forked');
      await start('retried');
      await start('reviewed');
      faulted.push(await start('faulting'));
      if (i % 2 === 0) nested.push(await start('nested'));
    }
    for (const id of faulted.slice(0, 10)) {
      await eventually(() => database.ended(id), 60_000);
      await start('faulting', id);
    }
  }

  /** A person over the API: the decision and its command are committed, the message is lost now and then. */
  function decideReviews(cluster: ChaosCluster): { stop: () => void; done: Promise<void> } {
    let stopped = false;
    const decide = async (review: { id: string; run_id: string }) => {
      const command = {
        kind: 'review.decided' as const,
        by: 'kim',
        reviewId: review.id,
        decision: {
          approved: true,
          data: { total: '12' },
          edits: [],
          by: 'kim',
          at: new Date().toISOString(),
        },
      };
      const commandId = await database.dataSource.transaction(async (manager) => {
        const [won] = (await manager.query(
          `WITH u AS (UPDATE reviews SET status = 'approved' WHERE id = $1 AND status = 'open' RETURNING id) SELECT id FROM u`,
          [review.id],
        )) as { id: string }[];
        if (!won) return null;
        return database.store.submitCommand(
          { workspaceId: 'default', runId: review.run_id },
          command,
          manager,
        );
      });
      if (commandId === null || cluster.random() < 0.2) return;
      await cluster.api.publish(TOPICS.runInbox, [
        { kind: 'run.commanded', runId: review.run_id, commandId, command },
      ]);
    };
    const work = async () => {
      while (!stopped) {
        const open = (await database.dataSource.query(
          `SELECT id, run_id FROM reviews WHERE status = 'open' LIMIT 5`,
        )) as { id: string; run_id: string }[];
        for (const review of open) await decide(review);
        await new Promise((next) => setTimeout(next, 20));
      }
    };
    return { stop: () => (stopped = true), done: work() };
  }

  /** Partitions move, processes die and come, the broker is away, connections break. */
  async function misfortune(cluster: ChaosCluster, times: number): Promise<void> {
    for (let i = 0; i < times; i++) {
      await new Promise((next) => setTimeout(next, cluster.random() * 80));
      const dice = cluster.random();
      if (dice < 0.45) cluster.broker.rebalance(TOPICS.runInbox);
      else if (dice < 0.55) cluster.broker.rebalance(TOPICS.calls);
      else if (dice < 0.7) {
        if (cluster.size > 1) cluster.killOrchestrator();
        if (cluster.size < 3) await cluster.startOrchestrator();
      } else if (dice < 0.8) {
        cluster.broker.away();
        await new Promise((next) => setTimeout(next, 50));
        cluster.broker.back();
      } else if (dice < 0.9) {
        await database.dataSource.query(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
           WHERE datname = current_database() AND application_name = 'tutti-hot' AND random() < 0.5`,
        );
      } else {
        await cluster.lookForOrphans().catch(() => undefined);
      }
    }
  }

  async function allEnded(): Promise<boolean> {
    const [row] = (await database.dataSource.query(
      `SELECT count(*)::int AS n FROM runs WHERE status NOT IN ('completed', 'faulted', 'cancelled')`,
    )) as { n: number }[];
    return row?.n === 0;
  }

  async function describeStuck(error: Error): Promise<never> {
    const stuck = await database.dataSource.query(
      `SELECT r.id, r.status, s.revision, s.wake_at, s.state, (SELECT json_agg(c) FROM run_commands c WHERE c.run_id = r.id) AS commands
       FROM runs r LEFT JOIN run_states s ON s.run_id = r.id WHERE status NOT IN ('completed', 'faulted', 'cancelled') LIMIT 5`,
    );
    throw new Error(`${error.message}\n${JSON.stringify(stuck, null, 1)}`);
  }

  async function count(table: string): Promise<number> {
    const [row] = (await database.dataSource.query(`SELECT count(*)::int AS n FROM ${table}`)) as {
      n: number;
    }[];
    return row?.n ?? -1;
  }

  async function expectInvariants(cluster: ChaosCluster): Promise<void> {
    for (const [id, { status, output }] of expected) {
      const run = await database.run(id);
      expect({ id, status: run?.status, output: JSON.parse(run?.output ?? 'null') as unknown }).toEqual({
        id,
        status,
        output,
      });
    }
    const children = (await database.dataSource.query(
      `SELECT p.parent_run_id AS id, count(*)::int AS children, count(*) FILTER (WHERE r.status = 'completed')::int AS completed
         FROM run_parents p JOIN runs r ON r.id = p.run_id GROUP BY p.parent_run_id ORDER BY id`,
    )) as { id: string }[];
    expect(children).toEqual([...nested].sort().map((id) => ({ id, children: 2, completed: 2 })));
    const gaps = await database.dataSource.query(
      `SELECT run_id FROM journal GROUP BY run_id HAVING count(*) <> max(sequence) OR min(sequence) <> 1`,
    );
    expect(gaps).toEqual([]);
    const rolled = await database.dataSource.query(
      `SELECT status, sum(runs)::int AS runs, sum((SELECT sum(d) FROM unnest(durations) AS u(d)))::int AS durations
       FROM run_minutes GROUP BY status ORDER BY status`,
    );
    const ended = await database.dataSource.query(
      'SELECT status, count(*)::int AS runs, count(*)::int AS durations FROM runs GROUP BY status ORDER BY status',
    );
    expect(rolled).toEqual(ended);
    expect(await count('run_states')).toBe(0);
    expect(await database.dataSource.query(`SELECT id FROM reviews WHERE status <> 'approved'`)).toEqual([]);
    expect([...cluster.keys.values()].filter((keys) => keys.size !== 1)).toEqual([]);
    expect([...cluster.firstSends].filter(([, times]) => times > 1)).toEqual([]);
    // Everybody who waits for an end hears of it.
    const heard = new Set(
      cluster.heard
        .filter(
          (message): message is RunChanged => message.kind === 'run.changed' && RUN_ENDED.has(message.status),
        )
        .map(({ runId }) => runId),
    );
    expect([...expected.keys()].filter((id) => !heard.has(id))).toEqual([]);
  }
});

function expectedOf(kind: Exclude<keyof typeof WORKFLOWS, 'part'>): Expected {
  const last = { forked: 'last', retried: 'after', reviewed: 'after', nested: 'end', faulting: '' }[kind];
  if (kind === 'faulting') return { status: 'faulted', output: null };
  return { status: 'completed', output: { saw: `http://stub/${last}` } };
}
