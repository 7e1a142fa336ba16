import { faultsOf, typedValue } from './check';
import { entryField, formOf, initialOf, labelOf, type Field } from './fields';
import { editsOf, valueAt, withValueAt } from './pointer';

const SCHEMA = {
  type: 'object',
  required: ['number', 'supplier', 'document'],
  $defs: {
    Supplier: { type: 'object', title: 'Supplier', properties: { iban: { type: ['string', 'null'] } } },
  },
  properties: {
    number: { type: 'string', title: 'Invoice number', minLength: 1 },
    total: { anyOf: [{ type: 'string', pattern: '^-?\\d+(\\.\\d+)?$' }, { type: 'null' }] },
    due: { type: 'string', format: 'date' },
    currency: { enum: ['EUR', 'USD', null] },
    supplier: { $ref: '#/$defs/Supplier' },
    pages: { type: 'integer', minimum: 1 },
    lines: { type: 'array', items: { type: 'object', properties: { quantity: { type: 'number' } } } },
    document: { $ref: '#/$defs/ArtifactRef' },
    rest: {},
  },
};
const field = (key: string): Field =>
  formOf(SCHEMA).children.find(({ pointer }) => pointer === `/${key}`) as Field;

describe('a form from a JSON Schema', () => {
  it('knows the kind of each field', () => {
    expect(
      Object.fromEntries(formOf(SCHEMA).children.map(({ pointer, kind }) => [pointer.slice(1), kind])),
    ).toEqual({
      number: 'text',
      total: 'text',
      due: 'date',
      currency: 'choice',
      supplier: 'object',
      pages: 'integer',
      lines: 'list',
      document: 'artifact',
      rest: 'json',
    });
  });
  it('labels fields from the title, else from the key', () => {
    expect([
      field('number').label,
      labelOf('grandTotal'),
      labelOf('cost_centre'),
      labelOf('vatId'),
      labelOf('iban'),
    ]).toEqual(['Invoice number', 'Grand total', 'Cost centre', 'VAT ID', 'IBAN']);
  });
  it('knows what may be empty', () =>
    expect([field('total').nullable, field('currency').nullable, field('number').nullable]).toEqual([
      true,
      true,
      false,
    ]));
  it('follows references, and survives one that leads to itself', () => {
    expect(field('supplier').children[0]?.pointer).toBe('/supplier/iban');
    expect(formOf({ $ref: '#/$defs/A', $defs: { A: { $ref: '#/$defs/A' } } }).kind).toBe('json');
    expect(
      formOf({
        $ref: '#/$defs/T',
        $defs: { T: { type: 'object', properties: { child: { $ref: '#/$defs/T' } } } },
      }).kind,
    ).toBe('object');
  });
  it('describes the entries of a list', () =>
    expect(entryField(field('lines'), 2, SCHEMA).children[0]?.pointer).toBe('/lines/2/quantity'));
  it('is guessed from the data when there is no schema', () => {
    expect(
      formOf(null, { a: 'x', b: 1, c: null, d: [{ e: true }] }).children.map(({ kind }) => kind),
    ).toEqual(['text', 'number', 'text', 'list']);
  });
  it('begins with defaults and what is required', () => {
    expect(
      initialOf(
        formOf({
          type: 'object',
          required: ['list'],
          properties: {
            list: { type: 'array', items: {} },
            dry: { type: 'boolean', default: false },
            name: { type: 'string' },
          },
        }),
      ),
    ).toEqual({ list: [], dry: false });
  });
});

describe('checks beside the field', () => {
  const faults = (value: unknown) =>
    faultsOf(formOf(SCHEMA), value).map(({ pointer, text }) => `${pointer} ${text}`);
  it('say what is missing or wrong', () => {
    expect(faults({ number: '', total: 'abc', supplier: {}, pages: 0.5 })).toEqual([
      '/number This is needed.',
      '/total A decimal number such as 12.50.',
      '/pages This must be a whole number.',
      '/document This is needed.',
    ]);
  });
  it('are quiet for good values', () =>
    expect(faults({ number: '1', total: null, supplier: {}, document: {}, pages: 2 })).toEqual([]));
  it('leave a pattern that cannot be read to the hub', () =>
    expect(
      faultsOf(formOf({ type: 'object', properties: { a: { type: 'string', pattern: '(' } } }), { a: 'x' }),
    ).toEqual([]));
  it('take what was typed as what the field holds', () => {
    expect([
      typedValue({ kind: 'number', nullable: false }, '1.5'),
      typedValue({ kind: 'text', nullable: true }, ''),
      typedValue({ kind: 'integer', nullable: false }, ''),
      typedValue({ kind: 'number', nullable: false }, '1,5'),
    ]).toEqual([1.5, null, undefined, '1,5']);
  });
});

describe('values by pointer', () => {
  it('reads and changes without touching the original', () => {
    const before = { a: { 'b/c': [1, 2] } };
    const after = withValueAt(before, '/a/b~1c/1', 9);
    expect(valueAt(after, '/a/b~1c/1')).toBe(9);
    expect(before.a['b/c'][1]).toBe(2);
  });
  it('makes what is missing on the way and removes with undefined', () => {
    expect(withValueAt(undefined, '/a/b', 1)).toEqual({ a: { b: 1 } });
    expect(withValueAt({ a: 1, b: 2 }, '/a', undefined)).toEqual({ b: 2 });
  });
  it('lists what was edited, with both values', () => {
    expect(
      editsOf({ a: 1, s: { iban: 'x' }, l: [{ q: 1 }] }, { a: 1, s: { iban: 'y' }, l: [{ q: 2 }] }),
    ).toEqual([
      { path: '/s/iban', before: 'x', after: 'y' },
      { path: '/l/0/q', before: 1, after: 2 },
    ]);
    expect(editsOf({ l: [1] }, { l: [1, 2] })).toEqual([{ path: '/l', before: [1], after: [1, 2] }]);
    expect(editsOf({ a: [] }, { a: [] })).toEqual([]);
  });

  it('show a setting that is a reference as it is, also in the place of a secret', () => {
    const schema = {
      type: 'object',
      properties: { token: { type: 'string', secret: true }, region: { type: 'string' } },
    };
    const kinds = (value: unknown) =>
      formOf(schema, value).children.map(({ kind, secret }) => [kind, secret]);
    expect(kinds({ token: { $vault: 'kv/crm#token' }, region: 'eu' })).toEqual([
      ['json', false],
      ['text', false],
    ]);
    expect(kinds({ token: '********', region: { $env: 'REGION' } })).toEqual([
      ['text', true],
      ['json', false],
    ]);
  });
});
