import type { CharTest } from './regex-ast.js';

/** A class from the host's Unicode tables; ASCII, nearly all there is, is answered from a table. */
export function classOf(source: string): CharTest {
  const pattern = new RegExp(`^${source}$`, 'u');
  const ascii = Array.from({ length: 128 }, (_, code) => pattern.test(String.fromCharCode(code)));
  return (code) => (code < 128 ? (ascii[code] as boolean) : pattern.test(String.fromCodePoint(code)));
}

export function not(test: CharTest): CharTest {
  return (code) => !test(code);
}

export function anyOf(tests: readonly CharTest[]): CharTest {
  return tests.length === 1 ? (tests[0] as CharTest) : (code) => tests.some((test) => test(code));
}

export function range(from: number, to: number): CharTest {
  return from === to ? (code) => code === from : (code) => code >= from && code <= to;
}

const SOURCES: ReadonlyMap<string, string> = new Map([
  ['digit', '\\p{Nd}'],
  ['word', '[\\p{L}\\p{M}\\p{N}\\p{Pc}]'],
  ['space', '[\\t-\\r \\x85\\p{Z}]'],
  ['alnum', '[\\p{Alphabetic}\\p{Nd}]'],
  ['alpha', '\\p{Alphabetic}'],
  ['ascii', '[\\0-\\x7f]'],
  ['blank', '[\\t\\p{Zs}]'],
  ['cntrl', '[\\p{Cc}\\p{Cf}\\p{Cn}\\p{Co}\\p{Cs}]'],
  ['graph', '[^\\p{White_Space}\\p{Cc}\\p{Cn}\\p{Cs}]'],
  ['lower', '\\p{Lowercase}'],
  ['print', '[^\\p{Cc}\\p{Cn}\\p{Cs}]'],
  ['punct', '[\\p{P}$+<=>^`|~]'],
  ['upper', '\\p{Uppercase}'],
  ['xdigit', '[0-9A-Fa-f]'],
  ['any', '[^]'],
]);

const cache = new Map<string, CharTest>();

function cached(key: string, build: () => CharTest): CharTest {
  const known = cache.get(key) ?? build();
  if (cache.size < 200) {
    cache.set(key, known);
  }
  return known;
}

/** A POSIX bracket name or one of the engine's own; undefined when there is none of that name. */
export function namedClass(name: string): CharTest | undefined {
  const source = SOURCES.get(name.toLowerCase());
  return source === undefined ? undefined : cached(name.toLowerCase(), () => classOf(source));
}

/** `\p{name}`: a POSIX name, a general category, a script or a binary property. */
export function propertyClass(name: string): CharTest | undefined {
  const plain = name.replace(/[\s-]/g, '_');
  const known = namedClass(plain);
  if (known !== undefined) {
    return known;
  }
  const capital = plain.replace(
    /(^|_)([a-z])/gi,
    (_, gap: string, letter: string) => gap + letter.toUpperCase(),
  );
  for (const source of [plain, capital, `Script=${capital}`, `sc=${plain}`]) {
    try {
      return cached(`p:${plain}`, () => classOf(`\\p{${source}}`));
    } catch {
      // Not a name the host knows in this form; another form may be.
    }
  }
  return undefined;
}

/** The other cases of a code point, by simple folding. */
function variants(code: number): number[] {
  const char = String.fromCodePoint(code);
  return [char.toLowerCase(), char.toUpperCase()]
    .filter((other) => Array.from(other).length === 1)
    .map((other) => other.codePointAt(0) as number);
}

/** One form for all cases of a code point, for comparing without regard to case. */
export function fold(code: number): number {
  const upper = String.fromCodePoint(code).toUpperCase();
  const single = Array.from(upper).length === 1 ? upper : String.fromCodePoint(code);
  const lower = single.toLowerCase();
  return Array.from(lower).length === 1 ? (lower.codePointAt(0) as number) : code;
}

/** The class with the other cases of its members. */
export function ignoringCase(test: CharTest): CharTest {
  return (code) => test(code) || variants(code).some(test);
}
