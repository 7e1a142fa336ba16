import { describe, expect, test } from '@jest/globals';
import { RUN_ENDED, type RunCommand } from '@tutti/contracts';
import fc from 'fast-check';
import { connection, define, Driver, failed, RUN_ID, STARTED_AT, throughJson } from '../test/driver.js';
import { randomMoves } from '../test/random-moves.js';
import { type Move, type RandomRun, randomRun } from '../test/random-run.js';
import { type RandomWorkflow, randomWorkflow } from '../test/random-workflow.js';
import {
  decideOver,
  migrationBlocks,
  replay,
  restore,
  RestoreError,
  type RunDefinition,
  type RunState,
} from './index.js';
import { migrate } from './migrate.js';

const RUNS = Number(process.env.ENGINE_RUNS ?? 150);
const SEED = Number(process.env.ENGINE_SEED ?? Math.floor(Math.random() * 2 ** 31));
console.log(`migrations: ENGINE_SEED=${SEED} ENGINE_RUNS=${RUNS}`);

const NEW_RUN = { id: `${RUN_ID.slice(0, -1)}2`, workspaceId: 'w', startedAt: STARTED_AT, trigger: 'retry' };
const setup = { connections: [connection('erp', ['erp.pay', 'erp.find'], 'write')] };

function version(yaml: string, versionId: string, of = setup): RunDefinition {
  const definition = define(yaml, of);
  return { ...definition, identity: { ...definition.identity, version: versionId, versionId } };
}

const commandOf = (from: RunDefinition, to: RunDefinition): Extract<RunCommand, { kind: 'migrate' }> => ({
  kind: 'migrate',
  by: 'ann',
  from: from.identity,
  to: to.identity,
});

/** The driver of a run, and another one that goes on where it stands, with the other version. */
function migrated(driver: Driver, to: RunDefinition): Driver {
  const from = driver.definition;
  const command = commandOf(from, to);
  const decision = migrate({ state: driver.state, from, to, nowMs: driver.now }, command);
  expect(decision.entries).toEqual([
    { kind: 'run.migrated', at: driver.now, by: 'ann', from: from.identity, to: to.identity },
  ]);
  const next = new Driver(to);
  next.state = throughJson(decision.state);
  next.now = driver.now;
  next.history.push(...driver.history, { event: { kind: 'command', command }, at: driver.now });
  next.entries.push(...driver.entries, ...decision.entries);
  next.effects.push(...driver.effects);
  return next;
}

function reasonsOf(driver: Driver, to: RunDefinition): string[] {
  return migrationBlocks(driver.state as RunState, driver.definition, to).map(({ position, reason }) =>
    `${position} ${reason}`.trim(),
  );
}

const start = (tasks: string, input: unknown = {}) => new Driver(version(tasks, 'a')).start(input);

describe('a run that is migrated', () => {
  test('waits on, and then does what the new version says', () => {
    const driver = start('- w: { wait: PT1H }\n- s: { set: { n: 1 } }');
    const next = migrated(
      driver,
      version('- w: { wait: PT2H }\n- t: { set: { n: 2 } }\n- u: { set: { m: 3 } }', 'b'),
    );
    next.after(3_600_000);
    expect(next.ran).toEqual(['w', 't', 'u']);
    expect(next.output).toEqual({ m: 3 });
  });

  test('keeps its review, which is decided as before', () => {
    const ask = '- ask: { call: human.review:1@default, with: { data: 1 } }';
    const driver = start(ask);
    const next = migrated(
      driver,
      version(`- before: { set: { n: 1 } }\n${ask}\n- end: { set: '\${ . }' }`, 'b'),
    );
    next.review({ approved: true }, driver.openReview);
    expect(next.ran).toEqual(['ask', 'end']);
    expect(next.status).toBe('completed');
  });

  test('goes on behind tasks that were put before it or taken away, and repeats no position', () => {
    const tasks = (names: string[]) =>
      names
        .map((name) =>
          name === 'wait' ? '- wait: { wait: PT1S }' : `- ${name}: { call: erp.pay:1@default }`,
        )
        .join('\n');
    const driver = start(tasks(['x', 'pay', 'wait', 'y']))
      .answer(1)
      .answer(2);
    // In the new version `pay` stands behind the wait, at the place where it stood before it.
    const next = migrated(driver, version(tasks(['wait', 'pay', 'z']), 'b'));
    next.after(1_000);
    expect(next.call.task).toBe('/do/1/pay');
    const first = driver.calls.find(({ taskName }) => taskName === 'pay');
    expect(first?.position).toBe('/do/1/pay');
    expect(next.call.position).not.toBe(first?.position);
    expect(next.call.idempotencyKey).not.toBe(first?.idempotencyKey);
    next.answer(3).answer(4);
    expect(next.status).toBe('completed');
  });

  test('goes on inside loops, forks and tries', () => {
    const tasks = (more: string) => `
      - all:
          fork:
            branches:
              - one:
                  do:
                    ${more}
                    - loop:
                        for: { each: n, in: '[1, 2]' }
                        do:
                          - t: { try: [ { w: { wait: PT1S } } ], catch: { errors: { with: { status: 500 } } } }
                          - v: { set: { n: '\${ $n }' } }
              - two: { wait: PT1H }`;
    const driver = start(tasks('')).after(1_000);
    const next = migrated(driver, version(tasks('- first: { set: { x: 1 } }'), 'b'));
    next.after(1_000).after(3_600_000);
    expect(next.status).toBe('completed');
    expect(next.positions.slice(-2)).toEqual([
      '/do/0/all/fork/branches/0/one/do/0/loop[1]/do/0/t/try/0/w',
      '/do/0/all/fork/branches/0/one/do/0/loop[1]/do/1/v',
    ]);
  });

  test('is refused while a call is outstanding, and not while it waits for its next attempt', () => {
    const call = '- c: { call: http, with: { method: get, endpoint: "http://x/" } }';
    const driver = start(
      `- t: { try: [ ${call.slice(2).replace('c:', '{ c:')} } ], catch: { retry: { delay: PT1M } } }`,
    );
    const to = version(
      `- t: { try: [ ${call.slice(2).replace('c:', '{ c:')} }, { s: { set: { n: 9 } } } ], catch: { retry: { delay: PT1M } } }`,
      'b',
    );
    expect(reasonsOf(driver, to)).toEqual(['/do/0/t/try/0/c has a call outstanding: wait for its answer']);
    driver.settle(failed('permanent', { status: 503 }));
    const next = migrated(driver, to).after(60_000);
    next.answer({ ok: 1 });
    expect(next.output).toEqual({ n: 9 });
  });

  test.each([
    ['- s: { set: { n: 1 } }', '/do/0/w is active, and not in the new version'],
    ['- w: { set: { n: 1 } }', '/do/0/w is active, and of another type in the new version (set, not wait)'],
    ['- w: { wait: PT1H, input: { from: .x } }', '/do/0/w is active, and its input differs'],
    [
      'input: { schema: { document: { type: object, required: [n] } } }\ndo:\n  - w: { wait: PT1H }',
      'has an input that the new version refuses: it',
    ],
    ['input: { from: .x }\ndo:\n  - w: { wait: PT1H }', 'began with another input.from'],
  ])('stays where %s', (tasks, reason) => {
    const [first, ...more] = reasonsOf(start('- w: { wait: PT1H }'), version(tasks, 'b'));
    expect(first).toContain(reason);
    expect(more).toEqual([]);
  });

  test.each([
    [
      "- l: { for: { in: '[1, 2]' }, do: [ { w: { wait: PT1H } } ] }",
      "- l: { for: { in: '[1, 2, 3]' }, do: [ { w: { wait: PT1H } } ] }",
      'is at work, and loops in another way',
    ],
    [
      '- f: { fork: { branches: [ { a: { wait: PT1H } }, { b: { wait: PT1H } } ] } }',
      '- f: { fork: { branches: [ { a: { wait: PT1H } } ] } }',
      'is at work, and has other branches',
    ],
    [
      '- f: { fork: { compete: true, branches: [ { a: { wait: PT1H } }, { b: { wait: PT1H } } ] } }',
      '- f: { fork: { branches: [ { a: { wait: PT1H } }, { b: { wait: PT1H } } ] } }',
      'is at work, and has other branches',
    ],
    [
      '- t: { try: [ { r: { raise: { error: { type: "https://x.y/z", status: 500 } } } } ], catch: { do: [ { w: { wait: PT1H } } ] } }',
      '- t: { try: [ { r: { raise: { error: { type: "https://x.y/z", status: 500 } } } } ], catch: { errors: { with: { status: 1 } } } }',
      'handles an error, and does so in another way in the new version',
    ],
  ])('stays when the structure around it changed: %s', (before, after, reason) => {
    expect(reasonsOf(start(before), version(after, 'b')).join()).toContain(reason);
  });

  const RETRY = 'catch: { retry: { delay: PT1M, limit: { attempt: { count: 3 } } } }';
  const POST = 'call: http, with: { method: post, endpoint: "http://c/" }, timeout: { after: PT5S }';
  const CHARGE = `charge: { ${POST}, metadata: { tutti: { effect: write } } }`;
  const NOTIFY = 'notify: { call: http, with: { method: get, endpoint: "http://n/" } }';
  const trying = (names: string[], clause = RETRY) =>
    `- t: { try: [ ${names.map((name) => `{ ${name} }`).join(', ')} ], ${clause} }`;
  const SET = 's: { set: { n: 1 } }';
  const INNER = (task: string) => `d: { do: [ { ${task} }, { ${NOTIFY} } ] }`;
  const REPEATS = 'is not at the same place, or of another type, in the new version: a write that was made';
  const inDelay = (names: string[]) =>
    start(trying(names))
      .answer({ paid: 1 })
      .settle(failed('permanent', { status: 503 }));

  test.each([
    { one: 'put before them', to: [SET, CHARGE, NOTIFY], place: 'try/0/charge' },
    { one: 'put between them', to: [CHARGE, SET, NOTIFY], place: 'try/1/notify' },
    {
      one: 'put before them further inside',
      from: [INNER(CHARGE)],
      to: [`d: { do: [ { ${SET} }, { ${CHARGE} }, { ${NOTIFY} } ] }`],
      place: 'try/0/d/do/0/charge',
    },
    { one: 'taken away', to: [CHARGE], place: 'try/1/notify' },
    { one: 'made another', to: [CHARGE.replace('charge', 'pay'), NOTIFY], place: 'try/0/charge' },
    { one: 'given another type', to: ['charge: { set: { n: 1 } }', NOTIFY], place: 'try/0/charge' },
  ])('stays in a try that will come to its tasks again when one was $one', ({ from, to, place }) => {
    const [first, ...more] = reasonsOf(inDelay(from ?? [CHARGE, NOTIFY]), version(trying(to), 'b'));
    expect(first).toContain(`/do/0/t may run its tasks again, and /do/0/t/${place} ${REPEATS}`);
    expect(more).toEqual([]);
  });

  test('stays in a try that is at work, and that only the new version retries', () => {
    const wait = 'w: { wait: PT1H }';
    const clause = 'catch: { errors: { with: { status: 500 } } }';
    const driver = start(trying([CHARGE, wait], clause)).answer({ paid: 1 });
    expect(reasonsOf(driver, version(trying([SET, CHARGE, wait]), 'b')).join()).toContain(REPEATS);
    expect(reasonsOf(driver, version(trying([SET, CHARGE, wait], clause), 'b'))).toEqual([]);
  });

  test('asks about a write that was given up before the try with it moved', () => {
    const outer = (tasks: string) => `- o: { try: [ ${tasks} ], catch: { errors: { with: { status: 1 } } } }`;
    const inner = `{ ${trying([CHARGE]).slice(2)} }`;
    const driver = start(outer(inner)).after(5_000);
    expect(JSON.stringify(driver.state)).toContain('"open"');
    const next = migrated(driver, version(outer(`{ ${SET} }, ${inner}`), 'b')).after(60_000);
    expect(next.calls).toHaveLength(1);
    expect(next.openReview.because).toContain('it was given up while it was under way');
  });

  test('stays where a write was given up that only the new version might make again', () => {
    const inTime = `d: { do: [ { ${CHARGE} } ], timeout: { after: PT5S } }`;
    const caught = `{ c: { try: [ { ${inTime} } ], catch: {} } }, { w: { wait: PT1H } }`;
    const outer = (clause: string) => `- o: { try: [ ${caught} ], catch: { ${clause} } }`;
    const [never, retrying] = ['errors: { with: { status: 1 } }', 'retry: {}'];
    const driver = start(outer(never)).after(5_000);
    expect(reasonsOf(driver, version(outer(retrying), 'b')).join()).toContain(
      '/do/0/o gave up a write of which nobody knows whether it happened',
    );
    expect(reasonsOf(driver, version(outer('errors: { with: { status: 2 } }'), 'b'))).toEqual([]);
    const answered = start(outer(never)).answer({ paid: 1 });
    expect(reasonsOf(answered, version(outer(retrying), 'b'))).toEqual([]);
  });

  test('makes a call again with its key when the places in its try are the same', () => {
    const driver = inDelay([CHARGE, NOTIFY]);
    const next = migrated(driver, version(`- first: ${SET.slice(3)}\n${trying([CHARGE, NOTIFY, SET])}`, 'b'));
    next.after(60_000);
    const keys = next.calls
      .filter(({ taskName }) => taskName === 'charge')
      .map((call) => call.idempotencyKey);
    expect(keys).toEqual(Array(2).fill(`${RUN_ID}:/do/0/t/try/0/charge`));
  });

  test('has its refusal in the journal, and goes on as before', () => {
    const driver = start('- w: { wait: PT1H }\n- s: { set: { n: 1 } }');
    const from = driver.definition;
    const to = version('- s: { set: { n: 1 } }', 'b');
    const event = { kind: 'command' as const, command: commandOf(from, to) };
    const versions = new Map([
      ['a', from],
      ['b', to],
    ]);
    const { state, now: nowMs } = driver;
    const over = decideOver({ definition: from, versions, state, nowMs }, event);
    expect(over.definition).toBe(from);
    expect(over.decision.state).toEqual(driver.state);
    expect(over.decision.entries).toMatchObject([
      {
        kind: 'run.migration-refused',
        by: 'ann',
        reasons: ['/do/0/w is active, and not in the new version'],
      },
    ]);
    const history = [...driver.history, { event, at: driver.now }];
    expect(replay(from, history, versions)).toEqual(driver.state);
  });

  test('ignores a command for a version that it is not on, and one that came twice', () => {
    const driver = start('- w: { wait: PT1H }');
    const to = version('- w: { wait: PT2H }', 'b');
    const other = version('- w: { wait: PT3H }', 'c');
    const at = { state: driver.state, from: driver.definition, nowMs: driver.now };
    expect(migrate({ ...at, to }, commandOf(other, to)).ignored).toContain('not on the version');
    const next = migrated(driver, to);
    const again = { state: next.state, from: to, to, nowMs: next.now };
    expect(migrate(again, commandOf(driver.definition, to)).ignored).toContain('on this version already');
    next.command({ kind: 'cancel', by: 'ann' });
    expect(migrate({ ...again, state: next.state, to: other }, commandOf(to, other)).ignored).toContain(
      'cancelled',
    );
  });

  test('is replayed over both versions, and retried from a task of either', () => {
    const pay = '- pay: { call: erp.pay:1@default }';
    const find = '- find: { call: erp.find:1@default }';
    const driver = start(`${find}\n- w: { wait: PT1S }\n${pay}`).answer({ found: 1 });
    const to = version(`${find}\n- w: { wait: PT1S }\n- s: { set: { n: 2 } }\n${pay}`, 'b');
    const next = migrated(driver, to).after(1_000);
    next.settle(failed('permanent', { status: 422 }));
    expect(next.status).toBe('faulted');
    const versions = new Map([['a', driver.definition]]);
    const history = throughJson(next.history);
    expect(throughJson(replay(to, history, versions))).toEqual(throughJson(next.state));
    const retried = (fromTask?: string) => {
      const again = new Driver(to);
      again.send({ kind: 'restored', run: NEW_RUN, state: restore(to, history, { fromTask, versions }) });
      return again;
    };
    expect(retried().ran).toEqual(['pay']);
    const early = retried('/do/0/find').answer({ found: 2 }).after(1_000);
    expect(early.ran).toEqual(['find', 'w', 's', 'pay']);
  });

  test('is not retried from a task from which the new version cannot go on', () => {
    const driver = start('- x: { set: { n: 1 } }\n- w: { wait: PT1S }');
    const to = version(
      '- w: { wait: PT1S }\n- r: { raise: { error: { type: "https://x.y/z", status: 500 } } }',
      'b',
    );
    const next = migrated(driver, to).after(1_000);
    const versions = new Map([['a', driver.definition]]);
    const act = () => restore(to, next.history, { fromTask: '/do/0/x', versions });
    expect(act).toThrow(RestoreError);
    expect(act).toThrow('The run was migrated to version b after that task');
  });
});

describe('any run', () => {
  const check = (property: (workflow: RandomWorkflow, moves: Move[]) => void) =>
    fc.assert(fc.property(randomWorkflow, randomMoves, property), {
      seed: SEED,
      numRuns: RUNS,
      interruptAfterTimeLimit: 20_000,
    });

  /** Moves a run to another version in the middle; false when something keeps it where it is. */
  function move(run: RandomRun, to: RunDefinition): boolean {
    const { definition: from, state, now } = run;
    const decision = migrate({ state, from, to, nowMs: now }, commandOf(from, to));
    if (!decision.entries.some(({ kind }) => kind === 'run.migrated')) return false;
    run.state = throughJson(decision.state as RunState);
    run.history.push({ event: { kind: 'command', command: commandOf(from, to) }, at: now });
    (run as { definition: RunDefinition }).definition = to;
    return true;
  }

  test('behaves the same when it is migrated to a version with the same content', () => {
    check(({ yaml, setup: of }, steps) => {
      const [a, b] = [version(yaml, 'a', of as never), version(yaml, 'b', of as never)];
      const half = Math.floor(steps.length / 2);
      const plain = randomRun(a, steps.slice(0, half));
      const other = randomRun(a, steps.slice(0, half));
      if (!move(other, b)) return;
      for (const run of [plain, other]) {
        for (const step of steps.slice(half)) run.move(step);
        run.finish();
      }
      expect(throughJson(other.state)).toEqual(throughJson(plain.state));
      expect(other.entries).toEqual(plain.entries);
      expect(other.effects).toEqual(plain.effects);
      expect(throughJson(replay(b, throughJson(other.history), new Map([['a', a]])))).toEqual(
        throughJson(other.state),
      );
    });
  });

  test('goes on to an end, with a key for each position, when tasks are put before and behind', () => {
    check(({ yaml, setup: of }, steps) => {
      const document = JSON.parse(yaml) as { do: object[] };
      const more = {
        ...document,
        do: [{ early: { set: { e: 1 } } }, ...document.do, { late: { set: { l: 1 } } }],
      };
      const [a, b] = [version(yaml, 'a', of as never), version(JSON.stringify(more), 'b', of as never)];
      const half = Math.floor(steps.length / 2);
      const run = randomRun(a, steps.slice(0, half));
      if (RUN_ENDED.has(run.state.status) || !move(run, b)) return;
      for (const step of steps.slice(half)) run.move(step);
      run.finish();
      expect(RUN_ENDED.has(run.state.status)).toBe(true);
      const tasks = new Map<string, string>();
      for (const { position, idempotencyKey, taskName } of run.calls) {
        const call = `${taskName} ${idempotencyKey}`;
        expect(tasks.get(position) ?? call).toBe(call);
        tasks.set(position, call);
      }
      const versions = new Map([['a', a]]);
      expect(throughJson(replay(b, throughJson(run.history), versions))).toEqual(throughJson(run.state));
    });
  });
});
