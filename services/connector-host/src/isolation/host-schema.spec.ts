import { z } from 'zod';
import { hostSchema, SCHEMA_PARTS_MAX } from './host-schema.js';

const told = (schema: z.ZodType) =>
  hostSchema(z.toJSONSchema(schema, { io: 'output' }) as Record<string, unknown>);

it('checks what zod told of a schema', () => {
  const schema = told(
    z.object({
      id: z.string().min(2),
      email: z.email(),
      pattern: z.string(),
      n: z.int().max(5).optional(),
      kind: z.enum(['a', 'b']),
      one: z.discriminatedUnion('t', [
        z.object({ t: z.literal('x'), v: z.number() }),
        z.object({ t: z.literal('y'), w: z.array(z.string()) }),
      ]),
      any: z.record(z.string(), z.boolean()),
      maybe: z.string().nullable(),
    }),
  );
  const value = {
    id: 'ab',
    email: 'a@b.example',
    pattern: 'p',
    kind: 'a',
    one: { t: 'y', w: ['z'] },
    any: { yes: true },
    maybe: null,
  };
  expect(schema.parse(value)).toEqual(value);
  const wrong: object[] = [
    { id: 'a' },
    { email: 'none' },
    { pattern: 5 },
    { n: 6 },
    { n: 1.5 },
    { kind: 'c' },
    { one: { t: 'x', v: '1' } },
    { any: { yes: 1 } },
    { maybe: 1 },
    { more: 1 },
  ];
  for (const change of wrong)
    expect([change, schema.safeParse({ ...value, ...change }).success]).toEqual([change, false]);
});

it('runs no pattern of a stranger', () => {
  const schema = hostSchema({ type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } });
  expect(schema.safeParse({ a: `${'a'.repeat(50)}!` }).success).toBe(true);
  expect(schema.safeParse({ a: 5 }).success).toBe(false);
});

it('follows references, and goes round in none', () => {
  interface Tree {
    name: string;
    children: Tree[];
  }
  const Tree: z.ZodType<Tree> = z.lazy(() => z.object({ name: z.string(), children: z.array(Tree) }));
  const schema = told(z.object({ tree: Tree, json: z.json() }));
  expect(schema.safeParse({ tree: { name: 'a', children: [] }, json: [{ a: [null] }] }).success).toBe(true);
  expect(schema.safeParse({ tree: { name: 5, children: [] }, json: 1 }).success).toBe(false);
  const round = hostSchema({ allOf: [{ $ref: '#' }, { anyOf: [{ $ref: '#' }, { $ref: '#' }] }] });
  expect(round.safeParse({ a: 1 }).success).toBe(true);
});

it('refuses schemas that grow without end, lead nowhere or are no schemas', () => {
  const doubling: Record<string, unknown> = { $ref: '#/$defs/d0', $defs: {} };
  for (let i = 0; i < 40; i++) {
    const next = i === 39 ? { type: 'string' } : { $ref: `#/$defs/d${i + 1}` };
    (doubling['$defs'] as Record<string, unknown>)[`d${i}`] = { anyOf: [next, next] };
  }
  expect(() => hostSchema(doubling)).toThrow(`more than ${SCHEMA_PARTS_MAX} parts`);
  expect(() => hostSchema({ $ref: '#/$defs/gone' })).toThrow('"#/$defs/gone"');
  expect(() => hostSchema({ $ref: '#/constructor' })).toThrow('is not in it');
  expect(() => hostSchema({ $ref: 'http://x.test/schema' })).toThrow('is not in it');
  let deep: Record<string, unknown> = {};
  for (let i = 0; i < 50_000; i++) deep = { items: deep, type: 'array' };
  expect(() => hostSchema(deep)).toThrow();
});
