import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { refuseDecompressionBombs } from './pdf-streams.js';
import { UnreadableDocument } from './unreadable-document.js';

/** A PDF with more embedded files than this is no invoice. */
export const ATTACHMENTS_MAX = 100;

/** The names that Factur-X, ZUGFeRD 1, ZUGFeRD 2 and XRechnung give the invoice inside a PDF, best first. */
const INVOICE_NAMES = ['factur-x.xml', 'zugferd-invoice.xml', 'xrechnung.xml'];

/** What a PDF carries inside. */
export interface EmbeddedXml {
  pages: number;
  /** Candidates, best first: files by a known name, then any other XML. */
  files: { name: string; bytes: Uint8Array }[];
}

/** The XML files inside a PDF. */
export async function readEmbeddedXml(bytes: Uint8Array, signal: AbortSignal): Promise<EmbeddedXml> {
  await refuseDecompressionBombs(bytes, signal);
  // pdf.js takes the buffer over and refuses Node's own kind, so it gets a plain copy.
  const task = getDocument({
    data: new Uint8Array(bytes),
    verbosity: 0,
    useSystemFonts: false,
    disableFontFace: true,
  });
  const abort = () => void task.destroy();
  signal.addEventListener('abort', abort, { once: true });
  try {
    const document = await task.promise;
    return { pages: document.numPages, files: await xmlFilesOf(document) };
  } catch (error) {
    signal.throwIfAborted();
    throw explained(error);
  } finally {
    signal.removeEventListener('abort', abort);
    await task.destroy();
  }
}

async function xmlFilesOf(document: PDFDocumentProxy): Promise<EmbeddedXml['files']> {
  const attachments = [...((await document.getAttachments()) ?? [])].slice(0, ATTACHMENTS_MAX);
  const named = attachments
    .map(([id, { filename }]) => ({ id, name: filename }))
    .filter(({ name }) => name.toLowerCase().endsWith('.xml'))
    .sort((left, right) => rank(left.name) - rank(right.name));
  const files: EmbeddedXml['files'] = [];
  for (const { id, name } of named) {
    const bytes = await document.getAttachmentContent(id);
    if (bytes) files.push({ name, bytes });
  }
  return files;
}

function rank(name: string): number {
  const index = INVOICE_NAMES.indexOf(name.toLowerCase());
  return index === -1 ? INVOICE_NAMES.length : index;
}

function explained(error: unknown): Error {
  if (error instanceof UnreadableDocument) return error;
  if (error instanceof Error && error.name === 'PasswordException') {
    return new UnreadableDocument(
      'the PDF is protected by a password; remove it and send the document again',
      error,
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return new UnreadableDocument(`the PDF is damaged and cannot be opened (${detail})`, error);
}
