import { createCanvas, loadImage, type Canvas } from '@napi-rs/canvas';
import {
  despeckle,
  grain,
  grayOf,
  stretchContrast,
  unevenness,
  whitenPaper,
  type GrayImage,
} from './gray-image.js';
import { removeRulings } from './rulings.js';
import { skewOf } from './skew.js';
import { kindOf, pictureSize } from './sniff.js';
import { UnreadableDocument } from './unreadable-document.js';

/** A picture with more pixels than this is refused: A4 at 600 dpi has 35 million. */
export const PIXELS_MAX = 50_000_000;
/**
 * Pictures are brought to about this height in pixels, A4 at 200 dpi: smaller letters are misread, larger
 * only cost time.
 */
const HEIGHT_WANTED = 2400;
/** Enlarging further adds nothing that is not there. */
const ENLARGE_MAX = 3;
/** Grain above this (mean difference of neighbouring bright pixels) is cleaned. */
const GRAIN_MAX = 5;
/** Paper that differs more than this in brightness lies in a shadow. */
const UNEVENNESS_MAX = 25;
/** Straightening blurs a little, so it must be worth it, in degrees. */
const SKEW_MIN = 0.25;

/** Decodes a PNG or JPEG onto a canvas of a good size for reading. */
export async function decodePicture(bytes: Uint8Array): Promise<Canvas> {
  const kind = kindOf(bytes);
  const size = kind === 'png' || kind === 'jpeg' ? pictureSize(bytes, kind) : null;
  if (!size || size.width === 0 || size.height === 0)
    throw new UnreadableDocument('the picture is damaged: it has no size');
  if (size.width * size.height > PIXELS_MAX) {
    throw new UnreadableDocument(
      `the picture has ${size.width} by ${size.height} pixels; at most ${PIXELS_MAX} are read`,
    );
  }
  return drawScaled(await decoded(bytes));
}

async function decoded(bytes: Uint8Array) {
  try {
    return await loadImage(Buffer.from(bytes));
  } catch (error) {
    throw new UnreadableDocument('the picture is damaged and cannot be decoded', error);
  }
}

function drawScaled(
  image: { width: number; height: number } & Parameters<ReturnType<Canvas['getContext']>['drawImage']>[0],
): Canvas {
  const scale = Math.min(ENLARGE_MAX, HEIGHT_WANTED / Math.max(image.width, image.height));
  const canvas = createCanvas(
    Math.max(1, Math.round(image.width * scale)),
    Math.max(1, Math.round(image.height * scale)),
  );
  const context = canvas.getContext('2d');
  whiten(canvas);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = 'high';
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return canvas;
}

/**
 * Makes a picture as easy to read as it gets: grey, full contrast, without grain, level, without table lines.
 */
export function prepare(canvas: Canvas): GrayImage {
  let image = cleaned(grayOfCanvas(canvas));
  const skew = skewOf(image);
  if (Math.abs(skew) >= SKEW_MIN) image = rotated(image, -skew);
  return removeRulings(image);
}

function cleaned(image: GrayImage): GrayImage {
  const grainy = grain(image) > GRAIN_MAX;
  const light = grainy || unevenness(image) > UNEVENNESS_MAX ? whitenPaper(image) : stretchContrast(image);
  return grainy ? despeckle(light) : light;
}

function grayOfCanvas(canvas: Canvas): GrayImage {
  const { width, height } = canvas;
  return grayOf(canvas.getContext('2d').getImageData(0, 0, width, height).data, width, height);
}

function rotated(image: GrayImage, degrees: number): GrayImage {
  const from = createCanvas(image.width, image.height);
  const data = from.getContext('2d').createImageData(image.width, image.height);
  for (let at = 0, to = 0; at < image.pixels.length; at += 1, to += 4) {
    data.data[to] = data.data[to + 1] = data.data[to + 2] = image.pixels[at]!;
    data.data[to + 3] = 255;
  }
  from.getContext('2d').putImageData(data, 0, 0);
  const level = createCanvas(image.width, image.height);
  const context = level.getContext('2d');
  whiten(level);
  context.translate(image.width / 2, image.height / 2);
  context.rotate((degrees * Math.PI) / 180);
  context.imageSmoothingQuality = 'high';
  context.drawImage(from, -image.width / 2, -image.height / 2);
  return grayOfCanvas(level);
}

function whiten(canvas: Canvas): void {
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
}
