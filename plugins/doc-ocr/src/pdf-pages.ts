import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { createCanvas, type Canvas } from '@napi-rs/canvas';
import { getDocument, type PDFDocumentProxy, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { refuseDecompressionBombs } from './pdf-streams.js';
import { PIXELS_MAX } from './picture.js';
import { UnreadableDocument } from './unreadable-document.js';
import type { PageText, Word } from './word.js';

/** Pages are rendered at this resolution: letters of 8 points become 22 pixels high. */
const DPI = 200;
/** PDF user space. */
const POINTS_PER_INCH = 72;
/** A page may be larger than A0 in no direction, in points. */
const POINTS_MAX = 3400;
/**
 * Text that stands in the PDF is not recognised but copied; still not 1, because what it shows may differ.
 */
const TEXT_LAYER_CONFIDENCE = 0.99;

const packageFolder = dirname(createRequire(import.meta.url).resolve('pdfjs-dist/package.json'));
const resources = (name: string) => join(packageFolder, name, '/');

/** An open PDF; `close` must be called. */
export interface OpenPdf {
  pages: number;
  /** The page as pixels. */
  render(number: number): Promise<Canvas>;
  /** The words that stand in the page as text; empty for a scan. */
  text(number: number): Promise<PageText>;
  close(): Promise<void>;
}

/** Opens a PDF for rendering. */
export async function openPdf(bytes: Uint8Array, signal: AbortSignal): Promise<OpenPdf> {
  await refuseDecompressionBombs(bytes, signal);
  const task = getDocument({
    // pdf.js takes the buffer over and refuses Node's own kind, so it gets a plain copy.
    data: new Uint8Array(bytes),
    verbosity: 0,
    disableFontFace: true,
    maxImageSize: PIXELS_MAX,
    useSystemFonts: false,
    standardFontDataUrl: resources('standard_fonts'),
    cMapUrl: resources('cmaps'),
    wasmUrl: resources('wasm'),
    iccUrl: resources('iccs'),
  });
  const abort = () => void task.destroy();
  signal.addEventListener('abort', abort, { once: true });
  const close = async () => {
    signal.removeEventListener('abort', abort);
    await task.destroy();
  };
  try {
    const document = await task.promise;
    return {
      pages: document.numPages,
      render: (number) => explained(signal, async () => renderPage(await pageOf(document, number))),
      text: (number) => explained(signal, async () => textOf(await pageOf(document, number))),
      close,
    };
  } catch (error) {
    await close();
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

async function explained<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    signal.throwIfAborted();
    throw unreadable(error);
  }
}

async function pageOf(document: PDFDocumentProxy, number: number): Promise<PDFPageProxy> {
  const page = await document.getPage(number);
  const { width, height } = page.getViewport({ scale: 1 });
  if (width > POINTS_MAX || height > POINTS_MAX) {
    throw new UnreadableDocument(
      `page ${number} has ${Math.round(width)} by ${Math.round(height)} points, over ${POINTS_MAX}`,
    );
  }
  return page;
}

async function renderPage(page: PDFPageProxy): Promise<Canvas> {
  const natural = page.getViewport({ scale: 1 });
  // A page of odd size (a till receipt, a poster) is brought to the same number of pixels as A4.
  const scale = Math.min(
    DPI / POINTS_PER_INCH,
    Math.sqrt(4_000_000 / (natural.width * natural.height)) * 1.5,
  );
  const viewport = page.getViewport({ scale });
  const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height));
  // pdf.js is typed for browsers; under Node it draws on this canvas just as well.
  const target = canvas as unknown as Parameters<PDFPageProxy['render']>[0]['canvas'];
  await page.render({ canvas: target, viewport, background: 'white' }).promise;
  page.cleanup();
  return canvas;
}

async function textOf(page: PDFPageProxy): Promise<PageText> {
  const viewport = page.getViewport({ scale: DPI / POINTS_PER_INCH });
  const content = await page.getTextContent();
  const words: Word[] = [];
  for (const item of content.items) {
    if (!('str' in item) || !item.str.trim()) continue;
    const [left, base] = viewport.convertToViewportPoint(
      item.transform[4] as number,
      item.transform[5] as number,
    ) as [number, number];
    const box = {
      left,
      base,
      width: item.width * viewport.scale,
      height: (item.height || 8) * viewport.scale,
    };
    words.push(...splitWords(item.str, box));
  }
  page.cleanup();
  return { width: viewport.width, height: viewport.height, words, source: 'pdf-text' };
}

/** A run of text has one box; its words share it out by their number of characters. */
function splitWords(
  text: string,
  box: { left: number; base: number; width: number; height: number },
): Word[] {
  const perCharacter = box.width / text.length;
  return [...text.matchAll(/\S+/g)].map((match) => ({
    text: match[0],
    x0: box.left + match.index * perCharacter,
    x1: box.left + (match.index + match[0].length) * perCharacter,
    y0: box.base - box.height * 0.8,
    y1: box.base + box.height * 0.1,
    confidence: TEXT_LAYER_CONFIDENCE,
  }));
}

function unreadable(error: unknown): Error {
  if (error instanceof UnreadableDocument) return error;
  if (error instanceof Error && error.name === 'PasswordException') {
    return new UnreadableDocument(
      'the PDF is protected by a password; remove it and send the document again',
      error,
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new UnreadableDocument(`the PDF is damaged and cannot be read (${detail})`, error);
}
