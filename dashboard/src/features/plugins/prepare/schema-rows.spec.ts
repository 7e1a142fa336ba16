import { schemaRows } from './schema-rows';

it('tells the properties of a schema, those below them included', () => {
  const rows = schemaRows({
    type: 'object',
    required: ['id', 'lines'],
    properties: {
      id: { type: 'string', format: 'uuid', description: 'Its number' },
      state: { enum: ['open', 'paid'], default: 'open' },
      lines: { type: 'array', items: { $ref: '#/$defs/line' } },
      note: { anyOf: [{ type: 'string' }, { type: 'null' }] },
      key: { type: 'string', secret: true },
      any: {},
    },
    $defs: { line: { type: 'object', required: ['sku'], properties: { sku: { type: 'string' } } } },
  });
  expect(
    rows.map(({ name, type, required, note }) => `${name}${required ? '!' : ''} ${type} ${note}`.trim()),
  ).toEqual([
    'id! string (uuid) Its number',
    'state "open" | "paid" Default: "open"',
    'lines! list of object',
    'lines[].sku! string',
    'note string | null',
    'key string A secret',
    'any anything',
  ]);
});

it('ends where a schema contains itself', () => {
  const tree = { type: 'object', properties: { child: { $ref: '#' }, next: { $ref: '#/properties/next' } } };
  expect(schemaRows(tree).length).toBeLessThanOrEqual(200);
  expect(
    schemaRows({ ...tree, properties: { a: { $ref: '#/$defs/a' } }, $defs: { a: tree } }).length,
  ).toBeGreaterThan(1);
  expect(schemaRows(null)).toEqual([]);
});
