import { describe, expect, test } from '@jest/globals';
import { compile, JqRuntimeError, JqSyntaxError } from './index.js';

function errorOf(source: string): JqSyntaxError {
  try {
    compile(source);
  } catch (error) {
    if (error instanceof JqSyntaxError) {
      return error;
    }
    throw error;
  }
  throw new Error(`${source} compiled`);
}

describe('syntax errors', () => {
  const cases: readonly [string, number, number, number, string][] = [
    ['.a |', 3, 1, 4, 'unexpected end of file'],
    ['.a\n  | foo', 7, 2, 5, 'foo/0 is not defined'],
    ['1 < 2 < 3', 6, 1, 7, "unexpected '<'"],
    ['. as [] | .', 6, 1, 7, "expecting BINDING or '[' or '{'"],
    ['$missing', 0, 1, 1, '$missing is not defined'],
    ['# comment\n\n  $x', 13, 3, 3, '$x is not defined'],
    ['"a\\qb"', 2, 1, 3, 'Invalid escape'],
    ['{(1): 2}', 2, 1, 3, 'Cannot use number (1) as object key'],
    ['break', 0, 1, 1, 'break requires a label'],
    ['break $out', 0, 1, 1, '$*label-out is not defined'],
    ['def f: $y; 1', 7, 1, 8, '$y is not defined'],
    ['. foo', 0, 1, 1, 'try .["field"]'],
    ['map(1; 2)', 0, 1, 1, 'map/2 is not defined'],
    [']', 0, 1, 1, 'INVALID_CHARACTER'],
    ['.a = .b = 1', 8, 1, 9, "unexpected '='"],
    ['if . then 1', 10, 1, 11, 'unexpected end of file'],
    ['{a b}', 3, 1, 4, "expecting '}'"],
    ['"\\(1', 3, 1, 4, 'unexpected end of file'],
    ['reduce . as $x', 12, 1, 13, "expecting '('"],
  ];
  for (const [source, offset, line, column, reason] of cases) {
    test(`${JSON.stringify(source)} points to line ${line}, column ${column}`, () => {
      const error = errorOf(source);
      expect(error.reason).toContain(reason);
      expect([error.offset, error.line, error.column]).toEqual([offset, line, column]);
      expect(error.message).toContain(`at line ${line}, column ${column}`);
    });
  }
});

describe('run-time errors', () => {
  function valueOf(source: string, input: unknown = null): unknown {
    try {
      compile(source).first(input);
    } catch (error) {
      return error instanceof JqRuntimeError ? error.value : error;
    }
    return 'no error';
  }

  test('carry the jq error value, whatever its kind', () => {
    expect(valueOf('error({code: 7})')).toEqual({ code: 7 });
    expect(valueOf('error(null)')).toBeNull();
    expect(valueOf('error')).toBeNull();
    expect(valueOf('.a.b', { a: 5 })).toBe('Cannot index number with string ("b")');
    expect(valueOf('"a" - 1')).toBe('string ("a") and number (1) cannot be subtracted');
    expect(valueOf('"bye" | halt_error')).toBe('bye');
  });

  test('outputs before an error are given, then it is thrown', () => {
    const outputs: unknown[] = [];
    expect(() => {
      for (const output of compile('1, 2, error("late"), 3').run(null)) {
        outputs.push(output);
      }
    }).toThrow('late');
    expect(outputs).toEqual([1, 2]);
  });
});

describe('the program', () => {
  test('ends its outputs at halt, which no try catches', () => {
    expect(Array.from(compile('1, try halt catch 2, 3').run(null))).toEqual([1]);
    expect(compile('halt').first(null)).toBeUndefined();
  });

  test('takes variables by name without their dollar sign', () => {
    const program = compile('$context.user + ":" + $input.id', { variables: ['context', 'input'] });
    expect(program.first(null, { context: { user: 'ann' }, input: { id: 'i1' } })).toBe('ann:i1');
    expect(Array.from(compile('$x', { variables: ['x'] }).run(null))).toEqual([null]);
  });

  test('lets a program shadow a built-in and a variable', () => {
    expect(compile('def map(f): "mine"; map(.)').first([1])).toBe('mine');
    expect(compile('def recurse: "mine"; [..]').first([1])).toEqual([[1], 1]);
    expect(compile('1 as $x | 2 as $x | $x', { variables: ['x'] }).first(null, { x: 0 })).toBe(2);
  });

  test('gives undefined for first when there is no output', () => {
    expect(compile('empty').first(null)).toBeUndefined();
    expect(compile('.[]').first([])).toBeUndefined();
    expect(compile('null').first(1)).toBeNull();
  });

  test('keeps closures and their variables apart through recursion', () => {
    const source = 'def f(g): if . > 3 then . else (. as $n | . + 1 | f(g + $n)) end; 0 | f(100)';
    expect(compile(source).first(null)).toBe(4);
    expect(compile('def f(g): g | g; 1 as $a | 2 as $b | 10 | f(. as $x | $x + $a + $b)').first(null)).toBe(
      16,
    );
    expect(Array.from(compile('def f(g): g | g; 5 | f((1, 2) as $y | (., $y))').run(null))).toHaveLength(16);
    expect(compile('def fac: if . <= 1 then 1 else . * (. - 1 | fac) end; fac').first(10)).toBe(3_628_800);
    expect(compile('def a: def b: if . > 2 then . else . + 1 | a end; b; a').first(0)).toBe(3);
  });
});
