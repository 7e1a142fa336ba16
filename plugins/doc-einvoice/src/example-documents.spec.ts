import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractInvoice } from './extract.js';

const FOLDER = join(import.meta.dirname, '../../../examples/invoice-processing');
interface Expected {
  file: string;
  reader: string;
  invoice: { supplier: Record<string, string> } & Record<string, unknown>;
}
const { documents } = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  documents: Expected[];
};
const extract = (file: string) =>
  extractInvoice(readFileSync(join(FOLDER, 'documents', file)), AbortSignal.timeout(30_000));

const structured = documents.filter(({ reader }) => ['facturx', 'cii', 'ubl'].includes(reader));
const others = documents.filter((one) => !structured.includes(one));

test.each(structured)('$file of the example is read exactly', async ({ file, reader, invoice }) => {
  const output = await extract(file);
  expect(output.invoice).toMatchObject(invoice);
  expect(output.invoice.lines.length).toBeGreaterThan(0);
  expect(output).toMatchObject({ source: reader, confidence: 1, warnings: [] });
});

test.each(others)('$file of the example is left to OCR', async ({ file }) => {
  await expect(extract(file)).rejects.toMatchObject({
    reason: 'rejected',
    message: expect.stringMatching(/use OCR/),
  });
});
