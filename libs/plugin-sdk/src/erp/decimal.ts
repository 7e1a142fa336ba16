const SCALE = 8;
const ONE = 10n ** BigInt(SCALE);

/** An exact decimal number with 8 places, because amounts of money are never binary floating point. */
export class Exact {
  readonly #units: bigint;

  private constructor(units: bigint) {
    this.#units = units;
  }

  /** Reads `-?digits[.digits]`; places after the eighth are rounded half away from zero. */
  static of(text: string): Exact {
    const [, sign, whole = '0', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? [];
    if (sign === undefined) throw new TypeError(`"${text}" is not a decimal number.`);
    const kept = BigInt(whole + fraction.padEnd(SCALE, '0').slice(0, SCALE));
    const units = (fraction[SCALE] ?? '0') >= '5' ? kept + 1n : kept;
    return new Exact(sign === '-' ? -units : units);
  }

  static readonly zero = new Exact(0n);

  static sum(terms: readonly Exact[]): Exact {
    return terms.reduce((total, term) => total.plus(term), Exact.zero);
  }

  plus(other: Exact): Exact {
    return new Exact(this.#units + other.#units);
  }

  minus(other: Exact): Exact {
    return new Exact(this.#units - other.#units);
  }

  times(other: Exact): Exact {
    return new Exact(rounded(this.#units * other.#units, ONE));
  }

  /** The quotient; undefined for a division by zero. */
  per(other: Exact): Exact | undefined {
    return other.#units === 0n ? undefined : new Exact(rounded(this.#units * ONE, other.#units));
  }

  get absolute(): Exact {
    return this.#units < 0n ? new Exact(-this.#units) : this;
  }

  isMoreThan(other: Exact): boolean {
    return this.#units > other.#units;
  }

  /** Text with as many places as are needed, but at least `placesMin`. */
  toText(placesMin = 0): string {
    const digits = this.absolute.#units.toString().padStart(SCALE + 1, '0');
    const fraction = digits.slice(-SCALE).replace(/0+$/, '').padEnd(placesMin, '0');
    const sign = this.#units < 0n ? '-' : '';
    return `${sign}${digits.slice(0, -SCALE)}${fraction === '' ? '' : `.${fraction}`}`;
  }
}

function rounded(dividend: bigint, divisor: bigint): bigint {
  const negative = dividend < 0n !== divisor < 0n;
  const [top, bottom] = [dividend < 0n ? -dividend : dividend, divisor < 0n ? -divisor : divisor];
  const quotient = (2n * top + bottom) / (2n * bottom);
  return negative ? -quotient : quotient;
}
