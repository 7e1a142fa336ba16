import { ARTIFACT_BYTES_MAX, type DocumentExtractOutput, type Invoice } from '@tutti/contracts';
import { checkReading } from './checks.js';
import { CII_ROOTS, readCii } from './cii.js';
import { readEmbeddedXml } from './pdf.js';
import type { Reading } from './reading.js';
import { readUbl, UBL_ROOTS } from './ubl.js';
import { UnreadableDocument } from './unreadable-document.js';
import { parseXml } from './xml.js';

/**
 * What the confidence becomes when the document contradicts itself: under any sensible floor, so that a
 * person looks.
 */
export const CONFIDENCE_CONTRADICTION = 0.5;

/**
 * Reads an e-invoice: a PDF with XML inside, or the XML itself. The bytes decide what it is, not the declared
 * type.
 */
export async function extractInvoice(bytes: Uint8Array, signal: AbortSignal): Promise<DocumentExtractOutput> {
  refuseBySize(bytes);
  if (isPdf(bytes)) return extractFromPdf(bytes, signal);
  if (!looksLikeXml(bytes)) {
    throw new UnreadableDocument('this is neither a PDF nor XML; use OCR for pictures');
  }
  const { reading, syntax } = readXml(bytes);
  return toOutput(reading, { source: syntax, pages: 0 });
}

function refuseBySize(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new UnreadableDocument('the document is empty (0 bytes)');
  if (bytes.length > ARTIFACT_BYTES_MAX) {
    throw new UnreadableDocument(
      `the document has ${bytes.length} bytes; at most ${ARTIFACT_BYTES_MAX} are read`,
    );
  }
}

async function extractFromPdf(bytes: Uint8Array, signal: AbortSignal): Promise<DocumentExtractOutput> {
  const { pages, files } = await readEmbeddedXml(bytes, signal);
  let problem: UnreadableDocument | undefined;
  for (const file of files) {
    try {
      return toOutput(readXml(file.bytes).reading, { source: 'facturx', pages });
    } catch (error) {
      if (!(error instanceof UnreadableDocument)) throw error;
      problem ??= new UnreadableDocument(`${file.name} inside the PDF: ${error.message}`, error);
    }
  }
  throw problem ?? new UnreadableDocument('no e-invoice XML in this PDF; use OCR');
}

function readXml(bytes: Uint8Array): { reading: Reading; syntax: 'cii' | 'ubl' } {
  const { root, element } = parseXml(bytes);
  if (CII_ROOTS.includes(root)) return { reading: readCii(root, element), syntax: 'cii' };
  if (UBL_ROOTS.includes(root)) return { reading: readUbl(root, element), syntax: 'ubl' };
  throw new UnreadableDocument(`the XML is no e-invoice: its root is ${root.slice(0, 60)}, none of ${ROOTS}`);
}

function toOutput(reading: Reading, from: { source: string; pages: number }): DocumentExtractOutput {
  const checks = checkReading(reading);
  const fieldConfidence = confidenceOf(reading);
  const failed = checks.filter((check) => !check.passed);
  const read = Math.min(...PAYMENT_FIELDS.map((field) => fieldConfidence[field] ?? 0));
  return {
    invoice: reading.invoice,
    confidence: failed.length > 0 ? Math.min(read, CONFIDENCE_CONTRADICTION) : read,
    fieldConfidence,
    checks,
    ...from,
    warnings: [
      ...[...reading.unusable].map(([field, why]) => `${field}: ${why}`),
      ...failed.map((check) => `The document contradicts itself: ${check.name}, ${check.detail}`),
    ],
  };
}

const ROOTS = [...CII_ROOTS, ...UBL_ROOTS].join(', ');

/** Without these nobody can be paid. */
const PAYMENT_FIELDS = ['invoiceNumber', 'invoiceDate', 'currency', 'grandTotal', 'supplier.name'];

/** What stands in the XML is read exactly: 1. What is missing where payment needs it, or is unusable: 0. */
function confidenceOf(reading: Reading): Record<string, number> {
  const confidence: Record<string, number> = {};
  for (const [field, value] of namedFields(reading.invoice)) if (value !== null) confidence[field] = 1;
  for (const field of [...PAYMENT_FIELDS, ...reading.unusable.keys()]) confidence[field] ??= 0;
  return confidence;
}

function* namedFields(invoice: Invoice): Generator<[string, string | null]> {
  const { supplier, customer, lines, ...header } = invoice;
  yield* Object.entries(header);
  yield ['supplier.name', supplier.name];
  yield ['supplier.vatId', supplier.vatId];
  yield ['supplier.iban', supplier.iban];
  yield ['customer.name', customer.name];
  for (const [index, line] of lines.entries()) {
    for (const [field, value] of Object.entries(line)) yield [`lines[${index}].${field}`, value];
  }
}

function isPdf(bytes: Uint8Array): boolean {
  // Readers accept the marker anywhere in the first kilobyte (ISO 32000, annex H.3.4.1 of the 1.7 edition).
  return Buffer.from(bytes.subarray(0, 1024)).includes('%PDF-');
}

function looksLikeXml(bytes: Uint8Array): boolean {
  const head = Buffer.from(bytes.subarray(0, 64))
    .toString('latin1')
    .replace(/[\u0000\u00ef\u00bb\u00bf\u00fe\u00ff\s]/g, '');
  return head.startsWith('<');
}
