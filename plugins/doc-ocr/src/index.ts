import { DocumentExtractInput, DocumentExtractOutput } from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { extractInvoice } from './extract.js';
import { Recognizer } from './recognizer.js';

/** German first: with English first, umlauts are lost. French invoices are read with these two as well. */
const LANGUAGES = ['deu', 'eng'];

/**
 * One engine for all connections. It starts at the first picture and goes when idle, so importing the plugin
 * costs nothing.
 */
const recognizer = new Recognizer(LANGUAGES);

export default definePlugin({
  contract: 1,
  name: 'doc-ocr',
  kind: 'doc',
  summary: 'Reads invoices from pictures and scans by OCR on this machine; nothing leaves it.',
  settings: z.object({
    textLayer: z
      .enum(['use', 'ignore'])
      .default('use')
      .describe(
        'Whether text that stands in a PDF is taken as it is, or its pages are recognised as pictures',
      ),
  }),
  capabilities: {
    'document.extract': {
      summary: 'Read the fields of an invoice from a PNG, a JPEG or the pages of a PDF.',
      effect: 'read',
      // One engine reads one picture at a time; a second call prepares its picture meanwhile.
      concurrency: 2,
      input: DocumentExtractInput,
      output: DocumentExtractOutput,
      async run({ input, files, settings, signal }) {
        const bytes = await files.read(input.document);
        return extractInvoice(bytes, {
          recognizer,
          textLayer: settings.textLayer,
          signal,
          nowMs: Date.now(),
        });
      },
    },
  },
});
