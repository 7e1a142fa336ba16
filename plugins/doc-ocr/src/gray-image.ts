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

/** Spreads the grey values so that ink is black and paper white, whatever the exposure was. */
export function stretchContrast(image: GrayImage): GrayImage {
  const histogram = histogramOf(image.pixels);
  const low = percentile(histogram, image.pixels.length, 0.005);
  const high = percentile(histogram, image.pixels.length, 0.6);
  if (high - low < 24) return image;
  const table = Uint8Array.from({ length: 256 }, (_, value) =>
    clampByte(((value - low) * 255) / (high - low)),
  );
  return { ...image, pixels: image.pixels.map((value) => table[value]!) };
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
