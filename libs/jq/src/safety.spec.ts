import { describe, expect, test } from '@jest/globals';
import { compile, JqRuntimeError } from './index.js';

function all(program: string, input: unknown = null): unknown[] {
  return Array.from(compile(program).run(input));
}

describe('prototype safety', () => {
  test('inherited names are absent', () => {
    for (const name of [
      'constructor',
      '__proto__',
      'toString',
      'hasOwnProperty',
      'valueOf',
      '__defineGetter__',
    ]) {
      expect(all(`.${name}, .["${name}"], has("${name}")`, {})).toEqual([null, null, false]);
      expect(all(`getpath(["${name}", "${name}"])`, {})).toEqual([null]);
    }
    expect(all('.length?', [1, 2])).toEqual([]);
    expect(all('try .length catch .', 'abc')).toEqual(['Cannot index string with string ("length")']);
  });

  test('a built __proto__ is a plain own key and reaches no prototype', () => {
    const programs = [
      '{"__proto__": {polluted: 1}}',
      '{} | .["__proto__"] = {polluted: 1}',
      '{} | setpath(["__proto__"]; {polluted: 1})',
      '{} + {"__proto__": {polluted: 1}}',
      '{} * {"__proto__": {polluted: 1}}',
      '[["__proto__", {polluted: 1}]] | map({(.[0]): .[1]}) | add',
      '[{key: "__proto__", value: {polluted: 1}}] | from_entries',
      '"{\\"__proto__\\":{\\"polluted\\":1}}" | fromjson',
      '{"__proto__": {polluted: 0}} | map_values({polluted: 1})',
      '{} | .["__proto__"].polluted = 1',
      '{a: {polluted: 1}} | with_entries(.key = "__proto__")',
      'reduce ("__proto__") as $k ({}; .[$k] = {polluted: 1})',
      '{a: 1} | .["__proto__"] |= {polluted: 1} | del(.a)',
    ];
    for (const program of programs) {
      const [built] = all(program) as [object];
      expect(Object.getOwnPropertyDescriptor(built, '__proto__')?.value).toEqual({ polluted: 1 });
      expect(Object.getPrototypeOf(built)).toBe(Object.prototype);
      expect((built as { polluted?: unknown }).polluted).toBeUndefined();
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  });

  test('an own __proto__ of the input is a key like any other', () => {
    const input = JSON.parse('{"__proto__": 1, "a": 2}') as unknown;
    expect(all('keys', input)).toEqual([['__proto__', 'a']]);
    expect(all('.["__proto__"], tojson, (to_entries | length)', input)).toEqual([
      1,
      '{"__proto__":1,"a":2}',
      2,
    ]);
    expect(all('. == . and contains({"__proto__": 1})', input)).toEqual([true]);
  });

  test('getters are never run', () => {
    let runs = 0;
    const input = {
      get secret() {
        runs += 1;
        return 'leaked';
      },
      nested: { plain: 1 },
    };
    all(
      '.secret, .["secret"], .[], .., tojson, to_entries, map_values(.), (. + {a: 1}), del(.nested), (.nested.plain = 2), . == .',
      input,
    );
    all(
      'walk(.), [paths], @json, length, keys, any, (.secret |= 1), with_entries(.), add(.[]), has("secret"), tostream',
      input,
    );
    expect(runs).toBe(0);
  });

  test('toJSON and other host methods are never called', () => {
    const input = {
      toJSON: () => {
        throw new Error('called');
      },
      a: 1,
    };
    expect(all('tojson, tostring, .a', input)).toEqual(['{"toJSON":null,"a":1}', '{"toJSON":null,"a":1}', 1]);
  });

  test('no host is in sight', () => {
    expect(all('env, $ENV, input_filename, (try input catch .), (try modulemeta catch .)')).toEqual([
      {},
      {},
      null,
      'break',
      'modules are not supported',
    ]);
    expect(() => compile('import "a" as a; 1')).toThrow('modules are not supported');
  });

  test('a word that JavaScript objects inherit is no built-in and no literal', () => {
    expect(() => compile('toString')).toThrow('toString/0 is not defined');
    expect(() => compile('constructor')).toThrow('constructor/0 is not defined');
    expect(() => all('"toString" | fromjson')).toThrow(JqRuntimeError);
    expect(() => all('@constructor')).toThrow('constructor is not a valid format');
    expect(() => compile('$constructor')).toThrow('$constructor is not defined');
  });

  test('variables are read from own properties only', () => {
    const program = compile('$context.a, $toString', { variables: ['context', 'toString'] });
    expect(Array.from(program.run(null, { context: { a: 1 } }))).toEqual([1, null]);
  });
});

describe('the input', () => {
  function freeze(value: unknown): unknown {
    if (typeof value === 'object' && value !== null) {
      Object.values(value).forEach(freeze);
      Object.freeze(value);
    }
    return value;
  }

  test('is never changed, and neither is an output given before', () => {
    const input = freeze({ a: [3, 1, 2], b: { c: 1, d: [{ e: 1 }, { e: 2 }] }, s: 'text' });
    const before = JSON.stringify(input);
    const programs = [
      '.a |= sort',
      '.a[] += 1',
      '.b.d[].e |= . + 1',
      'del(.a[0], .b.d[0])',
      '.a | sort, reverse, unique, flatten',
      '.a + [4]',
      '.b * {c: {x: 1}}',
      'setpath(["b", "d", 0, "e"]; 9)',
      'to_entries',
      'with_entries(.value |= tostring)',
      'walk(.)',
      'reduce .a[] as $x (.; .a += [$x] | .b[$x | tostring] = .a)',
      '[.a, .a] | add',
      '.a as [$x, $y] | .b.c = $x + $y',
      'delpaths([["a", 0], ["b", "d", 1]])',
      'map_values(.)',
      '.a[1:] = ["x"]',
      '.b.d |= map(select(.e > 1))',
      '[.b.d[] | .e = 5]',
      'add(.a, .a)',
      '[limit(2; .a[])] | .[0] = 1',
      '.. |= .',
      '(.a, .b) |= empty',
      'pick(.b.d[1].e)',
    ];
    for (const program of programs) {
      expect(() => all(program, input)).not.toThrow();
    }
    expect(JSON.stringify(input)).toBe(before);
  });

  test('kept values stay as they were when later updates write in place', () => {
    const keep = 'if type == "object" then {c, kept: .} else . + 1 end';
    expect(all(`{a: {b: {c: 1}}} | (.a.b.c, .a.b, .a.b.c) |= (${keep})`)).toEqual([
      { a: { b: { c: 3, kept: { c: 2 } } } },
    ]);
  });

  test('values JSON has no word for count as null', () => {
    expect(all('.a, (.b | type), (.c | type), tojson', { a: undefined, b: () => 1, c: Symbol('x') })).toEqual(
      [null, 'null', 'null', '{"a":null,"b":null,"c":null}'],
    );
  });
});
