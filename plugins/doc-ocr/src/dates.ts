/** In which order a date with slashes is written. */
export type DateOrder = 'day-first' | 'month-first';

const MONTHS = [
  ['januar', 'jänner', 'january', 'janvier', 'jan'],
  ['februar', 'february', 'février', 'fevrier', 'feb', 'févr', 'fevr'],
  ['märz', 'maerz', 'marz', 'march', 'mars', 'mär', 'mar', 'mrz'],
  ['april', 'avril', 'apr', 'avr'],
  ['mai', 'may'],
  ['juni', 'june', 'juin', 'jun'],
  ['juli', 'july', 'juillet', 'jul', 'juil'],
  ['august', 'août', 'aout', 'aug'],
  ['september', 'septembre', 'sept', 'sep'],
  ['oktober', 'october', 'octobre', 'okt', 'oct'],
  ['november', 'novembre', 'nov'],
  ['dezember', 'december', 'décembre', 'decembre', 'dez', 'dec', 'déc'],
] as const;
const MONTH_OF = new Map<string, number>(
  MONTHS.flatMap((names, index) => names.map((name) => [name, index + 1] as const)),
);
const MONTH_NAMES = [...MONTH_OF.keys()].toSorted((left, right) => right.length - left.length).join('|');

const PATTERNS: {
  pattern: RegExp;
  parts: (match: RegExpMatchArray, order: DateOrder) => [string, string, string];
}[] = [
  { pattern: /(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)/g, parts: (m) => [m[1]!, m[2]!, m[3]!] },
  {
    pattern: /(?<![\d.])(\d{1,2})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{4}|\d{2})(?![\d.]\d)/g,
    parts: (m, order) =>
      m[2] === '/' && order === 'month-first' ? [m[4]!, m[1]!, m[3]!] : [m[4]!, m[3]!, m[1]!],
  },
  {
    pattern: new RegExp(
      `(?<!\\d)(\\d{1,2})(?:\\.|st|nd|rd|th|er)?\\s+(${MONTH_NAMES})\\.?,?\\s+(\\d{4})`,
      'gi',
    ),
    parts: (m) => [m[3]!, monthOf(m[2]!), m[1]!],
  },
  {
    pattern: new RegExp(
      `(?<![\\wäöüé])(${MONTH_NAMES})\\.?\\s+(\\d{1,2})(?:st|nd|rd|th)?,?\\s+(\\d{4})`,
      'gi',
    ),
    parts: (m) => [m[3]!, monthOf(m[1]!), m[2]!],
  },
];

/** Dates in a text with their place, left to right, as ISO 8601. */
export function datesIn(text: string, order: DateOrder): { value: string; from: number; to: number }[] {
  const found = PATTERNS.flatMap(({ pattern, parts }) =>
    [...text.matchAll(pattern)].flatMap((match) => {
      const value = toIso(...parts(match, order));
      return value === null ? [] : [{ value, from: match.index, to: match.index + match[0].length }];
    }),
  );
  return found.toSorted((left, right) => left.from - right.from);
}

/**
 * How dates with slashes are meant. A part above twelve can only be a day; if no date tells, a document in US
 * dollars is taken for American.
 */
export function dateOrderOf(text: string): DateOrder {
  let monthFirst = 0;
  for (const match of text.matchAll(/(?<!\d)(\d{1,2})\/(\d{1,2})\/\d{2,4}/g)) {
    if (Number(match[2]) > 12) monthFirst += 1;
    if (Number(match[1]) > 12) monthFirst -= 1;
  }
  if (monthFirst !== 0) return monthFirst > 0 ? 'month-first' : 'day-first';
  return /\$|\bUSD\b/.test(text) ? 'month-first' : 'day-first';
}

function monthOf(name: string): string {
  return String(MONTH_OF.get(name.toLowerCase()) ?? 0);
}

function toIso(year: string, month: string, day: string): string | null {
  const full = year.length === 2 ? `20${year}` : year;
  const iso = `${full}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  // A day such as 31 February rolls over and no longer gives the text that it came from.
  const time = Date.parse(`${iso}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso) ? iso : null;
}
