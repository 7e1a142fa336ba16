import { describe, expect, test } from '@jest/globals';
import { Driver, run, RUN_ID, STARTED_AT } from '../test/driver.js';

const ERRORS = 'https://serverlessworkflow.io/spec/1.0.0/errors/';

describe('set', () => {
  test('replaces the data', () => {
    expect(run('- a: { set: { x: 1 } }', { y: 2 }).output).toEqual({ x: 1 });
  });

  test('takes an expression in the place of an object', () => {
    expect(run('- a: { set: "${ .y }" }', { y: [2] }).output).toEqual([2]);
  });

  test('evaluates expressions at any depth and leaves other text as it is', () => {
    const yaml = '- a: { set: { list: [ "${ .y }", { deep: "${ .y + 1 }" } ], text: "about ${ .y } that" } }';
    expect(run(yaml, { y: 2 }).output).toEqual({ list: [2, { deep: 3 }], text: 'about ${ .y } that' });
  });

  test('an expression without output is null, of several the first counts', () => {
    expect(run('- a: { set: { none: "${ empty }", many: "${ 1, 2 }" } }').output).toEqual({
      none: null,
      many: 1,
    });
  });

  test('keeps a key called __proto__ as data', () => {
    const { output } = run('- a: { set: { "__proto__": "${ .y }", z: 1 } }', { y: { polluted: true } });
    expect(JSON.stringify(output)).toBe('{"__proto__":{"polluted":true},"z":1}');
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });
});

describe('if', () => {
  test.each([
    ['.go', true],
    ['${ .go }', true],
    ['.stop', false],
    ['.missing', false],
    ['empty', false],
    ['0', true],
  ])('%s: the task runs: %s', (condition, runs) => {
    const driver = run(`- a: { if: '${condition}', set: { ran: true } }`, { go: 1, stop: false });
    expect(driver.output).toEqual(runs ? { ran: true } : { go: 1, stop: false });
    expect(driver.kinds('task.skipped')).toHaveLength(runs ? 0 : 1);
  });

  test('a task that is skipped neither exports nor directs the flow', () => {
    const driver = run(`
      - a: { if: 'false', set: { ran: true }, export: { as: '{ seen: true }' }, then: end }
      - b: { set: { context: '\${ $context }' } }`);
    expect(driver.output).toEqual({ context: {} });
  });

  test('sees the raw input, before input.from', () => {
    expect(
      run('- a: { if: .outer, input: { from: .inner }, set: "${ . }" }', { outer: true, inner: 7 }).output,
    ).toBe(7);
  });
});

describe('input, output and export of a task', () => {
  test('input.from filters what the task sees, output.as what it gives', () => {
    const yaml =
      '- a: { input: { from: .a }, set: { got: "${ . }" }, output: { as: "{ out: .got, was: $input }" } }';
    expect(run(yaml, { a: 5 }).output).toEqual({ out: 5, was: 5 });
  });

  test('input.from and output.as may be objects with expressions inside', () => {
    const yaml =
      '- a: { input: { from: { x: "${ .a }" } }, set: "${ . }", output: { as: { y: "${ .x }" } } }';
    expect(run(yaml, { a: 5 }).output).toEqual({ y: 5 });
  });

  test('export.as replaces the context, from the transformed output', () => {
    const driver = run(`
      - a: { set: { x: 1 }, output: { as: .x }, export: { as: '{ first: ., old: $context, out: $output }' } }
      - b: { set: { c: '\${ $context }', i: '\${ $input }' } }`);
    expect(driver.output).toEqual({ c: { first: 1, old: {}, out: 1 }, i: 1 });
  });

  test.each([
    ['input', '- a: { input: { schema: { document: { type: string } } }, set: { x: 1 } }', 'The input'],
    ['output', '- a: { set: { x: 1 }, output: { schema: { document: { required: [y] } } } }', 'The output'],
    [
      'export',
      '- a: { set: { x: 1 }, export: { as: .x, schema: { document: { type: object } } } }',
      'The context',
    ],
  ])('%s that breaks its schema is a validation error with the place', (_, yaml, what) => {
    const { error, status } = run(yaml);
    expect(status).toBe('faulted');
    expect(error).toMatchObject({ type: `${ERRORS}validation`, status: 400, instance: '/do/0/a' });
    expect(error?.detail).toContain(what);
    expect(error?.errors).toHaveLength(1);
  });

  test('the raw input is validated, before input.from', () => {
    const yaml = '- a: { input: { from: .n, schema: { document: { required: [n] } } }, set: "${ . }" }';
    expect(run(yaml, { n: 3 }).output).toBe(3);
  });
});

describe('input and output of the workflow', () => {
  const flow = `
input: { from: .body, schema: { document: { required: [body] } } }
output: { as: '{ result: ., id: $workflow.id }', schema: { document: { required: [result] } } }
do:
  - a: { set: { n: '\${ .n }', raw: '\${ $workflow.input }' } }`;

  test('are transformed, and $workflow.input stays the raw one', () => {
    const { output } = run(flow, { body: { n: 1 } });
    expect(output).toEqual({ result: { n: 1, raw: { body: { n: 1 } } }, id: RUN_ID });
  });

  test('input that breaks the schema faults the run before any task', () => {
    const driver = run(flow, { n: 1 });
    expect(driver.error).toMatchObject({ type: `${ERRORS}validation`, instance: '/input' });
    expect(driver.ran).toEqual([]);
  });

  test('output that breaks the schema faults the run', () => {
    const yaml = 'output: { schema: { document: { type: string } } }\ndo:\n  - a: { set: { x: 1 } }';
    expect(run(yaml).error).toMatchObject({ type: `${ERRORS}validation`, instance: '/output' });
  });

  test.each([
    ['input: { from: .a.b.c }', '/input/from', { a: 'text' }],
    ['output: { as: error("no") }', '/output/as', {}],
  ])('%s that fails is an expression error', (section, instance, input) => {
    const driver = run(`${section}\ndo:\n  - a: { set: { x: 1 } }`, input);
    expect(driver.error).toMatchObject({ type: `${ERRORS}expression`, status: 400, instance });
  });

  test('a run whose input is missing has null', () => {
    expect(new Driver('- a: { set: "${ . }" }').start(null).output).toBeNull();
  });

  test('a workflow whose every task is skipped gives its input', () => {
    expect(run('- a: { if: "false", set: { x: 1 } }', { in: 1 }).output).toEqual({ in: 1 });
  });
});

describe('variables', () => {
  test('$task describes the task', () => {
    const yaml = '- my/task: { set: "${ $task }", output: { as: ". + { rawOutput: $task.output.name }" } }';
    expect(run(yaml, { in: 1 }).output).toEqual({
      name: 'my/task',
      reference: '/do/0/my~1task',
      definition: { set: '${ $task }', output: { as: '. + { rawOutput: $task.output.name }' } },
      input: { in: 1 },
      output: null,
      startedAt: {
        iso8601: '2026-01-02T03:04:05.000Z',
        epoch: { seconds: STARTED_AT / 1000, milliseconds: STARTED_AT },
      },
      rawOutput: 'my/task',
    });
  });

  test('$workflow and $runtime describe the run', () => {
    const yaml =
      '- a: { set: "${ { id: $workflow.id, name: $workflow.definition.document.name, r: $runtime.name } }" }';
    expect(run(yaml).output).toEqual({ id: RUN_ID, name: 'test', r: 'tutti' });
  });

  test('$workflow.startedAt stays while time goes on', () => {
    const driver = run(
      '- w: { wait: PT1M }\n- a: { set: { at: "${ $workflow.startedAt.epoch.milliseconds }" } }',
    );
    expect(driver.after(60_000).output).toEqual({ at: STARTED_AT });
  });

  test('$secrets is empty and $authorization is null outside of a call', () => {
    expect(run('- a: { set: "${ [$secrets, $authorization] }" }').output).toEqual([{}, null]);
  });

  test('now is the time of the event, so that a replay gives the same', () => {
    expect(run('- a: { set: { at: "${ now }" } }').output).toEqual({ at: STARTED_AT / 1000 });
  });

  test('now in the workflow output too', () => {
    expect(run('output: { as: now }\ndo:\n  - a: { set: { x: 1 } }').output).toBe(STARTED_AT / 1000);
  });
});

describe('expressions that fail', () => {
  test.each([
    ['set: "${ .a.b }"', { a: [1] }],
    ['if: .a.b\n    set: { x: 1 }', { a: [1] }],
    ['input: { from: error }\n    set: { x: 1 }', {}],
    ['set: { x: 1 }\n    output: { as: ".x.y" }', {}],
    ['set: { x: 1 }\n    export: { as: error("x") }', {}],
    ['set: "${ [limit(1e9; repeat(1))] }"', {}],
  ])('%s: an expression error at the task', (task, input) => {
    const driver = run(`- a:\n    ${task}`, input);
    expect(driver.error).toMatchObject({ type: `${ERRORS}expression`, status: 400, instance: '/do/0/a' });
    expect(driver.kinds()).toEqual(['run.started', 'task.started', 'task.faulted', 'run.faulted']);
  });
});
