import fc from 'fast-check';

/** One case: a program over the supported subset, and its input. */
export interface FuzzCase {
  readonly program: string;
  readonly input: unknown;
}

// Keys never look like integers: JavaScript would order those first, which is the one order jq does not
// share.
const KEYS = ['a', 'b', 'c', 'key', 'value', 'name', 'x y', 'é'];
const STRINGS = [
  '',
  'a',
  'abc',
  'a,b',
  'A b',
  'xyzzy',
  'é😀',
  '12.5',
  '-1.5',
  '[1,2]',
  'YWJj',
  'foo bar',
  '2015-03-05T23:51:47Z',
  "it's",
];

// Only numbers whose text is the same however they came about: jq keeps the spelling of literals (1.0, 1e3).
const NUMBERS = [0, 1, 2, 3, 5, 10, 100, -1, -2, 0.5, 1.5, -2.5, 1425599621, 123456789012];

const scalar = fc.oneof(
  fc.constantFrom<unknown>(null, true, false),
  fc.constantFrom(...NUMBERS),
  fc.constantFrom(...STRINGS),
);

/** JSON values as deep as an expression is likely to look. */
export const value: fc.Arbitrary<unknown> = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    scalar,
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .uniqueArray(fc.tuple(fc.constantFrom(...KEYS), tie('value')), {
        maxLength: 4,
        selector: ([key]) => key,
      })
      .map((entries) => Object.fromEntries(entries)),
  ),
})).value;

const NAMES = KEYS.filter((key) => /^[a-z]+$/.test(key));
const FORMATS = ['text', 'json', 'csv', 'tsv', 'html', 'uri', 'sh', 'base64', 'base64d', 'urid'];
const BINARY = ['+', '-', '*', '/', '%', '==', '!=', '<', '<=', '>', '>=', 'and', 'or', '//'];
const ASSIGN = ['=', '|=', '+=', '-=', '*=', '//='];
const PATTERNS = [
  'a',
  '[a-z]+',
  '(?<w>\\\\w)(?<d>\\\\d)?',
  'b|c',
  '^a',
  'c$',
  '(a)|(b)',
  '\\\\s',
  '.',
  'x*y',
  'z{2}',
  '[^a-c]',
];

/** Built-ins of the input alone. Left out: those that see the clock, the host, or the spelling of numbers. */
const NULLARY = [
  'length',
  'utf8bytelength',
  'not',
  'keys',
  'keys_unsorted',
  'values',
  'nulls',
  'booleans',
  'numbers',
  'strings',
  'arrays',
  'objects',
  'iterables',
  'scalars',
  'type',
  'add',
  'any',
  'all',
  'flatten',
  'floor',
  'ceil',
  'round',
  'sqrt',
  'fabs',
  'abs',
  'trunc',
  'tostring',
  'tonumber',
  'toboolean',
  'tojson',
  'fromjson',
  'ascii_downcase',
  'ascii_upcase',
  'explode',
  'implode',
  'trim',
  'ltrim',
  'rtrim',
  'reverse',
  'sort',
  'unique',
  'min',
  'max',
  'to_entries',
  'from_entries',
  'first',
  'last',
  'paths',
  'transpose',
  'tostream',
  'infinite',
  'nan',
  'isinfinite',
  'isnan',
  'isnormal',
  'isfinite',
  'recurse',
  'empty',
  'error',
  '..',
  '.[]',
  '.[]?',
  '(numbers | todate)',
  'fromdate',
  '(numbers | fabs | gmtime | mktime)',
  'gmtime',
  'combinations',
  'finites',
  'normals',
  'splits("a")',
  'frexp',
  'modf',
  'logb',
  'significand',
  'getpath(["a","b"])',
  'inputs',
  'debug',
];

const UNARY = [
  'map',
  'map_values',
  'select',
  'recurse_limited',
  'to_entries_with',
  'sort_by',
  'group_by',
  'unique_by',
  'min_by',
  'max_by',
  'first',
  'last',
  'isempty',
  'any',
  'all',
  'add',
  'has',
  'in_array',
  'inside',
  'contains',
  'index',
  'rindex',
  'indices',
  'join',
  'flatten',
  'range_small',
  'startswith',
  'endswith',
  'ltrimstr',
  'rtrimstr',
  'trimstr',
  'split',
  'walk',
  'bsearch',
  'error',
  'with_entries',
  'nth',
  'INDEX',
  'IN',
  'delpaths',
  'getpath',
  'fromstream',
  'combinations_small',
  'truncate_stream',
  'ascii_like',
];

interface Grammar {
  expression: string;
  path: string;
  source: string;
}

function unaryCall(name: string, argument: string): string {
  switch (name) {
    case 'recurse_limited':
      return `[limit(6; recurse(${argument}))]`;
    case 'to_entries_with':
      return `(to_entries | map(.value |= ${argument}))`;
    case 'in_array':
      return `(${argument} | in([1, 2, 3]))`;
    case 'range_small':
      return `[limit(5; range(${argument}))]`;
    case 'fromstream':
      return 'fromstream(tostream)';
    case 'combinations_small':
      return '[limit(4; combinations)]';
    case 'truncate_stream':
      return '[1 | truncate_stream([[0], 1], [[1, 0], 2], [[1, 0]], [[1]])]';
    case 'ascii_like':
      return `(${argument} | tostring | ascii_downcase)`;
    default:
      return `${name}(${argument})`;
  }
}

/*
 * Also outside: several initial states of one `reduce` (jq loses its input from the second on), literals'
 * spelling, and
 * arbitrary expressions as paths, where jq's message shows how its built-ins are written.
 */

/** Programs as text; every alternative is one that jq and this engine both define fully. */
const grammar = fc.letrec<Grammar>((tie) => {
  const e = tie('expression');
  const path = tie('path');
  const source = tie('source');
  const number = fc.constantFrom('0', '1', '2', '3', '(-1)', '0.5', '1.5', '10', '100');
  const text = fc.constantFrom(...STRINGS).map((string) => JSON.stringify(string));
  const name = fc.constantFrom(...NAMES);
  const pattern = fc.constantFrom(...PATTERNS).map((regex) => `"${regex}"`);
  return {
    path: fc.oneof(
      { maxDepth: 3, depthSize: 'small' },
      fc.constantFrom(
        '.',
        '.a',
        '.b',
        '.[0]',
        '.[-1]',
        '.["x y"]',
        '.a.b',
        '.[]',
        '.[]?',
        '.a?',
        '..',
        'first',
        'last',
      ),
      fc.tuple(path, path).map(([a, b]) => `(${a} | ${b})`),
      fc.tuple(path, path).map(([a, b]) => `(${a}, ${b})`),
      fc.tuple(path, e).map(([a, b]) => `(${a} | select(${b}))`),
      fc.tuple(path, path).map(([a, b]) => `(${a} // ${b})`),
      fc.tuple(e, path, path).map(([c, a, b]) => `(if ${c} then ${a} else ${b} end)`),
      path.map((a) => `(${a})?`),
      path.map((a) => `first(${a})`),
      path.map((a) => `limit(2; ${a})`),
      fc
        .tuple(fc.constantFrom(':1', '1:', '-2:', '0:2', '1:3'), path)
        .map(([slice, a]) => `(.[${slice}] | ${a})`),
      fc.constantFrom('getpath(["a","b"])', 'recurse', 'getpath([0])', 'empty', 'to_entries'),
    ),
    source: fc.oneof(fc.constantFrom('.[]', '.[]?', '(1, 2, 3)', '(.a, .b)', 'range(3)', '..'), path),
    expression: fc.oneof(
      { maxDepth: 4, depthSize: 'small' },
      fc.constant('.'),
      number,
      text,
      fc.constantFrom('null', 'true', 'false', '[]', '{}', '[1,2,3]', '{"a":1,"b":[2]}', '$v'),
      fc.constantFrom(...NULLARY),
      path,
      fc.tuple(e, e).map(([a, b]) => `(${a} | ${b})`),
      fc.tuple(e, e).map(([a, b]) => `(${a}, ${b})`),
      fc.tuple(e, fc.constantFrom(...BINARY), e).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
      fc.tuple(e, e, e).map(([c, a, b]) => `if ${c} then ${a} else ${b} end`),
      fc.tuple(e, e).map(([c, a]) => `(if ${c} then ${a} end)`),
      e.map((a) => `[${a}]`),
      fc.tuple(name, e, name, e).map(([k, a, l, b]) => `{${k}: (${a}), ${l}: (${b})}`),
      fc.tuple(e, e).map(([k, a]) => `{(${k}): (${a})}`),
      name.map((k) => `{${k}, "x y", $v}`),
      fc.tuple(e, e).map(([a, b]) => `"<\\(${a})-\\(${b})>"`),
      fc.tuple(fc.constantFrom(...FORMATS), e).map(([format, a]) => `(${a} | @${format})`),
      fc.tuple(fc.constantFrom(...FORMATS), e).map(([format, a]) => `@${format} "v=\\(${a})"`),
      e.map((a) => `(try (${a}) catch .)`),
      fc.tuple(e, e).map(([a, b]) => `(try (${a}) catch (${b}))`),
      e.map((a) => `(${a})?`),
      e.map((a) => `(-(${a}))`),
      fc.tuple(e, e).map(([a, b]) => `(${a} | .[${b}])`),
      fc.tuple(e, e, e).map(([a, b, c]) => `(${a} | .[${b}:${c}])`),
      fc.tuple(source, e).map(([s, a]) => `(${s} as $v | ${a})`),
      fc.tuple(source, e).map(([s, a]) => `(${s} as [$v, {a: $w}] | [$v, $w, ${a}])`),
      fc.tuple(source, e).map(([s, a]) => `(${s} as {a: $v, $b, "c": [$w]} | [$v, $b, $w, ${a}])`),
      fc.tuple(source, e, e).map(([s, i, u]) => `reduce (${s}) as $v ([${i}] | .[0]; ${u})`),
      fc.tuple(source, e, e).map(([s, i, u]) => `foreach (${s}) as $v (${i}; ${u})`),
      fc.tuple(source, e, e, e).map(([s, i, u, x]) => `foreach (${s}) as $v (${i}; ${u}; ${x})`),
      fc.tuple(source, e).map(([s, c]) => `[label $out | ${s} | (., (select(${c}) | break $out))]`),
      fc.tuple(e, e).map(([b, a]) => `(def f: ${b}; ${a} | f)`),
      fc.tuple(e, e).map(([b, a]) => `(def f(g; $w): [g, $w, ${b}]; f(${a}; .))`),
      fc.tuple(path, fc.constantFrom(...ASSIGN), e).map(([p, operator, a]) => `(${p} ${operator} ${a})`),
      fc.tuple(path, e).map(([p, a]) => `(${p} |= (${a}))`),
      fc.tuple(fc.constantFrom(...UNARY), e).map(([call, a]) => unaryCall(call, a)),
      fc.tuple(fc.constantFrom('path', 'del', 'pick', 'paths'), path).map(([call, p]) => `[${call}(${p})]`),
      fc.tuple(path, e).map(([p, a]) => `reduce path(${p}) as $p (.; setpath($p; ${a}))`),
      fc
        .tuple(fc.constantFrom('limit', 'skip', 'nth'), number, e)
        .map(([call, n, a]) => `[${call}(${n}; ${a})]`),
      fc.tuple(e, e).map(([p, a]) => `setpath([${p}]; ${a})`),
      fc.tuple(e, e).map(([a, b]) => `(${a} | any(.[]?; ${b}))`),
      fc
        .tuple(
          fc.constantFrom('test', 'match', 'capture', 'scan', 'splits'),
          pattern,
          fc.constantFrom('', '; "g"', '; "gi"', '; null'),
        )
        .map(([call, regex, flags]) => `[${call}(${regex}${flags})]`),
      fc
        .tuple(fc.constantFrom('sub', 'gsub'), pattern, e)
        .map(([call, regex, a]) => `${call}(${regex}; "<\\(${a} | tostring)>")`),
      fc.tuple(e, e).map(([c, u]) => `[limit(4; while(${c}; ${u}))]`),
      fc
        .tuple(number, number, fc.constantFrom('1', '2', '(-1)'))
        .map(([a, b, c]) => `[range(${a}; ${b}; ${c})]`),
    ),
  };
});

/** `?//` stays at the top: inside `first` and its like, jq lets it catch their internal error too. */
const topLevel = fc.oneof(
  { weight: 12, arbitrary: grammar.expression },
  {
    weight: 1,
    arbitrary: fc
      .tuple(grammar.path, grammar.expression)
      .map(([s, a]) => `[${s} as [$v] ?// {a: $v} ?// $v | [$v, ${a}]]`),
  },
);

/** Cases for the comparison. `$v` is bound so that every generated variable has a meaning. */
export const fuzzCase: fc.Arbitrary<FuzzCase> = fc.record({
  program: topLevel.map((program) => `null as $v | ${program}`),
  input: value,
});
