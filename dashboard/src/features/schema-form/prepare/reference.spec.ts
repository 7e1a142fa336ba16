import { faultsOf } from './check';
import { formOf, recordKind } from './fields';
import { MASK, referenceOf } from './reference';

const SCHEMA = {
  type: 'object',
  required: ['token', 'size'],
  properties: {
    token: { type: 'string', secret: true, pattern: '^sk-' },
    size: { type: 'integer', minimum: 1 },
    headers: { type: 'object', additionalProperties: { type: 'string' } },
    counts: { type: 'object', additionalProperties: { type: 'integer' } },
    rest: { type: 'object', additionalProperties: { type: 'object' } },
  },
};
const faults = (value: object) =>
  faultsOf(formOf(SCHEMA), value).map(({ pointer, text }) => `${pointer} ${text}`);

describe('settings that are kept elsewhere', () => {
  it('are known by their one name', () => {
    expect(referenceOf({ $env: 'A' })).toEqual({ kind: '$env', text: 'A' });
    expect(referenceOf({ $vault: 'a#b' })).toEqual({ kind: '$vault', text: 'a#b' });
    for (const value of ['$env', null, [], {}, { $env: 'A', b: 1 }, { env: 'A' }])
      expect(referenceOf(value)).toBeNull();
  });

  it('stand in the place of any value, when they name something', () => {
    expect(faults({ token: { $env: 'TOKEN' }, size: { $env: 'SIZE' } })).toEqual([]);
    expect(faults({ token: { $env: ' ' }, size: { $vault: 'secret/crm' } })).toEqual([
      '/token This is needed.',
      '/size A path, # and a field: kv/crm#token.',
    ]);
  });
});

describe('a secret', () => {
  it('that is set is right whatever its rule, and an empty one is not', () => {
    expect(faults({ token: MASK, size: 1 })).toEqual([]);
    expect(faults({ token: '', size: 1 })).toEqual(['/token This is needed.']);
    expect(faults({ token: 'x', size: 1 })).toEqual(['/token This must match ^sk-']);
  });
});

it('has records where names are free and values are simple', () => {
  const kinds = formOf(SCHEMA).children.map(({ kind }) => kind);
  expect(kinds).toEqual(['text', 'integer', 'record', 'record', 'json']);
  const records = formOf(SCHEMA).children.filter(({ kind }) => kind === 'record');
  expect(records.map(recordKind)).toEqual(['text', 'integer']);
});
