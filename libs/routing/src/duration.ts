const UNITS: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const PARTS: Record<string, number> = {
  days: 86_400_000,
  hours: 3_600_000,
  minutes: 60_000,
  seconds: 1000,
  milliseconds: 1,
};
const ISO = /^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/;

/** Milliseconds of `30s`, `PT30S` or `{ seconds: 30 }`; undefined when it is no duration. */
export function durationMs(value: unknown): number | undefined {
  if (typeof value === 'string') return shortMs(value) ?? isoMs(value);
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.entries(value).reduce(
    (sum, [part, amount]) => sum + (PARTS[part] ?? NaN) * Number(amount),
    0,
  );
}

function shortMs(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(text);
  return match === null ? undefined : Math.round(Number(match[1]) * (UNITS[match[2] as string] as number));
}

function isoMs(text: string): number | undefined {
  const match = ISO.exec(text);
  if (match === null || match.slice(1).every((part) => part === undefined)) return undefined;
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
  ];
  return Math.round(days * 86_400_000 + hours * 3_600_000 + minutes * 60_000 + seconds * 1000);
}
