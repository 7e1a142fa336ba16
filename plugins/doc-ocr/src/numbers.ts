/** The decimal sign of a document. */
export type DecimalSign = ',' | '.';

/** An amount of money: two decimals, thousands set apart by a point, comma, apostrophe or a single space. */
const AMOUNT = /(?<![\d.,])[-–−]?\s?(?:\d{1,3}(?:[.,'’ ]\d{3})+|\d+)[.,]\d{2}(?!\.?\d)(?!\s?%)/g;

/** The sign that stands before two final digits most often; a comma when nothing tells. */
export function decimalSignOf(text: string): DecimalSign {
  const commas = text.match(/\d,\d{2}(?!\d)/g)?.length ?? 0;
  const points = text.match(/\d\.\d{2}(?![\d.])/g)?.length ?? 0;
  return points > commas ? '.' : ',';
}

/** Amounts in a text with their place, left to right. */
export function amountsIn(text: string): { value: string; from: number; to: number }[] {
  return [...text.matchAll(AMOUNT)].flatMap((match) => {
    // "1.234.56" and "1,234,56" are misread; a date such as 12.03.20 is no amount.
    if (/^\d{1,2}\.\d{2}\.\d{2}$/.test(match[0])) return [];
    const value = normalised(match[0]);
    return value === null ? [] : [{ value, from: match.index, to: match.index + match[0].length }];
  });
}

/** A number such as a quantity or a unit price, with any number of decimals; null when it is none. */
export function parseNumber(text: string, sign: DecimalSign): string | null {
  const match = /^([-–−]?)(\d[\d.,'’ ]*)$/.exec(
    text.replace(/\s*(?:€|\$|£|EUR|USD|GBP|CHF|%)\s*/gi, '').trim(),
  );
  if (!match) return null;
  const digits = match[2]!.replace(/['’ ]/g, '').replace(/[.,]$/, '');
  const other = sign === ',' ? '.' : ',';
  const parts = digits.split(other).join('').split(sign);
  // With a single foreign sign before one, two or four digits, the number is in the other style.
  const foreign = new RegExp(`^\\d+\\${other}(?:\\d{1,2}|\\d{4})$`).test(digits);
  const value = foreign ? digits.replace(other, '.') : parts.join('.');
  return parts.length <= 2 && /^\d+(\.\d+)?$/.test(value) ? `${match[1] ? '-' : ''}${value}` : null;
}

/** Hundredths of a decimal in text. Amounts stay far below 2^53 hundredths, so integers are exact. */
export function toCents(value: string): number {
  return Math.round(Number(value) * 100);
}

/** A decimal with two places from hundredths. */
export function fromCents(cents: number): string {
  const digits = String(Math.abs(cents)).padStart(3, '0');
  return `${cents < 0 ? '-' : ''}${digits.slice(0, -2)}.${digits.slice(-2)}`;
}

/** The last sign is the decimal one; whatever stands before it sets thousands apart. */
function normalised(text: string): string | null {
  const negative = /^[-–−]/.test(text);
  const digits = text.replace(/[^\d.,]/g, '');
  const cut = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','));
  const whole = digits
    .slice(0, cut)
    .replace(/[.,]/g, '')
    .replace(/^0+(?=\d)/, '');
  return whole.length > 12 ? null : `${negative ? '-' : ''}${whole}.${digits.slice(cut + 1)}`;
}
