import { PermanentError } from '@tutti/plugin-sdk';
import { Exact } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';

/** Text; Odoo writes false for what is empty. */
export const WireText = z.union([z.string(), z.literal(false)]).transform((text) => text || null);
/** A record of another model: its id, or null. */
export const WireLink = z
  .union([z.tuple([z.int(), z.string()]), z.literal(false)])
  .transform((link) => (link === false ? null : link[0]));
/** A link that is always there, with the name of what it leads to. */
export const WireNamed = z.tuple([z.int(), z.string()]).transform(([id, name]) => ({ id, name }));
/** Odoo computes amounts in floating point, rounded to the currency: no more than 8 places are meant. */
export const WireNumber = z.number().transform((value) => Exact.of(value.toFixed(8)).toText());
export const WireAmount = z.number().transform((value) => Exact.of(value.toFixed(8)).toText(2));
/** A date, or date and time, as ISO 8601 date. */
export const WireDate = z
  .union([z.string(), z.literal(false)])
  .transform((at) => (at === false ? null : at.slice(0, 10)));
/** The time of the last change as a version: milliseconds since 1970. */
export const WireVersion = z.string().transform((at) => Date.parse(`${at.replace(' ', 'T')}Z`));
export const WireIds = z.array(z.int());

/** A number for Odoo, which keeps 15 digits of it. */
export function wireNumber(text: string): number {
  if (text.replace(/\D/g, '').replace(/^0+/, '').length <= 15) return Number(text);
  throw new PermanentError(`The number ${text} has more digits than Odoo keeps.`, { status: 422 });
}

/** The number of a record; null for what is no id of Odoo's. */
export function recordId(id: string): number | null {
  return /^[1-9]\d{0,9}$/.test(id) ? Number(id) : null;
}
