import { describe, expect, test } from '@jest/globals';
import { compileWorkflow, lintWorkflow, parseWorkflow, type WorkflowTask } from './index.js';

const parsed = (tasks: string) => {
  const text = `document: { dsl: '1.0.3', namespace: test, name: own, version: 1.0.0 }\ndo:\n${tasks}`;
  const { document, findings, locate } = parseWorkflow(text);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return { document, locate };
};
const compiled = (tasks: string) =>
  compileWorkflow(parsed(tasks).document).root.list.tasks[0] as WorkflowTask;
const flow = (more = '') => `workflow: { namespace: sub, name: flow, version: latest${more} }`;

describe('run: workflow', () => {
  test('waits for the end, and is cancelled with what started it, unless it is told otherwise', () => {
    expect(compiled(`- a: { run: { ${flow()} } }`)).toMatchObject({
      type: 'workflow',
      target: { namespace: 'sub', name: 'flow', version: 'latest' },
      awaits: true,
      cascade: 'cancel',
      silent: false,
    });
    expect(compiled(`- a: { run: { ${flow()}, await: false } }`)).toMatchObject({
      awaits: false,
      cascade: 'leave',
    });
    const hint = (cascade: string) => `metadata: { tutti: { run: { cascade: ${cascade} } } }`;
    expect(compiled(`- a: { run: { ${flow()} }, ${hint('leave')} }`).cascade).toBe('leave');
    expect(compiled(`- a: { run: { ${flow()}, await: false }, ${hint('cancel')} }`).cascade).toBe('cancel');
    expect(compiled(`- a: { run: { ${flow()}, return: none } }`).silent).toBe(true);
  });

  test('takes a template for the input', () => {
    const { with: given } = compiled(`- a: { run: { ${flow(", input: { n: '${ .n + 1 }', fix: 1 }")} } }`);
    expect(given?.evaluate({ n: 1 }, { variable: () => null })).toEqual({ n: 2, fix: 1 });
    expect(compiled(`- a: { run: { ${flow()} } }`).with).toBeUndefined();
  });

  test.each([
    [
      `- a: { run: { ${flow()} }, metadata: { tutti: { run: { cascade: keep } } } }`,
      '/do/0/a/metadata/tutti/run/cascade',
      '"cascade" is cancel or leave',
    ],
    [
      `- a: { run: { ${flow()}, return: stderr } }`,
      '/do/0/a',
      '"return: stderr" is for processes; the output of a workflow is its own',
    ],
    [
      `- a: { run: { workflow: { namespace: sub, name: '\${ .name }', version: latest } } }`,
      '/do/0/a',
      'Which workflow is run must be written out; an expression cannot name it',
    ],
    [
      `- a: { run: { ${flow(", input: { n: '${ .n + }' }")} } }`,
      '/do/0/a/run/workflow/input/n',
      expect.stringContaining('expression'),
    ],
  ])('%s is refused', (...[tasks, pointer, message]) => {
    const { document, locate } = parsed(tasks);
    expect(lintWorkflow(document, { locate })).toContainEqual(
      expect.objectContaining({ severity: 'error', pointer, message, line: expect.any(Number) }),
    );
  });
});

describe('a hub that knows its workflows', () => {
  const workflows = new Map([['sub/flow', ['2.0.0', '1.0.0']]]);
  const codes = (tasks: string) => {
    const { document } = parsed(tasks);
    return lintWorkflow(document, { workflows }).map(({ code, pointer }) => `${code} ${pointer}`);
  };
  const run = (name: string, version: string) =>
    `- a: { do: [ { b: { run: { workflow: { namespace: sub, name: ${name}, version: ${version} } } } } ] }`;

  test('finds those that are not there, and versions that they do not have', () => {
    expect(codes(run('flow', 'latest'))).toEqual([]);
    expect(codes(run('flow', '1.0.0'))).toEqual([]);
    expect(codes(run('flow', '3.0.0'))).toEqual(['unknown-version /do/0/a/do/0/b/run/workflow/version']);
    expect(codes(run('flaw', 'latest'))).toEqual(['unknown-workflow /do/0/a/do/0/b/run/workflow']);
  });

  test('knows the one that is being applied', () => {
    const itself = '- a: { run: { workflow: { namespace: test, name: own, version: VERSION } } }';
    for (const version of ['latest', '1.0.0']) expect(codes(itself.replace('VERSION', version))).toEqual([]);
  });
});
