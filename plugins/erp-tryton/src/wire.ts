import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** A decimal number; Python writes small and large ones with an exponent. */
export const WireDecimal = z
  .object({ __class__: z.literal('Decimal'), decimal: z.string() })
  .transform(({ decimal }) => plainDecimal(decimal));

/** A quantity: a number in Tryton, and text from here on. */
export const WireQuantity = z.number().transform((quantity) => plainDecimal(String(quantity)));

/** A calendar date, as ISO 8601. */
export const WireDate = z
  .object({ __class__: z.literal('date'), year: z.int(), month: z.int(), day: z.int() })
  .transform(({ year, month, day }) => [pad(year, 4), pad(month, 2), pad(day, 2)].join('-'));

/**
 * The time of a record's last change in seconds: the timestamp itself, and as a version in microseconds. On
 * SQLite it has no fraction, so two changes within one second have one version.
 */
export const WireTimestamp = z.string().transform((timestamp) => {
  const [seconds = '0', fraction = ''] = timestamp.split('.');
  return { timestamp, version: Number(seconds + fraction.padEnd(6, '0').slice(0, 6)) };
});

const pad = (value: number, length: number) => String(value).padStart(length, '0');

/** The number without an exponent. */
export function plainDecimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  if (whole === '') throw new PermanentError(`Tryton sent "${text}", which is no number.`, { status: 502 });
  const shift = Number(exponent);
  if (shift === 0) return text;
  const digits = (whole + fraction).padStart(whole.length + fraction.length + Math.max(0, -shift), '0');
  const point = digits.length - fraction.length + shift;
  const filled = digits.padEnd(point, '0');
  const after = filled.slice(point);
  const before = filled.slice(0, point).replace(/^0+(?=\d)/, '') || '0';
  return `${sign}${before}${after === '' ? '' : `.${after}`}`;
}

export const decimal = (value: string) => ({ __class__: 'Decimal' as const, decimal: value });

/** A date for Tryton. */
export function date(iso: string) {
  const [year, month, day] = iso.split('-').map(Number);
  return { __class__: 'date' as const, year, month, day };
}

/** A time for Tryton, which keeps times in UTC. */
export function instant(at: Date) {
  const year = at.getUTCFullYear();
  const [month, day] = [at.getUTCMonth() + 1, at.getUTCDate()];
  const [hour, minute, second] = [at.getUTCHours(), at.getUTCMinutes(), at.getUTCSeconds()];
  return { __class__: 'datetime' as const, year, month, day, hour, minute, second, microsecond: 0 };
}

/** A quantity for Tryton, which keeps 15 digits of it. */
export function quantity(text: string): number {
  if (text.replace(/\D/g, '').replace(/^0+/, '').length <= 15) return Number(text);
  throw new PermanentError(`The quantity ${text} has more digits than Tryton keeps.`, { status: 422 });
}

/** The number of a record; null for what is no id of Tryton's. */
export function recordId(id: string): number | null {
  return /^[1-9]\d{0,14}$/.test(id) ? Number(id) : null;
}

/** Text in a pattern of `ilike`, so that it stands for itself. */
export function literally(text: string): string {
  return text.replace(/[\\%_]/g, '\\$&');
}
