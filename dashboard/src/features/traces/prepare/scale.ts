/** A stretch of time in which something was done, or in which one only waited. */
export interface Stretch {
  startMs: number;
  endMs: number;
  idle: boolean;
}

/** A piece of the axis. Squeezed pieces hold long waits, so that the work beside them stays readable. */
export interface Piece {
  fromMs: number;
  toMs: number;
  left: number;
  width: number;
  squeezed: boolean;
}
export interface Scale {
  pieces: Piece[];
  at: (ms: number) => number;
}

const SQUEEZED_SHARE = 0.1;
const SQUEEZE_FACTOR = 3;
const SQUEEZE_MS_MIN = 500;
const SQUEEZED_MAX = 4;

/** Times in which something was done, merged where they touch. */
function busyTimes(stretches: readonly Stretch[], fromMs: number, toMs: number): [number, number][] {
  const merged: [number, number][] = [];
  const busy = stretches
    .filter(({ idle }) => !idle)
    .map(({ startMs, endMs }): [number, number] => [Math.max(fromMs, startMs), Math.min(toMs, endMs)]);
  for (const [start, end] of busy.filter(([a, b]) => b >= a).sort(([a], [b]) => a - b)) {
    const last = merged.at(-1);
    if (last !== undefined && start <= last[1]) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  return merged;
}

function gapsOf(busy: [number, number][], fromMs: number, toMs: number): [number, number][] {
  const gaps: [number, number][] = [];
  let at = fromMs;
  for (const [start, end] of [...busy, [toMs, toMs] as [number, number]]) {
    if (start > at) gaps.push([at, start]);
    at = Math.max(at, end);
  }
  return gaps;
}

/**
 * A time axis from 0 to 1. Times in which nothing was done (a review that waits for two days) and that are
 * far longer than all the work together are squeezed to a tenth of the width; the axis marks them.
 */
export function makeScale(stretches: readonly Stretch[], fromMs: number, untilMs: number): Scale {
  const toMs = Math.max(untilMs, fromMs + 1);
  const gaps = gapsOf(busyTimes(stretches, fromMs, toMs), fromMs, toMs);
  const busyMs = toMs - fromMs - gaps.reduce((sum, [a, b]) => sum + b - a, 0);
  const squeezed = gaps
    .filter(
      ([a, b]) => b - a > Math.max(SQUEEZE_MS_MIN, (SQUEEZE_FACTOR * busyMs) / Math.max(1, gaps.length)),
    )
    .sort((x, y) => y[1] - y[0] - (x[1] - x[0]))
    .slice(0, SQUEEZED_MAX)
    .sort(([a], [b]) => a - b);
  return scaleOf(cut(squeezed, fromMs, toMs));
}

function cut(
  squeezed: [number, number][],
  fromMs: number,
  toMs: number,
): { fromMs: number; toMs: number; squeezed: boolean }[] {
  const cuts: { fromMs: number; toMs: number; squeezed: boolean }[] = [];
  let at = fromMs;
  for (const [start, end] of squeezed) {
    if (start > at) cuts.push({ fromMs: at, toMs: start, squeezed: false });
    cuts.push({ fromMs: start, toMs: end, squeezed: true });
    at = end;
  }
  if (toMs > at) cuts.push({ fromMs: at, toMs, squeezed: false });
  return cuts;
}

function scaleOf(cuts: { fromMs: number; toMs: number; squeezed: boolean }[]): Scale {
  const plainMs = cuts
    .filter(({ squeezed }) => !squeezed)
    .reduce((sum, each) => sum + each.toMs - each.fromMs, 0);
  const squeezedCount = cuts.filter(({ squeezed }) => squeezed).length;
  const squeezedWidth = plainMs === 0 ? 1 / Math.max(1, squeezedCount) : SQUEEZED_SHARE;
  let left = 0;
  const pieces = cuts.map((each): Piece => {
    const width = each.squeezed
      ? squeezedWidth
      : ((each.toMs - each.fromMs) / plainMs) * (1 - squeezedCount * squeezedWidth);
    left += width;
    return { ...each, left: left - width, width };
  });
  const at = (ms: number) => {
    const piece = pieces.find(({ toMs }) => ms <= toMs) ?? pieces.at(-1);
    if (piece === undefined) return 0;
    return (
      piece.left + Math.min(1, Math.max(0, (ms - piece.fromMs) / (piece.toMs - piece.fromMs))) * piece.width
    );
  };
  return { pieces, at };
}
