import { describe, expect, test } from '@jest/globals';
import { compile, DEFAULT_LIMITS, JqLimitError, type JqLimitName, type JqLimits } from './index.js';

function limitHit(
  program: string,
  limits: Partial<JqLimits> = {},
  input: unknown = null,
): JqLimitName | undefined {
  try {
    Array.from(compile(program, { limits }).run(input));
    return undefined;
  } catch (error) {
    if (error instanceof JqLimitError) {
      return error.limit;
    }
    throw error;
  }
}

describe('limits', () => {
  const cases: readonly [string, Partial<JqLimits>, JqLimitName][] = [
    ['[range(1000)]', { steps: 500 }, 'steps'],
    ['last(range(1e12))', { steps: 1_000 }, 'steps'],
    ['def f: f; f', { steps: 1_000 }, 'steps'],
    ['[limit(1; repeat(empty))]', { steps: 1_000 }, 'steps'],
    ['until(false; .)', { steps: 1_000 }, 'steps'],
    ['[recurse(.)]', { steps: 1_000 }, 'steps'],
    ['range(100)', { outputs: 99 }, 'outputs'],
    ['def f: 1 + f; f', {}, 'depth'],
    ['def f: [f]; f', { depth: 100 }, 'depth'],
    ['def f(g): f(g | g); f(.)', { steps: 10_000 }, 'steps'],
    ['"abcdefgh" * 1000', { stringLength: 4_000 }, 'stringLength'],
    ['reduce range(30) as $i ("ab"; . + .)', {}, 'stringLength'],
    ['[range(1000)] | tojson', { stringLength: 1_000 }, 'stringLength'],
    ['[range(1000)] | join("-")', { stringLength: 1_000 }, 'stringLength'],
    ['reduce range(40) as $i ([1]; . + .)', {}, 'arrayLength'],
    ['.[2000000] = 1', {}, 'arrayLength'],
    ['[range(20)]', { arrayLength: 10 }, 'arrayLength'],
    ['.', { programLength: 10 }, 'programLength'],
  ];
  for (const [program, limits, limit] of cases) {
    test(`${program} stops at ${limit}`, () => {
      const text = limit === 'programLength' ? program.padEnd(20) : program;
      expect(limitHit(text, limits)).toBe(limit);
    });
  }

  test('a pattern with nested quantifiers stops at the step budget instead of hanging', () => {
    expect(limitHit('test("^(a+)+$")', { steps: 100_000 }, `${'a'.repeat(40)}b`)).toBe('steps');
  });

  test('a regular expression refuses too long an input', () => {
    expect(limitHit('test("a")', { regexInputLength: 10 }, 'a'.repeat(11))).toBe('regexInputLength');
  });

  test('try cannot catch a limit', () => {
    expect(limitHit('try (def f: f; f) catch "caught"', { steps: 1_000 })).toBe('steps');
    expect(limitHit('(range(1e9) | empty)?', { steps: 1_000 })).toBe('steps');
  });

  test('outputs before the limit are given, then the error', () => {
    const outputs: unknown[] = [];
    const run = (): void => {
      for (const output of compile('range(10)', { limits: { outputs: 3 } }).run(null)) {
        outputs.push(output);
      }
    };
    expect(run).toThrow(JqLimitError);
    expect(outputs).toEqual([0, 1, 2]);
  });

  test('first stops an endless program after its first output', () => {
    expect(compile('repeat(1)').first(null)).toBe(1);
    expect(compile('first(range(0; infinite))').first(null)).toBe(0);
  });

  test('a program nested beyond reason is refused, not a crash', () => {
    expect(() => compile('('.repeat(5_000) + '1' + ')'.repeat(5_000))).toThrow(JqLimitError);
    expect(() => compile(`.${'[0]'.repeat(20_000)}`)).toThrow(JqLimitError);
    expect(() => compile(Array.from({ length: 20_000 }, () => '.').join('|'))).toThrow(JqLimitError);
    expect(() => compile(Array.from({ length: 20_000 }, () => '1').join('+'))).toThrow(JqLimitError);
  });

  test('tail calls need no depth', () => {
    expect(compile('def f: if . >= 100000 then . else . + 1 | f end; f').first(0)).toBe(100_000);
    expect(compile('last(recurse(if . < 50000 then . + 1 else empty end))').first(0)).toBe(50_000);
  });

  test('a run leaves nothing behind: each has the whole budget', () => {
    const program = compile('[range(900)] | length', { limits: { steps: 2_000 } });
    expect([program.first(null), program.first(null), program.first(null)]).toEqual([900, 900, 900]);
  });

  test('the error names the limit and its value', () => {
    const program = compile('range(10)', { limits: { outputs: 5 } });
    expect(() => Array.from(program.run(null))).toThrow('jq limit exceeded: outputs is at most 5');
  });

  test('a limit that is no positive number is refused', () => {
    expect(() => compile('.', { limits: { steps: 0 } })).toThrow(TypeError);
    expect(() => compile('.', { limits: { depth: Number.NaN } })).toThrow(TypeError);
    expect(Object.isFrozen(DEFAULT_LIMITS)).toBe(true);
  });
});
