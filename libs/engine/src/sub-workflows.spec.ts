import { describe, expect, test } from '@jest/globals';
import type { ChildEnded, Problem } from '@tutti/contracts';
import { Driver } from '../test/driver.js';
import { awaitedRuns, restore, runsToCancel, wakeAt, type RunStartEffect } from './index.js';

const UUID7 = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const run = (more = '') =>
  `run: { workflow: { namespace: sub, name: flow, version: latest, input: { n: '\${ .n }' } }${more} }`;
const workflow = { namespace: 'sub', name: 'flow', version: '2.0.0' };
const follows = `${run(', await: false')}, metadata: { tutti: { run: { cascade: cancel } } }`;

/** Answers for the hub. */
class Parent extends Driver {
  get asked(): RunStartEffect[] {
    return this.effects.filter((effect) => effect.kind === 'run.start');
  }

  get wish(): RunStartEffect {
    return this.asked.at(-1) as RunStartEffect;
  }

  get cancelled(): string[] {
    return this.effects.flatMap((effect) => (effect.kind === 'run.cancel' ? [effect.runId] : []));
  }

  started(wish = this.wish): this {
    this.send({ kind: 'child.started', runId: wish.runId, position: wish.position, workflow });
    return this;
  }

  refused(error: Problem): this {
    const { runId, position } = this.wish;
    this.send({ kind: 'child.refused', runId, position, error });
    return this;
  }

  ended(status: ChildEnded['status'], more: Partial<ChildEnded> = {}): this {
    const { runId, position } = this.wish;
    this.command({ kind: 'child.ended', runId, position, status, ...more });
    return this;
  }
}

const parent = (yaml: string, input: unknown = { n: 1 }) => new Parent(yaml).start(input);

describe('run: workflow', () => {
  test('asks for a run, and has its output', () => {
    const one = parent(`- sub: { ${run()} }`, { n: 5 });
    expect(one.wish).toEqual({
      kind: 'run.start',
      runId: expect.stringMatching(UUID7),
      position: '/do/0/sub',
      workflow: { namespace: 'sub', name: 'flow', version: 'latest' },
      input: { n: 5 },
      isTold: true,
    });
    one.started();
    expect(one.status).toBe('running');
    expect(awaitedRuns(one.state as never)).toEqual([one.wish.runId]);
    expect(one.ended('completed', { output: { done: true } }).output).toEqual({ done: true });
    expect(one.kinds('child.')).toEqual(['child.started', 'child.ended']);
    expect(one.entry('child.started')).toMatchObject({ position: '/do/0/sub', workflow, awaited: true });
  });

  test('has the time of the decision in the id of the run: the day in it finds its journal', () => {
    const one = parent(`- sub: { ${run()} }`);
    const hex = one.wish.runId.replaceAll('-', '').slice(0, 12);
    expect(Number.parseInt(hex, 16)).toBe(one.now);
  });

  test('gives the input of the task when none is written', () => {
    const one = parent(
      `- sub: { input: { from: .order }, run: { workflow: { namespace: a, name: b, version: '1.0.0' } } }`,
      { order: { id: 7 } },
    );
    expect(one.wish.input).toEqual({ id: 7 });
  });

  test('has no output with `return: none`', () => {
    const one = parent(`- sub: { ${run(', return: none')} }`).started();
    expect(one.ended('completed', { output: 1 }).output).toBeNull();
  });

  test('faults with the error of the run, at its own place', () => {
    const error = { type: 'https://x.y/bad', title: 'Bad', status: 409, instance: '/do/7/deep' };
    const one = parent(`- sub: { ${run()} }`).started().ended('faulted', { error });
    expect(one.error).toEqual({ ...error, instance: '/do/0/sub' });
  });

  test('faults when the run was cancelled', () => {
    const one = parent(`- sub: { ${run()} }`).started().ended('cancelled');
    expect(one.error).toMatchObject({
      type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime',
      detail: `The run ${one.wish.runId} of sub/flow was cancelled`,
    });
  });

  test('faults with why the run cannot start, which a try catches', () => {
    const error = { type: 'https://x.y/no', title: 'No', status: 400, detail: 'gone' };
    const one = parent(`
      - safe:
          try: [ { sub: { ${run()} } } ]
          catch: { do: [ { ok: { set: { why: '\${ $error.detail }' } } } ] }`).refused(error);
    expect(one.output).toEqual({ why: 'gone' });
    expect(one.kinds('child.')).toEqual([]);
  });

  test('has a new run for each retry', () => {
    const one = parent(`
      - safe:
          try: [ { sub: { ${run()} } } ]
          catch: { retry: { limit: { attempt: { count: 2 } } } }`);
    const error = { type: 'https://x.y/no', title: 'No', status: 500 };
    one.started().ended('faulted', { error }).started().ended('faulted', { error });
    expect(new Set(one.asked.map(({ runId }) => runId)).size).toBe(3);
    expect(one.started().ended('completed', { output: 3 }).output).toBe(3);
  });

  test('does not wait with `await: false`: its output is its input', () => {
    const one = parent(`- sub: { ${run(', await: false')} }`, { n: 2 });
    expect(one.status).toBe('running');
    expect(one.wish.isTold).toBe(false);
    one.started();
    expect([one.status, one.output]).toEqual(['completed', { n: 2 }]);
    expect(one.entry('child.started').awaited).toBe(false);
  });

  test('asks again for what was not answered in its turn', () => {
    const one = parent(`- sub: { ${run()} }`);
    expect(wakeAt(one.state as never)).toBe(one.now + 1_000);
    one.after(1_000);
    expect(one.asked.map(({ runId }) => runId)).toEqual([one.wish.runId, one.wish.runId]);
    one.started();
    expect(wakeAt(one.state as never)).toBeNull();
  });

  test('ignores answers and ends that come twice or for nobody', () => {
    const one = parent(`- sub: { ${run()} }\n- then: { wait: PT1H }`).started();
    const { position } = one.wish;
    const started = { kind: 'child.started' as const, runId: one.wish.runId, position, workflow };
    expect(one.send(started).ignored).toBeDefined();
    one.ended('completed');
    for (const runId of [one.wish.runId, 'x']) {
      expect(
        one.command({ kind: 'child.ended', runId, position, status: 'completed' }).ignored,
      ).toBeDefined();
      expect(one.send({ kind: 'child.refused', runId, position, error: {} as never }).ignored).toBeDefined();
    }
  });

  test('takes the end of a run while it is suspended, and goes on when it is resumed', () => {
    const one = parent(`- sub: { ${run()} }\n- then: { set: { n: 9 } }`).started();
    one.command({ kind: 'suspend', by: 'ann' });
    one.ended('completed');
    expect(one.status).toBe('suspended');
    expect(one.cancelled).toEqual([]);
    one.command({ kind: 'resume', by: 'ann' });
    expect(one.output).toEqual({ n: 9 });
  });
});

describe('a run that is given up', () => {
  test('is cancelled with the run that waits for it', () => {
    const one = parent(`- sub: { ${run()} }`).started();
    one.command({ kind: 'cancel', by: 'ann' });
    expect(one.cancelled).toEqual([one.wish.runId]);
  });

  test('is cancelled when its task has no more time, and its end is ignored then', () => {
    const one = parent(`
      - safe: { try: [ { sub: { ${run()}, timeout: { after: PT1S } } } ], catch: {} }
      - then: { wait: PT1H }`).started();
    one.after(1_000);
    expect(one.cancelled).toEqual([one.wish.runId]);
    const { runId, position } = one.wish;
    const late = { kind: 'child.ended' as const, runId, position, status: 'completed' as const };
    expect(one.command(late).ignored).toBeDefined();
  });

  test('is cancelled when its branch lost', () => {
    const one = parent(`
      - race: { fork: { compete: true, branches: [ { sub: { ${run()} } }, { b: { wait: PT1S } } ] } }`);
    one.started().after(1_000);
    expect(one.cancelled).toEqual([one.wish.runId]);
  });

  test('is cancelled when another branch faults', () => {
    const call = "{ call: http, with: { method: get, endpoint: 'http://x/' } }";
    const one = parent(`- both: { fork: { branches: [ { sub: { ${run()} } }, { b: ${call} } ] } }`);
    one.started();
    one.settle({ status: 'failed', fate: 'permanent', error: { type: 'x', status: 400, title: 'x' } });
    expect(one.cancelled).toEqual([one.wish.runId]);
  });

  test('is left when the task says so', () => {
    const one = parent(`- sub: { ${run()}, metadata: { tutti: { run: { cascade: leave } } } }`).started();
    one.command({ kind: 'cancel', by: 'ann' });
    expect(one.cancelled).toEqual([]);
  });

  test('is not started any more when nobody has answered for it yet', () => {
    const left = `${run()}, metadata: { tutti: { run: { cascade: leave } } }`;
    const one = parent(`
      - race: { fork: { compete: true, branches: [ { sub: { ${left} } }, { b: { set: { won: true } } } ] } }`);
    expect(one.cancelled).toEqual([one.wish.runId]);
    expect(one.output).toEqual({ won: true });
  });
});

describe('a run that nobody waits for and that follows', () => {
  const after = (task: string) => parent(`- sub: { ${follows} }\n- then: ${task}`).started();

  test('is cancelled with the run that started it', () => {
    const cancelled = after('{ wait: PT1H }');
    expect(cancelled.wish.isTold).toBe(true);
    expect(runsToCancel(cancelled.state as never)).toEqual([cancelled.wish.runId]);
    cancelled.command({ kind: 'cancel', by: 'ann' });
    expect(cancelled.cancelled).toEqual([cancelled.wish.runId]);
    const faulted = after("{ raise: { error: { type: 'https://x.y', status: 400, title: Bad } } }");
    expect(faulted.cancelled).toEqual([faulted.wish.runId]);
  });

  test('lives on after the end of the run that started it, and is forgotten at its own', () => {
    const completed = after('{ set: { n: 1 } }');
    expect([completed.status, completed.cancelled]).toEqual(['completed', []]);
    const waiting = after('{ wait: PT1H }').ended('completed');
    expect(waiting.state?.followers).toBeUndefined();
    waiting.command({ kind: 'cancel', by: 'ann' });
    expect(waiting.cancelled).toEqual([]);
  });

  test('has a limit', () => {
    const one = parent(`- all: { for: { in: '[range(1001)]' }, do: [ { sub: { ${follows} } } ] }`);
    while (one.status === 'running' && one.last.some(({ kind }) => kind === 'run.start')) one.started();
    expect(one.error?.detail).toBe('The run went over the limit followers: at most 1000');
    expect(one.cancelled).toHaveLength(1_000);
  });
});

describe('a retry', () => {
  const asked = 'http://x/';

  test('starts anew what was under way, with a run of its own', () => {
    const first = parent(`
      - both:
          fork:
            branches:
            - sub: { ${run()} }
            - fails: { call: http, with: { method: post, endpoint: '${asked}' } }`).started();
    first.settle({ status: 'failed', fate: 'permanent', error: { type: 'x', status: 400, title: 'x' } });
    expect(first.status).toBe('faulted');
    const state = restore(first.definition, first.history);
    const again = new Parent(first.definition);
    const identity = {
      id: '018f0000-0000-7000-8000-000000000002',
      workspaceId: 'w',
      startedAt: 0,
      trigger: 'retry',
    };
    again.send({ kind: 'restored', run: identity, state });
    expect(again.asked).toEqual([{ ...first.wish, runId: expect.stringMatching(UUID7) }]);
    expect(again.wish.runId).not.toBe(first.wish.runId);
    again.started().ended('completed', { output: 1 });
    expect(again.answer(2).output).toEqual([1, 2]);
  });

  test('from a task that came after does not start it again', () => {
    const first = parent(`
      - sub: { ${run(', await: false')} }
      - fails: { raise: { error: { type: 'https://x.y', status: 400, title: Bad } } }`).started();
    const state = restore(first.definition, first.history);
    const again = new Parent(first.definition);
    again.send({
      kind: 'restored',
      run: { id: 'r2', workspaceId: 'w', startedAt: 0, trigger: 'retry' },
      state,
    });
    expect(again.asked).toEqual([]);
    expect(again.status).toBe('faulted');
  });
});
