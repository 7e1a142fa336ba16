import { parseWorkflow } from '../parse.js';
import type { WorkflowDocument } from '../document.types.js';
import { compareWorkflows } from './compare-workflows.js';
import { narrowings } from './compare-schemas.js';

const HEAD = `document: { dsl: '1.0.3', namespace: test, name: compared, version: '1.0.0' }\n`;

function documentOf(text: string): WorkflowDocument {
  const { document, findings } = parseWorkflow(HEAD + text);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return document;
}
const compare = (before: string, after: string) => compareWorkflows(documentOf(before), documentOf(after));

describe('compareWorkflows', () => {
  it('finds nothing in another order of keys', () => {
    const found = compare(
      'do:\n  - a: { set: { x: 1, y: 2 }, if: .ok }\n',
      'do:\n  - a: { if: .ok, set: { y: 2, x: 1 } }\n',
    );
    expect(found).toEqual({
      tasks: [],
      sections: [],
      input: [],
      capabilities: { added: [], removed: [] },
    });
  });

  it('tells added, removed and changed tasks by their pointers, and none that only stands elsewhere', () => {
    const { tasks } = compare(
      'do:\n  - a: { set: { x: 1 } }\n  - b: { set: { x: 2 } }\n  - c: { set: { x: 3 } }\n',
      'do:\n  - new: { set: { x: 0 } }\n  - b: { set: { x: 2 } }\n  - c: { set: { x: 4 }, then: end }\n',
    );
    expect(tasks).toEqual([
      { change: 'added', pointer: '/do/0/new', name: 'new', keywords: [] },
      { change: 'changed', pointer: '/do/2/c', name: 'c', keywords: ['set', 'then'] },
      { change: 'removed', pointer: '/do/0/a', name: 'a', keywords: [] },
    ]);
  });

  it('tells tasks that changed their order', () => {
    const { tasks } = compare(
      'do:\n  - a: { set: { x: 1 } }\n  - b: { set: { x: 2 } }\n  - c: { set: { x: 3 } }\n',
      'do:\n  - b: { set: { x: 2 } }\n  - a: { set: { x: 1 } }\n  - c: { set: { x: 3 } }\n',
    );
    expect(tasks.map(({ change, pointer }) => [change, pointer])).toEqual([
      ['moved', '/do/0/b'],
      ['moved', '/do/1/a'],
    ]);
  });

  it('looks inside for, try, catch and fork, and blames only the task that differs', () => {
    const text = (x: number) => `do:
  - each:
      for: { each: item, in: .items }
      do:
        - careful:
            try:
              - risky: { set: { x: ${x} } }
            catch:
              do:
                - mend: { set: { x: ${x} } }
  - both:
      fork:
        branches:
          - left: { set: { x: 1 } }
          - right: { set: { x: ${x} } }
`;
    expect(compare(text(1), text(2)).tasks.map(({ change, pointer }) => [change, pointer])).toEqual([
      ['changed', '/do/0/each/do/0/careful/try/0/risky'],
      ['changed', '/do/0/each/do/0/careful/catch/do/0/mend'],
      ['changed', '/do/1/both/fork/branches/1/right'],
    ]);
  });

  it('takes data that looks like tasks for data', () => {
    const { tasks } = compare(
      'do:\n  - a: { set: { do: [{ b: { c: 1 } }] } }\n',
      'do:\n  - a: { set: { do: [{ b: { c: 2 } }] } }\n',
    );
    expect(tasks).toEqual([{ change: 'changed', pointer: '/do/0/a', name: 'a', keywords: ['set'] }]);
  });

  it('tells sections and capabilities', () => {
    const found = compare(
      `timeout: { after: PT1M }\nuse: { functions: { f: { call: 'a.b:1@default' } } }\ndo:\n  - a: { call: f }\n`,
      `use: { functions: { f: { call: 'a.c:1@default' } } }\noutput: { as: .x }\n` +
        `do:\n  - a: { call: f }\n  - d: { call: 'x.y:1@default' }\n`,
    );
    expect(found.sections).toEqual([
      { change: 'added', pointer: '/output' },
      { change: 'removed', pointer: '/timeout' },
      { change: 'changed', pointer: '/use/functions/f' },
    ]);
    expect(found.capabilities).toEqual({ added: ['a.c', 'x.y'], removed: ['a.b'] });
  });

  it('calls everything new when there was nothing', () => {
    const found = compareWorkflows(null, documentOf('do:\n  - a: { set: { x: 1 } }\n'));
    expect(found.tasks).toMatchObject([{ change: 'added', pointer: '/do/0/a' }]);
    expect(found.sections).toEqual([]);
  });
});

describe('narrowings', () => {
  const object = (properties: object, more: object = {}) => ({ type: 'object', properties, ...more });
  const of = (before: unknown, after: unknown) =>
    narrowings(before, after).map(({ pointer, detail, certain }) => [pointer, detail, certain]);

  it.each<[string, unknown, unknown, string, string]>([
    ['a new required property', object({}), object({}, { required: ['a'] }), '/a', 'is required now'],
    ['a removed type', { type: ['string', 'null'] }, { type: 'string' }, '', 'does not take null any more'],
    ['number to integer', { type: 'number' }, { type: 'integer' }, '', 'does not take number any more'],
    ['a removed value', { enum: ['a', 'b'] }, { enum: ['a'] }, '', 'does not take "b" any more'],
    ['new values', { type: 'string' }, { type: 'string', enum: ['a'] }, '', 'must be one of "a"'],
    [
      'a higher minimum',
      object({ a: { minimum: 0 } }),
      object({ a: { minimum: 1 } }),
      '/a',
      'minimum is 1, was 0',
    ],
    ['a lower maximum', { maxLength: 9 }, { maxLength: 5 }, '', 'maxLength is 5, was 9'],
    ['a new pattern', {}, { pattern: '^a' }, '', 'must match pattern "^a"'],
    ['a property in a list', { items: {} }, { items: { minLength: 1 } }, '/*', 'minLength is 1, was none'],
    [
      'a schema for a free property',
      {},
      object(
        { 'a/b': false },
        { type: ['object', 'string', 'number', 'integer', 'boolean', 'null', 'array'] },
      ),
      '/a~1b',
      'takes no value any more',
    ],
    ['no further properties', {}, { additionalProperties: false }, '/*', 'takes no value any more'],
  ])('finds %s', (...[, before, after, pointer, detail]) => {
    expect(of(before, after)).toContainEqual([pointer, detail, true]);
    expect(of(after, after)).toEqual([]);
  });

  it('finds a property that is not allowed any more', () => {
    const closed = { additionalProperties: false };
    expect(of(object({ a: {}, b: {} }, closed), object({ a: {} }, closed))).toEqual([
      ['/b', 'takes no value any more', true],
    ]);
  });

  it('finds nothing in a schema that takes more', () => {
    const strict = object(
      { a: { type: 'integer', minimum: 3 }, b: { enum: [1, 2] } },
      { required: ['a', 'b'] },
    );
    const lax = object(
      { a: { type: 'number', minimum: 1 }, b: { enum: [2, 1, 3] }, c: {} },
      { required: ['a'] },
    );
    expect(of({ ...strict, additionalProperties: false }, lax)).toEqual([]);
    expect(of(lax, undefined)).toEqual([]);
  });

  it('says when it does not know', () => {
    expect(of({ anyOf: [{}] }, { anyOf: [{}, { type: 'string' }] })).toEqual([
      ['', 'anyOf changed, and may refuse more', false],
    ]);
  });
});
