/** A picture of one byte a pixel, 0 black to 255 white, row by row. */
export interface GrayImage {
  width: number;
  height: number;
  pixels: Uint8Array;
}

/** Luminance (ITU-R BT.601) of RGBA pixels; transparent is white, as on paper. */
export function grayOf(rgba: Uint8ClampedArray, width: number, height: number): GrayImage {
  const pixels = new Uint8Array(width * height);
  for (let at = 0, from = 0; at < pixels.length; at += 1, from += 4) {
    const luminance = (rgba[from]! * 77 + rgba[from + 1]! * 150 + rgba[from + 2]! * 29) >> 8;
    const alpha = rgba[from + 3]!;
    pixels[at] = alpha === 255 ? luminance : 255 - (((255 - luminance) * alpha) >> 8);
  }
  return { width, height, pixels };
}

/** Side of the squares in which the brightness of the paper is measured, in pixels. */
const SQUARE = 48;
/** After the paper was made white, what is brighter than this is paper too. */
const PAPER_MIN = 228;

/**
 * Makes the paper of a photograph or a poor scan white and its ink black, whatever the exposure was and
 * wherever a shadow lies. It costs thin and pale strokes, so a clean page is better off with
 * `stretchContrast`.
 */
export function whitenPaper(image: GrayImage): GrayImage {
  const flat = flattened(image);
  return stretched(flat, percentile(histogramOf(flat.pixels), flat.pixels.length, 0.003), PAPER_MIN);
}

/** Spreads the grey values of an evenly lit page so that ink is black and paper white. */
export function stretchContrast(image: GrayImage): GrayImage {
  const histogram = histogramOf(image.pixels);
  const low = percentile(histogram, image.pixels.length, 0.005);
  return stretched(image, low, percentile(histogram, image.pixels.length, 0.6));
}

/** Difference in brightness between the darkest and the brightest parts of the paper, 0 to 255. */
export function unevenness(image: GrayImage): number {
  const { brightness } = paperOf(image);
  const sorted = brightness.toSorted();
  return sorted[Math.floor(sorted.length * 0.9)]! - sorted[Math.floor(sorted.length * 0.1)]!;
}

function stretched(image: GrayImage, low: number, high: number): GrayImage {
  if (high - low < 24) return image;
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    clampByte(((value - low) * 255) / (high - low)),
  );
  return { ...image, pixels: image.pixels.map((value) => table[value]!) };
}

/** Divides each pixel by the brightness of the paper around it. */
function flattened(image: GrayImage): GrayImage {
  const { width, height, pixels } = image;
  const paper = paperOf(image);
  const flat = new Uint8Array(pixels.length);
  for (let y = 0; y < height; y += 1) {
    const row = Math.max(0, Math.min(paper.rows - 1.001, y / SQUARE - 0.5));
    for (let x = 0; x < width; x += 1) {
      const column = Math.max(0, Math.min(paper.columns - 1.001, x / SQUARE - 0.5));
      flat[y * width + x] = Math.min(255, (pixels[y * width + x]! * 255) / brightnessAt(paper, row, column));
    }
  }
  return { width, height, pixels: flat };
}

interface Paper {
  columns: number;
  rows: number;
  brightness: Float32Array;
}

/**
 * The bright part of each square. A square that is all ink (a logo) takes no brighter a paper than the rest
 * allows.
 */
function paperOf({ width, height, pixels }: GrayImage): Paper {
  const [columns, rows] = [Math.ceil(width / SQUARE) + 1, Math.ceil(height / SQUARE) + 1];
  const brightness = new Float32Array(columns * rows);
  const floor = Math.max(40, percentile(histogramOf(pixels), pixels.length, 0.5) * 0.65);
  for (let index = 0; index < brightness.length; index += 1) {
    const histogram = new Uint32Array(256);
    let count = 0;
    const [top, left] = [Math.floor(index / columns) * SQUARE, (index % columns) * SQUARE];
    for (let y = top; y < Math.min(height, top + SQUARE); y += 2) {
      for (let x = left; x < Math.min(width, left + SQUARE); x += 2) {
        histogram[pixels[y * width + x]!]! += 1;
        count += 1;
      }
    }
    brightness[index] = count === 0 ? 255 : Math.max(floor, percentile(histogram, count, 0.7));
  }
  return { columns, rows, brightness };
}

/** Between the middles of four squares, so that no edge shows. */
function brightnessAt({ columns, brightness }: Paper, row: number, column: number): number {
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [down, right] = [row - top, column - left];
  const at = top * columns + left;
  const upper = brightness[at]! * (1 - right) + (brightness[at + 1] ?? 255) * right;
  const lower =
    (brightness[at + columns] ?? 255) * (1 - right) + (brightness[at + columns + 1] ?? 255) * right;
  return upper * (1 - down) + lower * down;
}

/** Share of the pixels that are dark, 0 to 1. */
export function inkShare(image: GrayImage): number {
  let dark = 0;
  for (const value of image.pixels) if (value < 128) dark += 1;
  return image.pixels.length === 0 ? 0 : dark / image.pixels.length;
}

/**
 * Median of each 3 by 3 neighbourhood: takes away the grain of a bad scan and leaves strokes of two pixels
 * alone.
 */
export function despeckle(image: GrayImage): GrayImage {
  const { width, height, pixels } = image;
  const cleaned = pixels.slice();
  const around = new Uint8Array(9);
  for (let y = 1; y < height - 1; y += 1) {
    for (let x = 1; x < width - 1; x += 1) {
      let count = 0;
      for (let row = y - 1; row <= y + 1; row += 1) {
        for (let column = x - 1; column <= x + 1; column += 1)
          around[count++] = pixels[row * width + column]!;
      }
      cleaned[y * width + x] = around.sort()[4]!;
    }
  }
  return { width, height, pixels: cleaned };
}

/**
 * How grainy the paper is: the mean difference of neighbours where both are bright. Clean renderings have
 * nearly none.
 */
export function grain(image: GrayImage): number {
  let total = 0;
  let count = 0;
  for (let at = 1; at < image.pixels.length; at += 7) {
    const [left, right] = [image.pixels[at - 1]!, image.pixels[at]!];
    if (left < 160 || right < 160) continue;
    total += Math.abs(left - right);
    count += 1;
  }
  return count === 0 ? 0 : total / count;
}

/** Portable graymap (P5), which the OCR engine reads without any decompression. */
export function toPgm(image: GrayImage): Uint8Array {
  return Buffer.concat([Buffer.from(`P5\n${image.width} ${image.height}\n255\n`, 'latin1'), image.pixels]);
}

function histogramOf(pixels: Uint8Array): Uint32Array {
  const histogram = new Uint32Array(256);
  for (const value of pixels) histogram[value]! += 1;
  return histogram;
}

function percentile(histogram: Uint32Array, total: number, share: number): number {
  let seen = 0;
  for (let value = 0; value < 256; value += 1) {
    seen += histogram[value]!;
    if (seen >= total * share) return value;
  }
  return 255;
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.round(value);
}
