import { toDecimal } from './decimal.js';

/** Turns the texts of one document into typed values and remembers those that cannot be used. */
export class Fields {
  readonly unusable = new Map<string, string>();

  /** A decimal number, or null with a note why. */
  amount(field: string, text: string | null): string | null {
    return this.#noted({ field, text, problem: 'is no decimal number' }, toDecimal(text));
  }

  /** An ISO 8601 date from `YYYY-MM-DD` (UBL) or `YYYYMMDD` of format 102 (CII). */
  date(field: string, text: string | null, format: string | null = null): string | null {
    if (text !== null && format !== null && format !== '102') {
      this.unusable.set(field, `"${text}" is in date format ${format}; EN 16931 allows 102 (YYYYMMDD) only`);
      return null;
    }
    return this.#noted({ field, text, problem: 'is no date' }, toDate(text));
  }

  /** A currency code, upper case. */
  currency(field: string, text: string | null): string | null {
    const code = text?.toUpperCase() ?? null;
    const value = code !== null && /^[A-Z]{3}$/.test(code) ? code : null;
    return this.#noted({ field, text, problem: 'is no currency code' }, value);
  }

  /** Remembers a text that is there but gives no value. */
  #noted(from: { field: string; text: string | null; problem: string }, value: string | null): string | null {
    if (from.text !== null && value === null) {
      this.unusable.set(from.field, `"${from.text.slice(0, 40)}" ${from.problem}`);
    }
    return value;
  }
}

/** An account number as the contracts want it: no white space, upper case. */
export function compact(text: string | null): string | null {
  return text?.replace(/\s+/g, '').toUpperCase() || null;
}

function toDate(text: string | null): string | null {
  const match = /^(\d{4})-?(\d{2})-?(\d{2})(?:T.*|Z|[+-]\d\d:\d\d)?$/.exec(text?.trim() ?? '');
  if (!match) return null;
  const iso = `${match[1]}-${match[2]}-${match[3]}`;
  // A day such as 31 February rolls over and no longer gives the text that it came from.
  const time = Date.parse(`${iso}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(iso) ? iso : null;
}
