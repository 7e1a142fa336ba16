import type { GrayImage } from './gray-image.js';

/** Darker than this is taken for ink. */
const INK_MAX = 150;
/** Thicker than this many pixels (at 200 dpi: 1 mm) it is a picture or a shaded cell, not a line. */
const THICKNESS_MAX = 8;

/**
 * Paints table lines white. The OCR engine takes a boxed table for a picture and drops the text in it, the
 * totals first of all. A line is a dark run longer than any letter stroke.
 */
export function removeRulings(image: GrayImage): GrayImage {
  const runMin = Math.round(image.width / 22);
  const pixels = image.pixels.slice();
  eraseRuns({
    image,
    pixels,
    runMin,
    along: 1,
    across: image.width,
    length: image.width,
    lines: image.height,
  });
  eraseRuns({
    image,
    pixels,
    runMin,
    along: image.width,
    across: 1,
    length: image.height,
    lines: image.width,
  });
  return { ...image, pixels };
}

interface Sweep {
  image: GrayImage;
  pixels: Uint8Array;
  runMin: number;
  /** Step from one pixel of a line to the next, and from one line to the next. */
  along: number;
  across: number;
  length: number;
  lines: number;
}

function eraseRuns(sweep: Sweep): void {
  for (let line = 0; line < sweep.lines; line += 1) {
    const start = line * sweep.across;
    let run = 0;
    for (let at = 0; at <= sweep.length; at += 1) {
      const dark = at < sweep.length && sweep.image.pixels[start + at * sweep.along]! < INK_MAX;
      if (dark) run += 1;
      else {
        if (run >= sweep.runMin) eraseRun(sweep, line, { from: at - run, to: at });
        run = 0;
      }
    }
  }
}

function eraseRun(sweep: Sweep, line: number, { from, to }: { from: number; to: number }): void {
  if (thicknessAt(sweep, line, (from + to) >> 1) > THICKNESS_MAX) return;
  // One pixel more on each side takes the soft edge of the line along.
  for (let near = Math.max(0, line - 1); near <= Math.min(sweep.lines - 1, line + 1); near += 1) {
    const own = near === line;
    for (let at = from; at < to; at += 1) {
      const index = near * sweep.across + at * sweep.along;
      if (own || !continuesAcross(sweep, line, { near, at })) sweep.pixels[index] = 255;
    }
  }
}

/** A letter that touches the line goes on beyond its edge; it is left alone there. */
function continuesAcross(sweep: Sweep, line: number, { near, at }: { near: number; at: number }): boolean {
  const beyond = near + (near - line) * 2;
  if (beyond < 0 || beyond >= sweep.lines) return false;
  return sweep.image.pixels[beyond * sweep.across + at * sweep.along]! < INK_MAX;
}

function thicknessAt(sweep: Sweep, line: number, at: number): number {
  const dark = (near: number) =>
    near >= 0 && near < sweep.lines && sweep.image.pixels[near * sweep.across + at * sweep.along]! < INK_MAX;
  let first = line;
  let last = line;
  while (dark(first - 1) && line - first <= THICKNESS_MAX) first -= 1;
  while (dark(last + 1) && last - line <= THICKNESS_MAX) last += 1;
  return last - first + 1;
}
