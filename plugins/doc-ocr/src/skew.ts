import type { GrayImage } from './gray-image.js';

/** Scans that are further off than this are not straightened, in degrees. */
export const SKEW_MAX = 6;
/** Ink points that are looked at; more do not make the estimate better. */
const POINTS_MAX = 20_000;

/**
 * The angle by which the text lines are rotated, in degrees, clockwise positive. Text lines that lie level
 * give a row profile of sharp peaks, so the angle with the greatest sum of squares of the profile is the one.
 */
export function skewOf(image: GrayImage): number {
  const points = inkPoints(image);
  if (points.length < 400) return 0;
  const coarse = best(points, image, range(-SKEW_MAX, SKEW_MAX, 0.5));
  return best(points, image, range(coarse - 0.5, coarse + 0.5, 0.1));
}

function range(from: number, to: number, step: number): number[] {
  return Array.from({ length: Math.round((to - from) / step) + 1 }, (_, index) => from + index * step);
}

function best(points: Int32Array, image: GrayImage, angles: number[]): number {
  const scored = angles.map((angle) => ({ angle, score: sharpness(points, image, angle) }));
  return scored.reduce((left, right) => (right.score > left.score ? right : left)).angle;
}

function sharpness(points: Int32Array, image: GrayImage, degrees: number): number {
  const slope = Math.tan((degrees * Math.PI) / 180);
  const margin = Math.ceil(image.width * Math.tan(((SKEW_MAX + 1) * Math.PI) / 180));
  const profile = new Int32Array((image.height + 2 * margin) >> 1);
  for (let at = 0; at < points.length; at += 2) {
    const row = (points[at + 1]! - points[at]! * slope + margin) >> 1;
    if (row >= 0 && row < profile.length) profile[row]! += 1;
  }
  let score = 0;
  for (const count of profile) score += count * count;
  return score;
}

/**
 * Lower edges of ink as x, y pairs: they mark the base line of the text and leave the bodies of pictures out.
 */
function inkPoints(image: GrayImage): Int32Array {
  const { width, height, pixels } = image;
  const found: number[] = [];
  for (let y = 0; y < height - 1; y += 1) {
    for (let x = 0; x < width; x += 3) {
      const at = y * width + x;
      if (pixels[at]! < 110 && pixels[at + width]! >= 110) found.push(x, y);
    }
  }
  const stride = Math.max(1, Math.floor(found.length / 2 / POINTS_MAX));
  if (stride === 1) return Int32Array.from(found);
  return Int32Array.from(found.filter((_, index) => (index >> 1) % stride === 0));
}
