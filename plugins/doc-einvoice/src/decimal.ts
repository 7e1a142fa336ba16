/**
 * Exact arithmetic on decimal numbers in text, so that no amount of money passes through binary floating
 * point.
 */

interface Scaled {
  units: bigint;
  scale: number;
}

/**
 * XML Schema's `decimal` in the form the contracts want: no plus sign, no bare point. Null when it is none.
 */
export function toDecimal(text: string | null): string | null {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(text?.trim() ?? '');
  if (!match || (!match[2] && !match[3])) return null;
  const fraction = match[3] ? `.${match[3]}` : '';
  return `${match[1] === '-' ? '-' : ''}${match[2] || '0'}${fraction}`;
}

/** The sum of decimals; null counts as nothing. */
export function sum(...values: (string | null)[]): string {
  const terms = values.filter((value) => value !== null).map(scaled);
  const scale = Math.max(0, ...terms.map((term) => term.scale));
  return unscaled({ units: terms.reduce((total, term) => total + rescale(term, scale), 0n), scale });
}

/** The negated decimal. */
export function negate(value: string | null): string | null {
  if (value === null) return null;
  return value.startsWith('-') ? value.slice(1) : `-${value}`;
}

/** The product, exact. */
export function multiply(left: string, right: string): string {
  const [a, b] = [scaled(left), scaled(right)];
  return unscaled({ units: a.units * b.units, scale: a.scale + b.scale });
}

/** The quotient to eight places, trailing zeros dropped. */
export function divide(left: string, right: string): string {
  const places = 8;
  const [a, b] = [scaled(left), scaled(right)];
  const numerator = a.units * 10n ** BigInt(places + b.scale);
  const denominator = b.units * 10n ** BigInt(a.scale);
  return unscaled({ units: halfUp(numerator, denominator), scale: places }).replace(/\.?0+$/, '');
}

/** Whether two decimals are no further apart than `tolerance`. */
export function near(left: string, right: string, tolerance: string): boolean {
  const scale = Math.max(scaled(left).scale, scaled(right).scale, scaled(tolerance).scale);
  const difference = rescale(scaled(left), scale) - rescale(scaled(right), scale);
  return (difference < 0n ? -difference : difference) <= rescale(scaled(tolerance), scale);
}

/** Whether the decimal is zero. */
export function isZero(value: string): boolean {
  return scaled(value).units === 0n;
}

function halfUp(numerator: bigint, denominator: bigint): bigint {
  const negative = numerator < 0n !== denominator < 0n;
  const [n, d] = [numerator < 0n ? -numerator : numerator, denominator < 0n ? -denominator : denominator];
  const quotient = (n * 2n + d) / (d * 2n);
  return negative ? -quotient : quotient;
}

function scaled(value: string): Scaled {
  const [whole = '0', fraction = ''] = value.split('.');
  return { units: BigInt(whole + fraction), scale: fraction.length };
}

function rescale(value: Scaled, scale: number): bigint {
  return value.units * 10n ** BigInt(scale - value.scale);
}

function unscaled({ units, scale }: Scaled): string {
  const digits = (units < 0n ? -units : units).toString().padStart(scale + 1, '0');
  const sign = units < 0n ? '-' : '';
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}
