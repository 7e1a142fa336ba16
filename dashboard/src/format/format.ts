import { unescapeToken } from './pointer';

const COUNT = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const EXACT = new Intl.DateTimeFormat('en', {
  year: 'numeric',
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  fractionalSecondDigits: 3,
  hourCycle: 'h23',
});
const MINUTE = new Intl.DateTimeFormat('en', {
  month: 'short',
  day: 'numeric',
  hour: '2-digit',
  minute: '2-digit',
  hourCycle: 'h23',
});
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MICROS = 1_000_000;

/** What stands where there is no value: missing is a gap, not zero. */
export const MISSING = '–';

export function formatCount(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : COUNT.format(value);
}

/** Large counts such as tokens: 1.2M. */
export function formatCompact(value: number | null | undefined): string {
  return value === null || value === undefined ? MISSING : COMPACT.format(value);
}

/** A length of time in the two largest units that say something. */
export function formatDuration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined || !Number.isFinite(ms)) return MISSING;
  if (ms < 1) return '< 1 ms';
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND_MS) return `${(ms / SECOND_MS).toFixed(2)} s`;
  if (ms < MINUTE_MS) return `${(ms / SECOND_MS).toFixed(1)} s`;
  if (ms < HOUR_MS) return twoUnits(ms, [MINUTE_MS, 'min'], [SECOND_MS, 's']);
  if (ms < DAY_MS) return twoUnits(ms, [HOUR_MS, 'h'], [MINUTE_MS, 'min']);
  return twoUnits(ms, [DAY_MS, 'd'], [HOUR_MS, 'h']);
}

/** A length of time for an axis: one unit, no more digits than a tick needs. */
export function formatDurationTick(ms: number): string {
  const of = (unit: number, name: string) => `${Number((ms / unit).toFixed(1))} ${name}`;
  if (ms < SECOND_MS) return `${Math.round(ms)} ms`;
  if (ms < MINUTE_MS) return of(SECOND_MS, 's');
  if (ms < HOUR_MS) return of(MINUTE_MS, 'min');
  return ms < DAY_MS ? of(HOUR_MS, 'h') : of(DAY_MS, 'd');
}

function twoUnits(
  ms: number,
  [large, largeName]: [number, string],
  [small, smallName]: [number, string],
): string {
  const whole = Math.floor(ms / large);
  const rest = Math.floor((ms - whole * large) / small);
  return rest === 0 ? `${whole} ${largeName}` : `${whole} ${largeName} ${rest} ${smallName}`;
}

/** Micro-units of a currency. Small costs of single calls keep the digits that tell them apart. */
export function formatCost(micros: number | null | undefined, currency?: string | null): string {
  if (micros === null || micros === undefined) return MISSING;
  const value = micros / MICROS;
  const digits = value === 0 || Math.abs(value) >= 1 ? 2 : Math.abs(value) >= 0.01 ? 3 : 5;
  return new Intl.NumberFormat('en', {
    style: 'currency',
    currency: currency ?? 'USD',
    minimumFractionDigits: digits > 2 ? 2 : digits,
    maximumFractionDigits: digits,
  }).format(value);
}

export function formatShare(share: number | null | undefined): string {
  if (share === null || share === undefined) return MISSING;
  const percent = share * 100;
  return `${percent === 100 || percent === 0 ? percent : percent.toFixed(1)} %`;
}

export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  if (bytes < 1024 * 1024) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
}

/** The time as people say it: "12 s ago", "in 3 h". */
export function formatRelative(atMs: number, nowMs: number): string {
  const distance = Math.abs(nowMs - atMs);
  if (distance < 5 * SECOND_MS) return 'now';
  const text =
    distance < MINUTE_MS
      ? `${Math.floor(distance / SECOND_MS)} s`
      : distance < HOUR_MS
        ? `${Math.floor(distance / MINUTE_MS)} min`
        : distance < DAY_MS
          ? `${Math.floor(distance / HOUR_MS)} h`
          : `${Math.floor(distance / DAY_MS)} d`;
  return atMs > nowMs ? `in ${text}` : `${text} ago`;
}

export function formatExact(atMs: number): string {
  return EXACT.format(atMs);
}

/** Day and minute, where the seconds say nothing: "Nov 22, 17:00". */
export function formatMinute(atMs: number): string {
  return MINUTE.format(atMs);
}

/** The end of an id: the start of a UUIDv7 is its time, which neighbours share. */
export function shortId(id: string): string {
  return id.length <= 10 ? id : id.slice(-8);
}

/** `/do/2/extractFields` to `extractFields`. */
export function taskName(pointer: string): string {
  return unescapeToken(decodeURIComponent(pointer.split('/').at(-1) ?? pointer));
}

/** Milliseconds of an instant of the API or of the journal, which has numbers. */
export function toMs(at: string | number): number {
  return typeof at === 'number' ? at : Date.parse(at);
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}
