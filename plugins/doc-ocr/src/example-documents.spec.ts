import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extractInvoice } from './extract.js';
import { Recognizer } from './recognizer.js';

const FOLDER = join(import.meta.dirname, '../../../examples/invoice-processing');
/** The confidence floor of the example's routing policy. */
const FLOOR = 0.85;
interface Expected {
  file: string;
  reader: string;
  outcome: string;
  reviewTask?: string;
  invoice: { supplier: Record<string, string> } & Record<string, unknown>;
}
const { documents } = JSON.parse(readFileSync(join(FOLDER, 'expected.json'), 'utf8')) as {
  documents: Expected[];
};
const recognizer = new Recognizer(['deu', 'eng']);
afterAll(() => recognizer.close());

const extract = (file: string) =>
  extractInvoice(readFileSync(join(FOLDER, 'documents', file)), {
    recognizer,
    textLayer: 'use',
    signal: AbortSignal.timeout(300_000),
    nowMs: Date.parse('2026-11-22'),
  });

const forOcr = documents.filter(({ reader }) => reader === 'ocr' || reader === 'pdf-text');
const unsure = forOcr.filter(({ reviewTask }) => reviewTask === 'extract');
const sure = forOcr.filter((one) => !unsure.includes(one));

test.each(sure)(
  '$file of the example is read right, and surely enough to go on',
  async ({ file, reader, invoice }) => {
    const output = await extract(file);
    expect(output.invoice).toMatchObject(invoice);
    expect(output.source).toBe(reader);
    expect(output.confidence).toBeGreaterThanOrEqual(FLOOR);
    expect(output.checks.filter((check) => !check.passed)).toEqual([]);
  },
  300_000,
);

test.each(unsure)(
  '$file of the example goes to a person',
  async ({ file }) => {
    expect((await extract(file)).confidence).toBeLessThan(FLOOR);
  },
  300_000,
);
