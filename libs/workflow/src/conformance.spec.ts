import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { describeShared, sharedPath } from '@tutti/testing';
import { contentHash, lintWorkflow, parseWorkflow, workflowSchema } from './index.js';

/** Examples that call servers of other protocols. */
const PROTOCOLS = [
  'call-asyncapi-publish.yaml',
  'call-asyncapi-subscribe-consume-until.yaml',
  'call-asyncapi-subscribe-consume-while.yaml',
  'call-grpc.yaml',
  'call-mcp.yaml',
];
/** Examples that start something. */
const PROCESSES = [
  'run-container-stdin-and-arguments.yaml',
  'run-return-all.yaml',
  'run-script-with-stdin-and-arguments.yaml',
  'run-shell-stdin-and-arguments.yaml',
];

const folder = sharedPath('conformance', 'serverless-workflow');
const files = (name: string) => readdirSync(join(folder, name)).filter((file) => file.endsWith('.yaml'));
const read = (name: string, file: string) => readFileSync(join(folder, name, file), 'utf8');

describeShared(['conformance', 'serverless-workflow'], 'the examples of the specification', () => {
  test('are 66, and the invalid ones 3', () => {
    expect(files('examples')).toHaveLength(66);
    expect(files('invalid')).toHaveLength(3);
  });

  test.each(files('examples'))('%s passes the schema', (file) => {
    const { document, findings } = parseWorkflow(read('examples', file));
    expect(findings).toEqual([]);
    expect(document?.document.dsl).toMatch(/^1\.0/);
  });

  test.each(files('examples'))('%s is either taken or refused by name', (file) => {
    const { document, locate } = parseWorkflow(read('examples', file));
    const findings = document === undefined ? [] : lintWorkflow(document, { locate });
    for (const finding of findings.filter(({ severity }) => severity === 'error')) {
      expect(finding).toMatchObject({
        code: 'unsupported',
        line: expect.any(Number),
        column: expect.any(Number),
      });
      expect(finding.message).toMatch(/not supported/);
    }
  });

  test('are taken where the hub supports all that is in them', () => {
    const taken = files('examples').filter((file) => {
      const { document } = parseWorkflow(read('examples', file));
      return document !== undefined && lintWorkflow(document).every(({ severity }) => severity !== 'error');
    });
    const listening = files('examples').filter((file) => /^listen-|^schedule-event|^set/.test(file));
    expect(listening).toHaveLength(11);
    expect(taken.length).toBeGreaterThanOrEqual(29);
    expect(taken).toEqual(
      expect.arrayContaining([...PROTOCOLS, ...PROCESSES, ...listening, 'run-subflow.yaml']),
    );
  });

  test('keep their hash when the order of keys changes, and lose it with any value', () => {
    const { document } = parseWorkflow(read('examples', 'fork.yaml'));
    if (document === undefined) throw new Error('fork.yaml is valid');
    const turned = Object.fromEntries(Object.entries(document).reverse()) as typeof document;
    expect(contentHash(turned)).toBe(contentHash(document));
    expect(contentHash({ ...document, timeout: 'x' })).not.toBe(contentHash(document));
  });
});

describeShared(['conformance', 'serverless-workflow'], 'the invalid documents of the specification', () => {
  test.each([
    ['extra-property-in-call.yaml', { message: 'Unknown property "foo"', line: 12, column: 7 }],
    ['listen-any-until-any-until.yaml', { message: 'Map keys must be unique', line: 7 }],
    [
      'two-tasks-in-one-item.yaml',
      { message: expect.stringContaining('here are 2: getPet, setMessage'), line: 7 },
    ],
  ])('%s is refused with one finding that says where', (file, finding) => {
    const { document, findings } = parseWorkflow(read('invalid', file));
    expect(document).toBeUndefined();
    expect(findings).toEqual([expect.objectContaining(finding)]);
  });

  test('an until inside an until is refused by the schema too, not only for its repeated key', () => {
    const text = read('invalid', 'listen-any-until-any-until.yaml').replace('do:\ndo:', 'do:');
    const { document, findings } = parseWorkflow(text);
    expect(document).toBeUndefined();
    expect(findings.map(({ code }) => code)).toEqual(['schema']);
    expect(findings[0]?.pointer).toContain('/do/0/callDoctor/listen/to');
  });

  test('the schema is the one of DSL 1.0.3', () => {
    expect(workflowSchema().$id).toBe('https://serverlessworkflow.io/schemas/1.0.3/workflow.yaml');
  });
});
