import { describe, expect, test } from '@jest/globals';
import {
  canonicalJson,
  compileSchema,
  durationMs,
  pointerToken,
  pointerTokens,
  sameErrorType,
  standardErrorType,
} from './index.js';

describe('durations', () => {
  test.each([
    ['PT1S', 1000],
    ['PT0.5S', 500],
    ['PT1M', 60_000],
    ['PT1H30M', 5_400_000],
    ['P1D', 86_400_000],
    ['P1W', 604_800_000],
    ['P1M', 2_592_000_000],
    ['P1Y', 31_536_000_000],
    ['P1DT1S', 86_401_000],
    ['PT0S', 0],
    [{ days: 1, hours: 2, minutes: 3, seconds: 4, milliseconds: 5 }, 93_784_005],
    [{ seconds: 0 }, 0],
  ])('%j is %d ms', (value, ms) => expect(durationMs(value)).toBe(ms));

  test.each<unknown>([
    '',
    'P',
    'PT',
    '1S',
    'PT1',
    'PT-1S',
    'P1S',
    'P101Y',
    7,
    null,
    [],
    { weeks: 1 },
    { seconds: -1 },
    { seconds: '1' },
    { constructor: 1 },
  ])('%j is none', (value) => expect(durationMs(value)).toBeUndefined());
});

describe('error types', () => {
  test.each([
    [
      'https://serverlessworkflow.io/spec/1.0.0/errors/timeout',
      'https://serverlessworkflow.io/dsl/errors/types/timeout',
      true,
    ],
    [
      'https://serverlessworkflow.io/dsl/errors/types/timeout',
      'https://serverlessworkflow.io/dsl/errors/types/runtime',
      false,
    ],
    ['https://x.y/timeout', 'https://serverlessworkflow.io/dsl/errors/types/timeout', false],
    ['https://x.y/timeout', 'https://x.y/timeout', true],
  ])('%s and %s are equal: %s', (a, b, equal) => expect(sameErrorType(a, b)).toBe(equal));

  test('have one standard form', () => {
    expect(standardErrorType('https://serverlessworkflow.io/dsl/errors/types/timeout')).toBe(
      'https://serverlessworkflow.io/spec/1.0.0/errors/timeout',
    );
    expect(standardErrorType('about:blank')).toBe('about:blank');
  });
});

describe('JSON pointers', () => {
  test.each([
    ['a/b', 'a~1b'],
    ['a~b', 'a~0b'],
    ['~1', '~01'],
    ['', ''],
    ['plain', 'plain'],
  ])('%j becomes %j and back', (name, token) => {
    expect(pointerToken(name)).toBe(token);
    expect(pointerTokens(`/${token}`)).toEqual([name]);
  });

  test('the empty pointer has no tokens', () => expect(pointerTokens('')).toEqual([]));
});

describe('canonical JSON', () => {
  test('sorts keys at any depth, keeps the order of lists and leaves undefined out', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined }, null], a: 'x' })).toBe('{"a":"x","b":[{"d":1},null]}');
  });
});

describe('a compiled schema', () => {
  const check = compileSchema({
    $id: 'same',
    type: 'object',
    required: ['n'],
    additionalProperties: false,
    properties: { n: { type: 'integer' }, d: { format: 'date' }, k: { enum: ['a', 'b'] } },
  });

  test('is content with a valid value', () => expect(check({ n: 1, d: '2026-01-31', k: 'a' })).toBeNull());

  test('says where and why a value breaks it', () => {
    expect(check({ n: 'x', d: 'no', k: 'c', z: 1 })).toEqual([
      { pointer: '', detail: 'must NOT have additional properties: "z"' },
      { pointer: '/n', detail: 'must be integer' },
      { pointer: '/d', detail: 'must match format "date"' },
      { pointer: '/k', detail: 'must be equal to one of the allowed values: ["a","b"]' },
    ]);
  });

  test('of the same $id in another document is another schema', () => {
    expect(compileSchema({ $id: 'same', type: 'string' })('text')).toBeNull();
  });

  test('shows at most twenty violations', () => {
    expect(compileSchema({ items: { type: 'string' } })(Array(100).fill(1))).toHaveLength(20);
  });
});
