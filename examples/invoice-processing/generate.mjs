// Makes the documents of this example, the seed and the expected outcomes anew: node examples/invoice-
// processing/generate.mjs The same input gives the same documents on one machine; another machine's fonts
// may move a pixel of the scans.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { amount, invoices } from './generator/invoices.mjs';
import { layOut } from './generator/layout.mjs';
import { toPdf } from './generator/pdf.mjs';
import { seedSteps, seedWorkflow } from './generator/seed.mjs';
import { badScan, CAT, cleanScan, secondScan, toSvg } from './generator/svg.mjs';
import { toCii, toUbl } from './generator/xml.mjs';

const folder = import.meta.dirname;
const svg = (invoice, pixels) => toSvg(layOut(invoice), { locale: invoice.supplier.locale, pixels });
const pdf = (invoice, xml) =>
  toPdf(layOut(invoice), {
    title: `${invoice.supplier.name} ${invoice.number}`,
    author: invoice.supplier.name,
    xml,
    created: new Date(`${invoice.date}T09:00:00Z`),
  });
const fields = ({ number, date, due, currency, grandCents, supplier, orderNumber }) => ({
  invoiceNumber: number,
  invoiceDate: date,
  dueDate: due,
  currency,
  grandTotal: amount(grandCents),
  purchaseOrderNumber: orderNumber,
  supplier: { name: supplier.name, vatId: supplier.vatId, iban: supplier.iban },
});

/** In this order: the duplicate is one only after the first of its kind was posted. */
const documents = [
  {
    file: '01-brenner-facturx.pdf',
    mediaType: 'application/pdf',
    invoice: invoices.brenner,
    make: (one) => pdf(one, toCii(one)),
    reader: 'facturx',
    outcome: 'paid',
    why: 'A Factur-X PDF that fits its order and receipt: read exactly, nobody has to look.',
  },
  {
    file: '02-kessler-scan.png',
    mediaType: 'image/png',
    invoice: invoices.kessler,
    make: (one) => cleanScan(svg(one)),
    reader: 'ocr',
    outcome: 'paid',
    why: 'A clean scan: OCR is sure enough, and everything fits.',
  },
  {
    file: '03-vandijk-bad-scan.jpg',
    mediaType: 'image/jpeg',
    invoice: invoices.vandijk,
    make: (one) => badScan(svg(one), { seed: 20260, width: 1160 }),
    reader: 'ocr',
    outcome: 'review',
    reviewTask: 'extract',
    why: 'A blurred, grainy, crooked photograph: OCR is not sure enough, so a person checks the fields.',
  },
  {
    file: '04-brenner-wrong-price.pdf',
    mediaType: 'application/pdf',
    invoice: invoices.wrongPrice,
    make: (one) => pdf(one, toCii(one)),
    reader: 'facturx',
    outcome: 'review',
    reviewTask: 'review',
    discrepancies: ['price'],
    why: 'The recycled paper was ordered at 4.20 and is invoiced at 4.85: a person decides.',
  },
  {
    file: '05-kessler-duplicate.png',
    mediaType: 'image/png',
    invoice: invoices.kessler,
    make: (one) => secondScan(svg(one)),
    reader: 'ocr',
    outcome: 'rejected',
    discrepancies: ['duplicate'],
    why: 'Invoice 2026-10583 once more, from another scanner: it is in the books already, so it is rejected without asking.',
  },
  {
    file: '06-lumen-unknown-supplier.pdf',
    mediaType: 'application/pdf',
    invoice: invoices.unknownSupplier,
    make: (one) => pdf(one),
    reader: 'pdf-text',
    outcome: 'review',
    reviewTask: 'review',
    discrepancies: ['unknown-supplier', 'unknown-purchase-order'],
    why: 'A PDF without XML from a company that the ERP does not know: a person decides.',
  },
  {
    file: '07-saintclair-facture.png',
    mediaType: 'image/png',
    invoice: invoices.saintclair,
    make: (one) => cleanScan(svg(one)),
    reader: 'ocr',
    outcome: 'paid',
    why: 'A French invoice, scanned.',
  },
  {
    file: '08-aurora-peppol.xml',
    mediaType: 'application/xml',
    invoice: invoices.aurora,
    make: (one) => toUbl(one),
    reader: 'ubl',
    outcome: 'paid',
    why: 'A Peppol invoice in UBL, as an access point hands it over.',
  },
  {
    file: '09-kessler-short-delivery.pdf',
    mediaType: 'application/pdf',
    invoice: invoices.shortDelivery,
    make: (one) => pdf(one),
    reader: 'pdf-text',
    outcome: 'review',
    reviewTask: 'review',
    discrepancies: ['not-received'],
    why: 'Ten frequency converters are invoiced, eight came: a person decides.',
  },
  {
    file: '10-cat.png',
    mediaType: 'image/png',
    make: () => sharp(Buffer.from(CAT)).png({ palette: true, colours: 32 }).toBuffer(),
    reader: 'ocr',
    outcome: 'review',
    reviewTask: 'extract',
    why: 'No invoice at all: OCR finds nothing, so a person is asked instead of anything being paid.',
  },
];

mkdirSync(join(folder, 'documents'), { recursive: true });
for (const { file, make, invoice } of documents)
  writeFileSync(join(folder, 'documents', file), await make(invoice));

const expected = documents.map(({ make: _make, invoice, ...rest }) => ({
  ...rest,
  invoice: invoice ? fields(invoice) : null,
}));
const json = (name, value) => writeFileSync(join(folder, name), `${JSON.stringify(value, null, 2)}\n`);
json('expected.json', { workflow: 'finance/invoice', documents: expected });
json('seed.workflow.json', seedWorkflow(seedSteps()));
