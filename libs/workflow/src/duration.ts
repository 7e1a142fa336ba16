import type { CompiledDuration } from './compiled.types.js';
import { EvaluationError } from './evaluation-error.js';
import { compileTemplate, type ExpressionParser } from './template.js';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/**
 * Lengths of the parts of an ISO 8601 duration; a month is 30 days and a year 365, since no calendar date is
 * at hand.
 */
const ISO_PARTS = [365 * DAY, 30 * DAY, 7 * DAY, DAY, HOUR, MINUTE, SECOND];
const NUMBER = String.raw`(\d+(?:\.\d+)?)`;
const ISO = new RegExp(
  `^P(?:${NUMBER}Y)?(?:${NUMBER}M)?(?:${NUMBER}W)?(?:${NUMBER}D)?` +
    `(?:T(?:${NUMBER}H)?(?:${NUMBER}M)?(?:${NUMBER}S)?)?$`,
);
const NAMED_PARTS: Record<string, number> = {
  days: DAY,
  hours: HOUR,
  minutes: MINUTE,
  seconds: SECOND,
  milliseconds: 1,
};

/** Longer waits than this are refused: a hundred years, so that sums of times stay exact. */
export const DURATION_MS_MAX = 100 * 365 * DAY;

/** Milliseconds of a duration (ISO 8601 text or named parts); undefined when it is none. */
export function durationMs(value: unknown): number | undefined {
  const ms = typeof value === 'string' ? isoMs(value) : partsMs(value);
  return ms !== undefined && ms <= DURATION_MS_MAX ? ms : undefined;
}

function isoMs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  const ms = ISO_PARTS.reduce((sum, length, i) => sum + Number(match[i + 1] ?? 0) * length, 0);
  return Math.round(ms);
}

function partsMs(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  let ms = 0;
  for (const [name, amount] of Object.entries(value)) {
    const length = Object.hasOwn(NAMED_PARTS, name) ? NAMED_PARTS[name] : undefined;
    if (length === undefined || typeof amount !== 'number' || !(amount >= 0)) return undefined;
    ms += amount * length;
  }
  return Math.round(ms);
}

/** A duration as written; `fail` is told when it is constant and no duration. */
export function compileDuration(
  value: unknown,
  pointer: string,
  { parse, fail }: { parse: ExpressionParser; fail: (message: string) => void },
): CompiledDuration {
  const template = compileTemplate(value, pointer, parse);
  if (!template.constant) {
    return { evaluateMs: (input, variables) => toMs(template.evaluate(input, variables)) };
  }
  const ms = durationMs(value);
  if (ms === undefined) fail(`${JSON.stringify(value)} is not a duration such as PT15M or { minutes: 15 }`);
  return { evaluateMs: () => ms ?? 0 };
}

function toMs(value: unknown): number {
  const ms = durationMs(value);
  if (ms !== undefined) return ms;
  throw new EvaluationError('expression', `${JSON.stringify(value)} is not a duration such as PT15M`);
}
