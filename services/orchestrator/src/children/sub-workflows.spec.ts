import { jest } from '@jest/globals';
import { type RunAccepted, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { eventually } from '@tutti/testing';
import type { RunRow, TestOrchestrator } from '../testing.js';
import { echo, silent, TestOrchestrators } from '../testing/orchestrators.js';

const WAIT_MS = 30_000;

let named = 0;
const name = (what: string) => `${what}-${(named += 1)}`;
const document = (called: string, tasks: string, metadata = '') => `
document: { dsl: '1.0.3', namespace: test, name: ${called}, version: '1.0.0'${metadata} }
do:
${tasks}`;
const runs = (called: string, more = '') =>
  `run: { workflow: { namespace: test, name: ${called}, version: latest, input: { n: '\${ .n }' } }${more} }`;

interface Child {
  run_id: string;
  position: string;
  is_told: boolean;
  depth: number;
  status: string;
  trigger: string;
  same_trace: boolean;
  under_parent: boolean;
}

describe('sub-workflows', () => {
  const hubs = TestOrchestrators.use();

  async function accept(tasks: string, input: unknown = { n: 1 }): Promise<RunAccepted> {
    return hubs.database.accept(await hubs.database.apply(document(name('parent'), tasks)), input);
  }

  async function run(hub: TestOrchestrator, tasks: string, input?: unknown): Promise<string> {
    const accepted = await accept(tasks, input);
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    return accepted.runId;
  }

  const ended = (id: string): Promise<RunRow> => eventually(() => hubs.database.ended(id), WAIT_MS);

  const childrenOf = async (id: string) =>
    (await hubs.database.dataSource.query(
      `SELECT p.run_id, p.position, p.is_told, p.depth, r.status, r.trigger, r.trace_id = o.trace_id AS same_trace,
         r.parent_span_id = o.root_span_id AS under_parent
         FROM run_parents p JOIN runs r ON r.id = p.run_id JOIN runs o ON o.id = p.parent_run_id
        WHERE p.parent_run_id = $1 ORDER BY p.position, p.run_id`,
      [id],
    )) as Child[];

  const commandsFor = async (id: string) =>
    (await hubs.database.dataSource.query('SELECT command FROM run_commands WHERE run_id = $1', [
      id,
    ])) as object[];

  const child = async (tasks: string, metadata = '') => {
    const called = name('child');
    await hubs.database.apply(document(called, tasks, metadata));
    return called;
  };

  it('runs another workflow, and takes its output', async () => {
    const called = await child(`  - a: { set: { doubled: '\${ .n * 2 }' } }`);
    const hub = await hubs.start(echo);
    const id = await run(hub, `  - sub: { ${runs(called)} }`, { n: 21 });
    expect(await ended(id)).toMatchObject({ status: 'completed', output: '{"doubled":42}' });
    expect(await childrenOf(id)).toEqual([
      expect.objectContaining({
        position: '/do/0/sub',
        is_told: true,
        depth: 1,
        status: 'completed',
        trigger: 'workflow',
        same_trace: true,
        under_parent: true,
      }),
    ]);
    expect(await commandsFor(id)).toEqual([]);
  });

  it('shares runs out between the current version and a canary, unless the task names one', async () => {
    const called = name('child');
    const current = await hubs.database.apply(document(called, `  - a: { set: { version: current } }`));
    const tasksOfOther = `  - a: { set: { version: canary } }`;
    const other = await hubs.database.apply(document(name('child'), tasksOfOther));
    await hubs.database.dataSource.query(
      `WITH moved AS (UPDATE workflow_versions SET workflow_id = $1, version = '2.0.0', number = 2 WHERE id = $2)
       UPDATE workflows SET canary_version_id = $2, canary_percent = 50, canary_since = clock_timestamp() WHERE id = $1`,
      [current.workflowId, other.versionId],
    );
    const hub = await hubs.start(echo);
    const tasks = Array.from({ length: 40 }, (_, n) => `{ sub${n}: { ${runs(called)} } }`);
    const id = await run(hub, `  - all: { fork: { branches: [ ${tasks.join(', ')} ] } }`);
    const named = await run(hub, `  - sub: { ${runs(called).replace('latest', "'1.0.0'")} }`);
    for (const one of [id, named]) await ended(one);
    const children = (of: string) =>
      hubs.database.dataSource.query(
        `SELECT r.trigger, r.output, r.workflow_version_id = $2 AS canary
         FROM run_parents p JOIN runs r ON r.id = p.run_id WHERE p.parent_run_id = $1`,
        [of, other.versionId],
      ) as Promise<{ trigger: string; output: string; canary: boolean }[]>;
    const found = await children(id);
    expect(new Set(found.map(({ canary }) => canary))).toEqual(new Set([true, false]));
    for (const { trigger, output, canary } of found)
      expect([trigger, output]).toEqual(['workflow', `{"version":"${canary ? 'canary' : 'current'}"}`]);
    expect(await children(named)).toEqual([
      { trigger: 'workflow:1.0.0', output: '{"version":"current"}', canary: false },
    ]);
  });

  it('faults the task with the error of the child, which a try catches', async () => {
    const called = await child(
      `  - a: { raise: { error: { type: 'https://x.y/bad', status: 409, title: Bad, detail: so it is } } }`,
    );
    const hub = await hubs.start(echo);
    const faulted = await run(hub, `  - sub: { ${runs(called)} }`);
    const row = await ended(faulted);
    expect(row.status).toBe('faulted');
    expect(JSON.parse(row.error ?? '')).toEqual({
      type: 'https://x.y/bad',
      status: 409,
      title: 'Bad',
      detail: 'so it is',
      instance: '/do/0/sub',
    });
    const caught = await run(
      hub,
      `  - safe:
      try:
        - sub: { ${runs(called)} }
      catch: { errors: { with: { status: 409 } }, do: [ { ok: { set: { caught: '\${ $error.detail }' } } } ] }`,
    );
    expect(await ended(caught)).toMatchObject({ status: 'completed', output: '{"caught":"so it is"}' });
  });

  it('goes on at once when it does not wait, and the child lives on by itself', async () => {
    const called = await child(`  - a: { wait: PT1H }`);
    const hub = await hubs.start(echo);
    const id = await run(hub, `  - sub: { ${runs(called, ', await: false')} }`, { n: 7 });
    expect(await ended(id)).toMatchObject({ status: 'completed', output: '{"n":7}' });
    expect(await childrenOf(id)).toEqual([expect.objectContaining({ is_told: false })]);
    const [started_] = await childrenOf(id);
    await eventually(
      async () => (await hubs.database.run(started_?.run_id ?? ''))?.status === 'waiting',
      WAIT_MS,
    );
  });

  it('faults with what is wrong when the workflow cannot be run, and others of the turn go on', async () => {
    const known = await child(`  - a: { set: { ok: true } }`);
    const disabled = await child(`  - a: { set: { ok: true } }`);
    const unpublished = await child(`  - a: { set: { ok: true } }`);
    await hubs.database.dataSource.query(
      `UPDATE workflows SET enabled = false, disabled_reason = 'too dear' WHERE name = $1`,
      [disabled],
    );
    await hubs.database.dataSource.query('UPDATE workflows SET current_version_id = NULL WHERE name = $1', [
      unpublished,
    ]);
    const hub = await hubs.start(echo);
    const cases: [string, string][] = [
      [runs('nobody'), 'There is no workflow test/nobody. Apply it, then retry this run'],
      [runs(known).replace('latest', "'9.9.9'"), `The workflow test/${known} has no version 9.9.9`],
      [
        runs(disabled),
        `The workflow test/${disabled} is disabled (too dear). Enable it, then retry this run`,
      ],
      [runs(unpublished, ', await: false'), `The workflow test/${unpublished} has no published version`],
    ];
    const wrong = await Promise.all(cases.map(([task]) => accept(`  - sub: { ${task} }`)));
    const right = await accept(`  - sub: { ${runs(known).replace('latest', "'1.0.0'")} }`);
    await hub.bus.publish(TOPICS.runInbox, [...wrong, right]);
    for (const [i, { runId }] of wrong.entries()) {
      const { status, error } = await ended(runId);
      expect({ status, ...(JSON.parse(error ?? '') as object) }).toMatchObject({
        status: 400,
        type: 'https://serverlessworkflow.io/spec/1.0.0/errors/configuration',
        detail: cases[i]?.[1],
        instance: '/do/0/sub',
      });
      expect(await childrenOf(runId)).toEqual([]);
    }
    expect(await ended(right.runId)).toMatchObject({ status: 'completed', output: '{"ok":true}' });
  });

  it('decides anew when the workflow is disabled just before the commit', async () => {
    const called = await child(`  - a: { set: { ok: true } }`);
    const ask = hubs.database.pool.query.bind(hubs.database.pool) as (
      ...given: unknown[]
    ) => Promise<unknown>;
    const asked = jest.spyOn(hubs.database.pool, 'query').mockImplementation((async (...given: unknown[]) => {
      const answer = await ask(...given);
      if ((given[0] as { name?: string }).name === 'startable')
        await ask('UPDATE workflows SET enabled = false WHERE name = $1', [called]);
      return answer;
    }) as never);
    try {
      const hub = await hubs.start(echo);
      const id = await run(hub, `  - sub: { ${runs(called)} }`);
      const row = await ended(id);
      expect(row.error).toContain(`The workflow test/${called} is disabled`);
      expect(await childrenOf(id)).toEqual([]);
    } finally {
      asked.mockRestore();
    }
  });

  it('ends a workflow that runs itself for ever, and names the limit', async () => {
    const called = name('self');
    const workflow = await hubs.database.apply(document(called, `  - again: { ${runs(called)} }`));
    const hub = await hubs.start(echo);
    const accepted = await hubs.database.accept(workflow, { n: 1 });
    await hub.bus.publish(TOPICS.runInbox, [accepted]);
    const { status, error } = await ended(accepted.runId);
    expect(status).toBe('faulted');
    expect(error).toContain('the limit subWorkflowDepth: at most 16 runs inside one another');
    const [deepest] = (await hubs.database.dataSource.query(
      'SELECT max(depth)::int AS depth, count(*)::int AS runs FROM run_parents p JOIN runs r ON r.id = p.run_id WHERE r.workflow_id = $1',
      [workflow.workflowId],
    )) as { depth: number; runs: number }[];
    expect(deepest).toEqual({ depth: 16, runs: 16 });
  });

  describe('when the run that started them ends or gives them up', () => {
    const statusOf = async (id: string) => (await hubs.database.run(id))?.status;
    const waitsFor = (id: string, count: number) =>
      eventually(async () => {
        const children = await childrenOf(id);
        return children.length === count && children.every(({ status }) => status === 'waiting');
      }, WAIT_MS);

    async function cancel(hub: TestOrchestrator, runId: string): Promise<void> {
      const command = { kind: 'cancel' as const, by: 'ann' };
      const commandId = await hubs.database.store.submitCommand({ workspaceId: 'default', runId }, command);
      await hub.bus.publish(TOPICS.runInbox, [{ kind: 'run.commanded', runId, commandId, command }]);
    }

    it('cancels those that are waited for, and those inside them; others live on unless told', async () => {
      const innermost = await child(`  - a: { wait: PT1H }`);
      const middle = await child(`  - b: { ${runs(innermost)} }`);
      const follower = `${runs(innermost, ', await: false')}, metadata: { tutti: { run: { cascade: cancel } } }`;
      const left = `${runs(innermost)}, metadata: { tutti: { run: { cascade: leave } } }`;
      const hub = await hubs.start(echo);
      const id = await run(
        hub,
        `  - alone: { ${runs(innermost, ', await: false')} }
  - follows: { ${follower} }
  - both:
      fork: { branches: [ { sub: { ${runs(middle)} } }, { left: { ${left} } } ] }`,
      );
      await eventually(async () => (await childrenOf(id)).length === 4, WAIT_MS);
      const of = Object.fromEntries((await childrenOf(id)).map((one) => [one.position, one.run_id]));
      const middleId = of['/do/2/both/fork/branches/0/sub'] as string;
      await eventually(async () => (await childrenOf(middleId)).length === 1, WAIT_MS);
      await cancel(hub, id);
      expect(await ended(id)).toMatchObject({ status: 'cancelled' });
      const [inner] = await childrenOf(middleId);
      for (const gone of [middleId, inner?.run_id ?? '', of['/do/1/follows'] ?? ''])
        expect(await ended(gone)).toMatchObject({ status: 'cancelled' });
      for (const living of [of['/do/0/alone'] ?? '', of['/do/2/both/fork/branches/1/left'] ?? ''])
        await eventually(async () => (await statusOf(living)) === 'waiting', WAIT_MS);
      const [row] = (await hubs.database.dataSource.query(
        'SELECT entries FROM journal WHERE run_id = $1 AND sequence = 2',
        [middleId],
      )) as { entries: string }[];
      expect(row?.entries).toContain(`run:${id}`);
    });

    it('cancels one whose task timed out, or whose branch lost', async () => {
      const slow = await child(`  - a: { wait: PT1H }`);
      const hub = await hubs.start(silent);
      const timed = await run(hub, `  - sub: { ${runs(slow)}, timeout: { after: PT0.2S } }`);
      expect((await ended(timed)).error).toContain('errors/timeout');
      const raced = await run(
        hub,
        `  - race:
      fork: { compete: true, branches: [ { sub: { ${runs(slow)} } }, { quick: { wait: PT0.2S } } ] }`,
      );
      expect(await ended(raced)).toMatchObject({ status: 'completed' });
      for (const id of [timed, raced]) {
        const [lost] = await childrenOf(id);
        expect(await ended(lost?.run_id ?? '')).toMatchObject({ status: 'cancelled' });
      }
    });

    it('never starts one whose branch lost in the same turn', async () => {
      const slow = await child(`  - a: { wait: PT1H }`);
      const hub = await hubs.start(silent);
      const raced = await run(
        hub,
        `  - race:
      fork: { compete: true, branches: [ { sub: { ${runs(slow)} } }, { quick: { set: { won: true } } } ] }`,
      );
      expect(await ended(raced)).toMatchObject({ status: 'completed', output: '{"won":true}' });
      expect(await childrenOf(raced)).toEqual([]);
    });

    it('tells of one that a person cancelled', async () => {
      const slow = await child(`  - a: { wait: PT1H }`);
      const hub = await hubs.start(silent);
      const id = await run(hub, `  - sub: { ${runs(slow)} }`);
      await waitsFor(id, 1);
      const [one] = await childrenOf(id);
      await cancel(hub, one?.run_id ?? '');
      expect((await ended(id)).error).toContain(`The run ${one?.run_id} of test/${slow} was cancelled`);
    });

    it('cancels one that waits for its place, which then never begins', async () => {
      const limited = await child(
        `  - a: { set: { ok: true } }`,
        ', metadata: { tutti: { concurrency: 1 } }',
      );
      const hub = await hubs.start(silent);
      const id = await run(hub, `  - sub: { ${runs(limited)} }`);
      await eventually(async () => (await childrenOf(id))[0]?.status === 'pending', WAIT_MS);
      await cancel(hub, id);
      const [one] = await childrenOf(id);
      expect(await ended(one?.run_id ?? '')).toMatchObject({ status: 'cancelled' });
      expect(await commandsFor(one?.run_id ?? '')).toEqual([]);
    });
  });

  describe('after a crash', () => {
    /** An orchestrator that dies before it sends messages of one kind that follow from its turns. */
    async function dying(kind: 'run.accepted' | 'run.commanded'): Promise<TestOrchestrator> {
      const hub = hubs.make(echo);
      const publish = hub.bus.publish.bind(hub.bus);
      jest.spyOn(hub.bus, 'publish').mockImplementation((topic, messages) => {
        const sent = (messages as readonly RunInboxMessage[]).filter(
          (message) =>
            message.kind !== kind || (message.kind === 'run.accepted' && message.parent === undefined),
        );
        return publish(topic, sent as typeof messages);
      });
      await hub.start();
      return hub;
    }

    it('begins a run that was stored and never sent, once', async () => {
      const called = await child(`  - a: { set: { ok: true } }`);
      const dead = await dying('run.accepted');
      const id = await run(dead, `  - sub: { ${runs(called)} }`);
      await eventually(async () => (await childrenOf(id)).length === 1, WAIT_MS);
      await dead.stop();
      expect(await hubs.database.ended(id)).toBeUndefined();
      await hubs.start(echo);
      expect(await ended(id)).toMatchObject({ status: 'completed', output: '{"ok":true}' });
      expect(await childrenOf(id)).toHaveLength(1);
    });

    it('hears of the end of a run that nobody told it of', async () => {
      const called = await child(`  - a: { set: { ok: true } }`);
      const dead = await dying('run.commanded');
      const id = await run(dead, `  - sub: { ${runs(called)} }`);
      await eventually(async () => (await childrenOf(id))[0]?.status === 'completed', WAIT_MS);
      await dead.stop();
      expect(await hubs.database.ended(id)).toBeUndefined();
      await hubs.start(echo);
      expect(await ended(id)).toMatchObject({ status: 'completed', output: '{"ok":true}' });
    });
  });

  it('starts a new run when the parent is retried', async () => {
    const called = await child(
      `  - a: { raise: { error: { type: 'https://x.y/bad', status: 409, title: Bad } } }`,
    );
    const hub = await hubs.start(echo);
    const workflow = await hubs.database.apply(document(name('parent'), `  - sub: { ${runs(called)} }`));
    const first = await hubs.database.accept(workflow, { n: 1 });
    await hub.bus.publish(TOPICS.runInbox, [first]);
    await ended(first.runId);
    const again = await hubs.database.accept(workflow, { n: 1 }, { of: first.runId, fromTask: null });
    await hub.bus.publish(TOPICS.runInbox, [again]);
    await ended(again.runId);
    const ids = [...(await childrenOf(first.runId)), ...(await childrenOf(again.runId))].map(
      ({ run_id }) => run_id,
    );
    expect(new Set(ids).size).toBe(2);
  });
});
