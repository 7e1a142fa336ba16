import { daysFromCivil, fromSeconds, MONTHS, WEEKDAYS, type BrokenTime } from './dates.js';

/** What has been read so far; undefined parts were not in the text. */
interface Draft {
  year?: number;
  century?: number;
  yearOfCentury?: number;
  month?: number;
  day?: number;
  hour?: number;
  hour12?: number;
  isAfternoon?: boolean;
  minute?: number;
  second?: number;
  weekday?: number;
  yearDay?: number;
  epoch?: number;
}

export interface Parsed {
  readonly time: BrokenTime;
  /** What follows the part that matched. */
  readonly rest: string;
}

const COMPOSITE: ReadonlyMap<string, string> = new Map([
  ['c', '%a %b %e %H:%M:%S %Y'],
  ['D', '%m/%d/%y'],
  ['F', '%Y-%m-%d'],
  ['r', '%I:%M:%S %p'],
  ['R', '%H:%M'],
  ['T', '%H:%M:%S'],
  ['x', '%m/%d/%y'],
  ['X', '%H:%M:%S'],
]);

interface NumberRule {
  readonly digits: number;
  readonly min: number;
  readonly max: number;
  readonly store: (draft: Draft, value: number) => void;
}

const DAY: NumberRule = {
  digits: 2,
  min: 1,
  max: 31,
  store: (draft, value) => {
    draft.day = value;
  },
};
const HOUR: NumberRule = {
  digits: 2,
  min: 0,
  max: 23,
  store: (draft, value) => {
    draft.hour = value;
  },
};
const HOUR12: NumberRule = {
  digits: 2,
  min: 1,
  max: 12,
  store: (draft, value) => {
    draft.hour12 = value;
  },
};
const IGNORED = (): void => undefined;

const NUMBERS: ReadonlyMap<string, NumberRule> = new Map<string, NumberRule>([
  ['d', DAY],
  ['e', DAY],
  ['H', HOUR],
  ['k', HOUR],
  ['I', HOUR12],
  ['l', HOUR12],
  [
    'C',
    {
      digits: 2,
      min: 0,
      max: 99,
      store: (draft, value) => {
        draft.century = value;
      },
    },
  ],
  [
    'j',
    {
      digits: 3,
      min: 1,
      max: 366,
      store: (draft, value) => {
        draft.yearDay = value - 1;
      },
    },
  ],
  [
    'm',
    {
      digits: 2,
      min: 1,
      max: 12,
      store: (draft, value) => {
        draft.month = value - 1;
      },
    },
  ],
  [
    'M',
    {
      digits: 2,
      min: 0,
      max: 59,
      store: (draft, value) => {
        draft.minute = value;
      },
    },
  ],
  [
    'S',
    {
      digits: 2,
      min: 0,
      max: 61,
      store: (draft, value) => {
        draft.second = value;
      },
    },
  ],
  [
    'u',
    {
      digits: 1,
      min: 1,
      max: 7,
      store: (draft, value) => {
        draft.weekday = value % 7;
      },
    },
  ],
  [
    'w',
    {
      digits: 1,
      min: 0,
      max: 6,
      store: (draft, value) => {
        draft.weekday = value;
      },
    },
  ],
  [
    'y',
    {
      digits: 2,
      min: 0,
      max: 99,
      store: (draft, value) => {
        draft.yearOfCentury = value;
      },
    },
  ],
  [
    'Y',
    {
      digits: 4,
      min: 0,
      max: 9999,
      store: (draft, value) => {
        draft.year = value;
      },
    },
  ],
  [
    's',
    {
      digits: 16,
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
      store: (draft, value) => {
        draft.epoch = value;
      },
    },
  ],
  ['g', { digits: 2, min: 0, max: 99, store: IGNORED }],
  ['G', { digits: 4, min: 0, max: 9999, store: IGNORED }],
  ['U', { digits: 2, min: 0, max: 53, store: IGNORED }],
  ['V', { digits: 2, min: 0, max: 53, store: IGNORED }],
  ['W', { digits: 2, min: 0, max: 53, store: IGNORED }],
]);

class TimeReader {
  readonly draft: Draft = {};
  at = 0;

  constructor(private readonly text: string) {}

  /** Reads as the format says; false where the text differs from it. */
  read(format: string): boolean {
    for (let at = 0; at < format.length; at += 1) {
      const char = format[at] as string;
      if (/\s/.test(char)) {
        this.skipSpace();
      } else if (char === '%') {
        at += /[EO]/.test(format[at + 1] ?? '') ? 2 : 1;
        if (!this.convert(format[at] ?? '')) {
          return false;
        }
      } else if (this.text[this.at] === char) {
        this.at += 1;
      } else {
        return false;
      }
    }
    return true;
  }

  private skipSpace(): void {
    while (/\s/.test(this.text[this.at] ?? '')) {
      this.at += 1;
    }
  }

  private convert(letter: string): boolean {
    const composite = COMPOSITE.get(letter);
    if (composite !== undefined) {
      return this.read(composite);
    }
    const number = NUMBERS.get(letter);
    if (number !== undefined) {
      return this.number(number);
    }
    switch (letter) {
      case 'a':
      case 'A':
        return this.name(WEEKDAYS, (index) => {
          this.draft.weekday = index;
        });
      case 'b':
      case 'B':
      case 'h':
        return this.name(MONTHS, (index) => {
          this.draft.month = index;
        });
      case 'p':
      case 'P':
        return this.name(['AM', 'PM'], (index) => {
          this.draft.isAfternoon = index === 1;
        });
      case 'n':
      case 't':
        this.skipSpace();
        return true;
      case 'z':
        return this.match(/^\s*(?:Z|[+-]\d\d(?::?\d\d)?)/);
      case 'Z':
        return this.match(/^\s*\S*/);
      case '%':
        return this.match(/^%/);
      default:
        return false;
    }
  }

  private match(pattern: RegExp): boolean {
    const found = pattern.exec(this.text.slice(this.at));
    this.at += found?.[0].length ?? 0;
    return found !== null;
  }

  private number({ digits, min, max, store }: NumberRule): boolean {
    this.skipSpace();
    let end = this.at;
    while (end < this.at + digits && /\d/.test(this.text[end] ?? '')) {
      end += 1;
    }
    const value = Number(this.text.slice(this.at, end));
    if (end === this.at || value < min || value > max) {
      return false;
    }
    this.at = end;
    store(this.draft, value);
    return true;
  }

  /** A full name or its first three letters, in any case. */
  private name(names: readonly string[], store: (index: number) => void): boolean {
    const text = this.text.slice(this.at).toLowerCase();
    for (const [index, name] of names.entries()) {
      for (const form of [name.toLowerCase(), name.slice(0, 3).toLowerCase()]) {
        if (text.startsWith(form)) {
          this.at += form.length;
          store(index);
          return true;
        }
      }
    }
    return false;
  }
}

function yearOf({ year, century, yearOfCentury }: Draft): number {
  if (year !== undefined) {
    return year;
  }
  if (century !== undefined) {
    return century * 100 + (yearOfCentury ?? 0);
  }
  return yearOfCentury === undefined ? 1900 : yearOfCentury + (yearOfCentury < 69 ? 2000 : 1900);
}

function hourOf({ hour, hour12, isAfternoon }: Draft): number {
  return hour12 === undefined ? (hour ?? 0) : (hour12 % 12) + (isAfternoon === true ? 12 : 0);
}

function complete(draft: Draft): BrokenTime {
  if (draft.epoch !== undefined) {
    return fromSeconds(draft.epoch);
  }
  const year = yearOf(draft);
  const byYearDay = draft.yearDay !== undefined && draft.month === undefined && draft.day === undefined;
  const days = byYearDay
    ? daysFromCivil(year, 0, 1 + (draft.yearDay ?? 0))
    : daysFromCivil(
        year,
        draft.month ?? 0,
        draft.day ?? (draft.month === undefined && draft.year === undefined ? 0 : 1),
      );
  const date = fromSeconds(days * 86_400);
  return {
    year,
    month: byYearDay ? date.month : (draft.month ?? 0),
    day: byYearDay
      ? date.day
      : (draft.day ?? (draft.month === undefined && draft.year === undefined ? 0 : 1)),
    hour: hourOf(draft),
    minute: draft.minute ?? 0,
    second: draft.second ?? 0,
    weekday: draft.day === undefined && draft.weekday !== undefined ? draft.weekday : date.weekday,
    yearDay: days - daysFromCivil(year, 0, 1),
  };
}

/** C's strptime in the C locale; undefined when the text does not match the format. */
export function strptime(text: string, format: string): Parsed | undefined {
  const reader = new TimeReader(text);
  return reader.read(format) ? { time: complete(reader.draft), rest: text.slice(reader.at) } : undefined;
}
