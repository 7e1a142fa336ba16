import { ARTIFACT_BYTES_MAX, type DocumentExtractOutput } from '@tutti/contracts';
import { inkShare } from './gray-image.js';
import { openPdf, type OpenPdf } from './pdf-pages.js';
import { decodePicture, prepare } from './picture.js';
import { readInvoice } from './read-invoice.js';
import type { Recognizer } from './recognizer.js';
import { kindOf } from './sniff.js';
import { UnreadableDocument } from './unreadable-document.js';
import type { PageText } from './word.js';

/** Pages after this one are not read; invoices have their totals before. */
export const PAGES_MAX = 12;
/** A page with less ink than this is blank. */
const INK_MIN = 0.0002;
/** A page with fewer words than this carries no invoice worth the name. */
const WORDS_MIN = 8;

/** What the reader works with besides the bytes. */
export interface Reader {
  recognizer: Recognizer;
  /** Whether text that stands in a PDF is taken as it is; `ignore` recognises the rendered page instead. */
  textLayer: 'use' | 'ignore';
  signal: AbortSignal;
  nowMs: number;
}

/** Reads an invoice from a PNG, a JPEG or a PDF. The bytes decide what it is, not the declared type. */
export async function extractInvoice(bytes: Uint8Array, reader: Reader): Promise<DocumentExtractOutput> {
  refuseBySize(bytes);
  const kind = kindOf(bytes);
  if (kind === 'other') throw new UnreadableDocument('this is neither a PNG, a JPEG nor a PDF');
  if (kind === 'pdf') return extractFromPdf(bytes, reader);
  const page = await recognizePicture(await decodePicture(bytes), reader);
  return toOutput([page], { pages: 1, nowMs: reader.nowMs });
}

function refuseBySize(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new UnreadableDocument('the document is empty (0 bytes)');
  if (bytes.length > ARTIFACT_BYTES_MAX) {
    throw new UnreadableDocument(
      `the document has ${bytes.length} bytes; at most ${ARTIFACT_BYTES_MAX} are read`,
    );
  }
}

async function extractFromPdf(bytes: Uint8Array, reader: Reader): Promise<DocumentExtractOutput> {
  const pdf = await openPdf(bytes, reader.signal);
  try {
    const pages: PageText[] = [];
    // One after the other: a rendered page takes 16 MB, and there is one engine anyway.
    for (let number = 1; number <= Math.min(pdf.pages, PAGES_MAX); number += 1)
      pages.push(await readPage(pdf, number, reader));
    return toOutput(pages, { pages: pdf.pages, nowMs: reader.nowMs });
  } finally {
    await pdf.close();
  }
}

async function readPage(pdf: OpenPdf, number: number, reader: Reader): Promise<PageText> {
  reader.signal.throwIfAborted();
  if (reader.textLayer === 'use') {
    const text = await pdf.text(number);
    if (text.words.length >= WORDS_MIN) return text;
  }
  return recognizePicture(await pdf.render(number), reader);
}

async function recognizePicture(canvas: Parameters<typeof prepare>[0], reader: Reader): Promise<PageText> {
  reader.signal.throwIfAborted();
  const image = prepare(canvas);
  const blank = inkShare(image) < INK_MIN;
  const words = blank ? [] : await reader.recognizer.recognize(image, reader.signal);
  return { width: image.width, height: image.height, words, source: 'ocr' };
}

function toOutput(
  pages: PageText[],
  { pages: count, nowMs }: { pages: number; nowMs: number },
): DocumentExtractOutput {
  const reading = readInvoice(pages, nowMs);
  const sources = new Set(pages.map((page) => page.source));
  return {
    ...reading,
    source: [...sources].toSorted().join('+') || 'ocr',
    pages: count,
    warnings: warningsOf(reading, pages, count),
  };
}

function warningsOf(
  reading: Pick<DocumentExtractOutput, 'checks' | 'invoice'>,
  pages: PageText[],
  count: number,
): string[] {
  const words = pages.reduce((total, page) => total + page.words.length, 0);
  const { invoiceNumber, grandTotal } = reading.invoice;
  const warnings = reading.checks
    .filter((check) => !check.passed)
    .map((check) => `Check failed: ${check.name}, ${check.detail ?? ''}`);
  if (words < WORDS_MIN)
    warnings.unshift('There is hardly any text here: is this an invoice? A person has to look.');
  else if (invoiceNumber === null && grandTotal === null) {
    warnings.unshift(
      'Neither an invoice number nor a total was found: is this an invoice? A person has to look.',
    );
  }
  if (count > PAGES_MAX) warnings.push(`Only the first ${PAGES_MAX} of ${count} pages were read.`);
  return warnings;
}
