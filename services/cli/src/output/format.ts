/** `1.4 s`, `2 min 5 s`; a dash where there is none. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const minutes = Math.floor(ms / 60_000);
  if (minutes < 60) return `${minutes} min ${Math.floor((ms % 60_000) / 1_000)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** An instant to the second, as the hub has it: UTC. */
export function instant(text: string | null | undefined): string {
  return text ? `${text.slice(0, 19).replace('T', ' ')}Z` : '-';
}

/** Money in micro-units; a dash for nothing. */
export function money(micros: number, currency: string | null | undefined): string {
  return micros === 0 ? '-' : `${(micros / 1_000_000).toFixed(4)} ${currency ?? ''}`.trim();
}

/** JSON for people: indented, on lines of its own. */
export function pretty(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A version of a definition on one line. */
export function versionLine(of: {
  version: string | number;
  contentHash: string;
  createdAt: string;
  createdBy: string;
}): string {
  return `${of.version}  ${of.contentHash.slice(0, 12)}  ${instant(of.createdAt)}  ${of.createdBy}`;
}
