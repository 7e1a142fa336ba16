import { createCanvas } from '@napi-rs/canvas';
import { PermanentError, attemptCapability, verifyPlugin } from '@tutti/plugin-sdk';
import { PDFDocument } from 'pdf-lib';
import { extractInvoice } from './extract.js';
import plugin from './index.js';
import { Recognizer } from './recognizer.js';

const recognizer = new Recognizer(['deu', 'eng']);
afterAll(() => recognizer.close());

const extract = (bytes: Uint8Array, signal = AbortSignal.timeout(120_000)) =>
  extractInvoice(bytes, { recognizer, textLayer: 'ignore', signal, nowMs: Date.parse('2026-11-01') });

async function refusal(bytes: Uint8Array): Promise<string> {
  const error: unknown = await extract(bytes).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ status: 422, reason: 'rejected', fate: 'permanent' });
  return (error as Error).message;
}

/** A page with an invoice's text at the given places. */
function page(texts: [x: number, y: number, content: string][], size = 30) {
  const canvas = createCanvas(1654, 1200);
  const context = canvas.getContext('2d');
  context.fillStyle = 'white';
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.fillStyle = 'black';
  context.font = `${size}px sans-serif`;
  for (const [x, y, content] of texts) context.fillText(content, x, y);
  return canvas;
}

const INVOICE: [number, number, string][] = [
  [120, 100, 'Kessler Elektrotechnik AG'],
  [120, 260, 'Rechnungsnummer: RE-2026-118'],
  [120, 310, 'Rechnungsdatum: 15.10.2026'],
  [120, 360, 'Zahlbar bis 14.11.2026'],
  [900, 560, 'Nettobetrag 1.000,00 €'],
  [900, 610, 'USt. 19 % 190,00 €'],
  [900, 660, 'Gesamtbetrag 1.190,00 €'],
  [120, 900, 'IBAN DE02 1203 0000 0000 2020 51'],
];

function cat() {
  const canvas = createCanvas(600, 600);
  const context = canvas.getContext('2d');
  context.fillStyle = '#d8c4a8';
  context.fillRect(0, 0, 600, 600);
  context.fillStyle = '#5d4b3c';
  for (const [x, y, radius] of [
    [300, 320, 150],
    [300, 520, 190],
  ] as const) {
    context.beginPath();
    context.arc(x, y, radius, 0, Math.PI * 2);
    context.fill();
  }
  for (const side of [-1, 1]) {
    context.beginPath();
    context.moveTo(300 + side * 140, 260);
    context.lineTo(300 + side * 130, 90);
    context.lineTo(300 + side * 30, 190);
    context.fill();
  }
  return canvas;
}

test('a PNG of an invoice is read with its checks', async () => {
  const { invoice, confidence, checks, source, pages } = await extract(page(INVOICE).toBuffer('image/png'));
  expect(invoice).toMatchObject({
    invoiceNumber: 'RE-2026-118',
    invoiceDate: '2026-10-15',
    dueDate: '2026-11-14',
    currency: 'EUR',
    netTotal: '1000.00',
    taxTotal: '190.00',
    grandTotal: '1190.00',
    supplier: { name: 'Kessler Elektrotechnik AG', iban: 'DE02120300000000202051' },
  });
  expect(confidence).toBeGreaterThan(0.7);
  expect(checks.filter((check) => !check.passed)).toEqual([]);
  expect({ source, pages }).toEqual({ source: 'ocr', pages: 1 });
}, 120_000);

test('an account number that fails its checksum lowers the confidence far below any floor', async () => {
  const misread = INVOICE.map(
    ([x, y, content]) => [x, y, content.replace('2020 51', '2020 57')] as [number, number, string],
  );
  const { confidence, checks, warnings } = await extract(page(misread).toBuffer('image/jpeg'));
  expect(confidence).toBeLessThanOrEqual(0.3);
  expect(checks.find(({ name }) => name === 'IBAN checksum')?.passed).toBe(false);
  expect(warnings.join()).toMatch(/mod 97/);
}, 120_000);

test.each([
  ['a cat', () => cat().toBuffer('image/jpeg')],
  ['an empty page', () => page([]).toBuffer('image/png')],
  ['a shopping list', () => page([[100, 200, 'Milch und Brot']]).toBuffer('image/png')],
])(
  '%s gives no fields, no confidence and a warning: a person can help',
  async (_name, bytes) => {
    const { invoice, confidence, warnings } = await extract(bytes());
    expect(confidence).toBe(0);
    expect(invoice).toMatchObject({ invoiceNumber: null, invoiceDate: null, grandTotal: null });
    expect(warnings[0]).toMatch(/a person has to look/i);
  },
  120_000,
);

describe('what is refused', () => {
  const png = page(INVOICE).toBuffer('image/png');

  test.each([
    ['0 bytes', new Uint8Array(), /empty/],
    ['text that was declared a picture', Buffer.from('hello, I am a PNG'), /neither a PNG, a JPEG nor a PDF/],
    ['a GIF', Buffer.from('GIF89a\u0001\u0000\u0001\u0000'), /neither a PNG, a JPEG nor a PDF/],
    ['a PNG that ends early', png.subarray(0, 60), /damaged/],
    ['a PNG without a header', Buffer.concat([png.subarray(0, 8), Buffer.alloc(40)]), /no size/],
    ['a JPEG of noise', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]), /no size/],
    ['a corrupt PDF', Buffer.from('%PDF-1.7\n1 0 obj\n<< /Type /Catalog '), /damaged/],
  ])('%s', async (_name, bytes, message) => {
    expect(await refusal(bytes)).toMatch(message);
  });

  test('a small file that claims to be an enormous picture', async () => {
    const bomb = Buffer.from(png);
    bomb.writeUInt32BE(60_000, 16);
    bomb.writeUInt32BE(60_000, 20);
    expect(await refusal(bomb)).toMatch(/60000 by 60000 pixels; at most 50000000/);
  });

  test('a PDF page larger than any paper', async () => {
    const pdf = await PDFDocument.create();
    pdf.addPage([9000, 9000]);
    expect(await refusal(await pdf.save())).toMatch(/page 1 has 9000 by 9000 points/i);
  });
});

describe('PDF pages', () => {
  test('text that stands in the PDF is used and named so, unless the setting says otherwise', async () => {
    const pdf = await PDFDocument.create();
    const sheet = pdf.addPage([595, 432]);
    for (const [x, y, content] of INVOICE)
      sheet.drawText(content.replace('€', 'EUR'), { x: x * 0.36, y: 432 - y * 0.36, size: 10 });
    const bytes = await pdf.save();
    const reader = { recognizer, signal: AbortSignal.timeout(120_000), nowMs: Date.parse('2026-11-01') };
    const copied = await extractInvoice(bytes, { ...reader, textLayer: 'use' });
    const recognised = await extractInvoice(bytes, { ...reader, textLayer: 'ignore' });
    expect({ copied: copied.source, recognised: recognised.source }).toEqual({
      copied: 'pdf-text',
      recognised: 'ocr',
    });
    expect(copied.invoice).toMatchObject({ invoiceNumber: 'RE-2026-118', grandTotal: '1190.00' });
    expect(recognised.invoice).toMatchObject({ invoiceNumber: 'RE-2026-118', grandTotal: '1190.00' });
  }, 120_000);
});

describe('the engine', () => {
  test('an abort ends the recognition, and the next picture is read by a new engine', async () => {
    const own = new Recognizer(['eng']);
    const image = page(INVOICE).toBuffer('image/png');
    const stop = new AbortController();
    const read = (signal: AbortSignal) =>
      extractInvoice(image, { recognizer: own, textLayer: 'ignore', signal, nowMs: 0 });
    const first = read(stop.signal);
    setImmediate(() => stop.abort());
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    expect((await read(AbortSignal.timeout(120_000))).invoice.grandTotal).toBe('1190.00');
    await own.close();
  }, 120_000);

  test('a language without a model fails instead of waiting for ever', async () => {
    const own = new Recognizer(['tlh']);
    const image = page(INVOICE).toBuffer('image/png');
    const attempt = extractInvoice(image, {
      recognizer: own,
      textLayer: 'ignore',
      signal: AbortSignal.timeout(60_000),
      nowMs: 0,
    });
    await expect(attempt).rejects.toThrow(/tlh/);
  }, 60_000);
});

test('the plugin keeps the rules of the SDK and reads the artifact that its input names', async () => {
  expect(verifyPlugin(plugin)).toEqual([]);
  const document = { $artifact: '0199d1a0-0000-7000-8000-000000000001', mediaType: 'image/png', bytes: 1 };
  const files = {
    read: () => Promise.resolve<Uint8Array>(page([]).toBuffer('image/png')),
    write: () => Promise.reject(new Error('nothing is written')),
  };
  const output = await attemptCapability(plugin, 'document.extract', { input: { document }, files });
  expect(output).toMatchObject({ confidence: 0, source: 'ocr', pages: 1 });
});
