import { formatCount } from '@/format/format';

/** How a value differs from the one before. */
export interface Change {
  text: string;
  direction: 'up' | 'down' | 'same';
  verdict: 'better' | 'worse' | 'neutral';
}
type Good = 'up' | 'down' | 'none';

/**
 * The change against an earlier value in percent. Without an earlier value there is nothing to say; from zero
 * there is no percentage. `good` says which direction is an improvement.
 */
export function changeOf(now: number | null, before: number | null, good: Good): Change | null {
  if (now === null || before === null) return null;
  if (before === 0) return now === 0 ? { text: 'as before', direction: 'same', verdict: 'neutral' } : null;
  const share = (now - before) / Math.abs(before);
  const percent = Math.round(Math.abs(share) * 100);
  if (percent === 0) return { text: 'as before', direction: 'same', verdict: 'neutral' };
  const direction = share > 0 ? 'up' : 'down';
  return {
    text: percent >= 1000 ? `${formatCount(Math.round(Math.abs(now / before)))} times` : `${percent} %`,
    direction,
    verdict: good === 'none' ? 'neutral' : good === direction ? 'better' : 'worse',
  };
}

/** A change of a share, in percentage points: 2 % to 4 % is not "100 % worse". */
export function changeOfShare(now: number | null, before: number | null): Change | null {
  if (now === null || before === null) return null;
  const points = Math.round((now - before) * 1000) / 10;
  if (points === 0) return { text: 'as before', direction: 'same', verdict: 'neutral' };
  return {
    text: `${Math.abs(points)} points`,
    direction: points > 0 ? 'up' : 'down',
    verdict: points > 0 ? 'better' : 'worse',
  };
}

/** How many times less than the baseline: "38 times faster than before the hub". */
export function againstBaseline(
  now: number | null,
  baseline: number | null,
  words: { less: string; more: string },
): string | null {
  if (now === null || baseline === null || baseline <= 0 || now <= 0) return null;
  const ratio = baseline / now;
  const text = (value: number) => (value >= 10 ? formatCount(Math.round(value)) : value.toFixed(1));
  if (ratio >= 1.05) return `${text(ratio)} times ${words.less} than before the hub`;
  if (ratio <= 0.95) return `${text(1 / ratio)} times ${words.more} than before the hub`;
  return 'about the same as before the hub';
}
