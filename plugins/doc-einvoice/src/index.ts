import { DocumentExtractInput, DocumentExtractOutput } from '@tutti/contracts';
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { extractInvoice } from './extract.js';

export default definePlugin({
  contract: 1,
  name: 'doc-einvoice',
  kind: 'doc',
  summary: 'Reads e-invoices: Factur-X and ZUGFeRD PDFs, CII and UBL XML.',
  settings: z.object({}),
  capabilities: {
    'document.extract': {
      summary: 'Read the fields of an invoice from the XML that it carries.',
      effect: 'read',
      // Unpacking a PDF keeps a processor busy for some milliseconds, so more at once would only wait.
      concurrency: 4,
      input: DocumentExtractInput,
      output: DocumentExtractOutput,
      async run({ input, files, signal }) {
        return extractInvoice(await files.read(input.document), signal);
      },
    },
  },
});
