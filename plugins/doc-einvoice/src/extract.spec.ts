import { PermanentError, attemptCapability, verifyPlugin } from '@tutti/plugin-sdk';
import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { PDFDocument } from 'pdf-lib';
import { extractInvoice } from './extract.js';
import plugin from './index.js';

const signal = () => AbortSignal.timeout(30_000);
const extract = (content: string | Uint8Array) =>
  extractInvoice(typeof content === 'string' ? Buffer.from(content) : content, signal());

/** What a refusal must always be: permanent, and of the reason that lets a routing policy go on to OCR. */
async function refusal(content: string | Uint8Array): Promise<string> {
  const error: unknown = await extract(content).then(
    () => null,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(PermanentError);
  expect(error).toMatchObject({ status: 422, reason: 'rejected', fate: 'permanent' });
  return (error as Error).message;
}

async function pdfWith(attachments: Record<string, string>): Promise<Uint8Array> {
  const pdf = await PDFDocument.create();
  pdf.addPage();
  for (const [name, content] of Object.entries(attachments)) {
    await pdf.attach(Buffer.from(content), name, { mimeType: 'text/xml' });
  }
  return pdf.save();
}

interface Overrides {
  total?: string;
  number?: string;
  iban?: string;
}

/** A small Cross Industry Invoice with unusual prefixes; spaces between elements carry no meaning. */
const cii = ({
  total = '119.00',
  number = 'A &amp; B&#45;1',
  iban = 'DE02 1203 0000 0000 2020 51',
}: Overrides = {}) => `
<x:CrossIndustryInvoice xmlns:x="urn:x" xmlns:r="urn:r" xmlns:u="urn:u">
<x:ExchangedDocument>
  <r:ID>${number}</r:ID><r:TypeCode>380</r:TypeCode>
  <r:IssueDateTime><u:DateTimeString format="102">20260131</u:DateTimeString></r:IssueDateTime>
</x:ExchangedDocument>
<x:SupplyChainTradeTransaction>
<r:ApplicableHeaderTradeAgreement>
  <r:SellerTradeParty><r:Name>Eins GmbH</r:Name></r:SellerTradeParty>
</r:ApplicableHeaderTradeAgreement>
<r:ApplicableHeaderTradeSettlement>
  <r:InvoiceCurrencyCode>EUR</r:InvoiceCurrencyCode>
  <r:SpecifiedTradeSettlementPaymentMeans>
    <r:PayeePartyCreditorFinancialAccount><r:IBANID>${iban}</r:IBANID></r:PayeePartyCreditorFinancialAccount>
  </r:SpecifiedTradeSettlementPaymentMeans>
  <r:SpecifiedTradeSettlementHeaderMonetarySummation>
    <r:TaxBasisTotalAmount>100.00</r:TaxBasisTotalAmount>
    <r:TaxTotalAmount currencyID="CHF">18.00</r:TaxTotalAmount>
    <r:TaxTotalAmount currencyID="EUR">19.00</r:TaxTotalAmount>
    <r:GrandTotalAmount>${total}</r:GrandTotalAmount><r:DuePayableAmount>${total}</r:DuePayableAmount>
  </r:SpecifiedTradeSettlementHeaderMonetarySummation>
</r:ApplicableHeaderTradeSettlement>
</x:SupplyChainTradeTransaction>
</x:CrossIndustryInvoice>`;

const creditNote = `<CreditNote xmlns="urn:cn" xmlns:cac="urn:cac" xmlns:cbc="urn:cbc">
  <cbc:ID>G-7</cbc:ID><cbc:IssueDate>2026-02-28</cbc:IssueDate>
  <cbc:CreditNoteTypeCode>381</cbc:CreditNoteTypeCode><cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>
  <cac:AccountingSupplierParty>
    <cac:Party><cac:PartyName><cbc:Name>Zwei AG</cbc:Name></cac:PartyName></cac:Party>
  </cac:AccountingSupplierParty>
  <cac:LegalMonetaryTotal>
    <cbc:TaxInclusiveAmount>20</cbc:TaxInclusiveAmount><cbc:PayableAmount>20</cbc:PayableAmount>
  </cac:LegalMonetaryTotal>
  <cac:CreditNoteLine>
    <cbc:CreditedQuantity>3</cbc:CreditedQuantity><cbc:LineExtensionAmount>20</cbc:LineExtensionAmount>
    <cac:Item><cbc:Name>Pfand</cbc:Name></cac:Item>
    <cac:Price><cbc:PriceAmount>20.00</cbc:PriceAmount><cbc:BaseQuantity>3</cbc:BaseQuantity></cac:Price>
  </cac:CreditNoteLine>
</CreditNote>`;

describe('what is read', () => {
  test('entities are decoded, prefixes do not matter, the tax in the invoice currency counts', async () => {
    const { invoice, confidence } = await extract(cii());
    expect(invoice).toMatchObject({ invoiceNumber: 'A & B-1', taxTotal: '19.00', invoiceDate: '2026-01-31' });
    expect(invoice.supplier.iban).toBe('DE02120300000000202051');
    expect(confidence).toBe(1);
  });

  test('totals that contradict one another are read as they stand, but go to a person', async () => {
    const { invoice, confidence, checks, warnings } = await extract(cii({ total: '191.00' }));
    expect(invoice.grandTotal).toBe('191.00');
    expect(confidence).toBe(0.5);
    expect(checks).toContainEqual({
      name: 'BR-CO-15 grand total',
      passed: false,
      detail: 'computed 119.00, stated 191.00',
    });
    expect(warnings[0]).toMatch(/contradicts itself/);
  });

  test('a missing invoice number leaves no confidence', async () => {
    const { invoice, confidence } = await extract(cii({ number: ' ' }));
    expect(invoice.invoiceNumber).toBeNull();
    expect(confidence).toBe(0);
  });

  test('a UBL credit note is read like an invoice', async () => {
    const { invoice, source } = await extract(creditNote);
    expect(source).toBe('ubl');
    expect(invoice).toMatchObject({
      invoiceNumber: 'G-7',
      typeCode: '381',
      grandTotal: '20',
      supplier: { name: 'Zwei AG' },
    });
    expect(invoice.lines[0]).toMatchObject({ quantity: '3', unitPrice: '6.66666667' });
  });

  test.each(['factur-x.xml', 'zugferd-invoice.xml', 'ZUGFeRD-invoice.xml', 'xrechnung.xml', 'whatever.XML'])(
    'a PDF may call its XML %s',
    async (name) => {
      const { invoice, source, pages } = await extract(
        await pdfWith({ 'notes.xml': '<notes/>', [name]: cii() }),
      );
      expect({ number: invoice.invoiceNumber, source, pages }).toEqual({
        number: 'A & B-1',
        source: 'facturx',
        pages: 1,
      });
    },
  );

  test('UTF-16 with a byte order mark is XML as well', async () => {
    const bytes = Buffer.from(`\ufeff${cii()}`, 'utf16le');
    expect((await extract(bytes)).invoice.supplier.name).toBe('Eins GmbH');
  });
});

describe('what is refused, and how', () => {
  test('a PDF without XML says that OCR can help', async () => {
    expect(await refusal(await pdfWith({}))).toMatch(/no e-invoice XML in this PDF; use OCR/i);
  });

  test('a PDF whose only XML is something else', async () => {
    expect(await refusal(await pdfWith({ 'notes.xml': '<notes/>' }))).toMatch(/root is notes/);
  });

  test('an empty file', async () => {
    expect(await refusal(new Uint8Array())).toMatch(/empty/);
  });

  test('a picture, even one that was declared a PDF', async () => {
    expect(await refusal(Buffer.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10]))).toMatch(
      /neither a PDF nor XML/,
    );
  });

  test('a corrupt PDF', async () => {
    expect(await refusal('%PDF-1.7\n1 0 obj\n<< /Type /Catalog ')).toMatch(/damaged/);
    const whole = await pdfWith({ 'factur-x.xml': cii() });
    expect(await refusal(whole.slice(0, 200))).toMatch(/damaged/);
  });

  test.each([
    ['a billion laughs', `<!DOCTYPE l [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]><Invoice>&b;</Invoice>`],
    ['an external entity', `<?xml version="1.0"?><!DOCTYPE i SYSTEM "file:///etc/passwd"><Invoice/>`],
    ['a type declaration behind a comment', `<!-- x --><!doctype i><Invoice/>`],
    ['a declaration inside the document', `<Invoice><!ENTITY a "b"></Invoice>`],
  ])('an XML bomb: %s', async (_name, xml) => {
    expect(await refusal(xml)).toMatch(/document type declaration/);
    expect(await refusal(await pdfWith({ 'factur-x.xml': xml }))).toMatch(/document type declaration/);
  });

  test('nesting without end', async () => {
    expect(await refusal('<a>'.repeat(100_000))).toMatch(/nests deeper than 40/);
  });

  test('elements without end', async () => {
    expect(await refusal(`<a>${'<b/>'.repeat(400_001)}</a>`)).toMatch(/more than 400000 elements/);
  });

  test('more bytes than an invoice can have', async () => {
    expect(await refusal(`<a>${' '.repeat(8 * 1024 * 1024)}</a>`)).toMatch(/at most 8388608/);
  });

  test.each(['<a><b></a>', '<a', '<!--', '<a>&', '<a><![CDATA[', '<?xml version="1.0"?>'])(
    'XML that is not well-formed: %s',
    async (xml) => {
      expect(await refusal(xml)).toMatch(/not well-formed|no root|no e-invoice/);
    },
  );

  test('a stream that unpacks to more than any invoice holds', async () => {
    const bomb = deflateSync(Buffer.alloc(80 * 1024 * 1024));
    const head = Buffer.from(
      `%PDF-1.7\n1 0 obj\n<< /Length ${bomb.length} /Filter /FlateDecode >>\nstream\n`,
    );
    expect(await refusal(Buffer.concat([head, bomb, Buffer.from('\nendstream\nendobj\n')]))).toMatch(
      /more than 64 MiB/,
    );
  });

  test('a stream that is packed twice', async () => {
    const text =
      '%PDF-1.7\n1 0 obj\n<< /Filter [/FlateDecode /FlateDecode] >>\nstream\nx\nendstream\nendobj\n';
    expect(await refusal(text)).toMatch(/compressed twice/);
  });

  test('whatever bytes come, the answer is an output or a refusal', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.constantFrom('', '%PDF-1.4\n', '<Invoice>', '<?xml'),
        async (bytes, head) => {
          const content = Buffer.concat([Buffer.from(head), bytes]);
          const error: unknown = await extract(content).then(
            () => null,
            (reason: unknown) => reason,
          );
          if (error !== null) expect(error).toBeInstanceOf(PermanentError);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('the plugin', () => {
  test('keeps the rules of the SDK', () => {
    expect(verifyPlugin(plugin)).toEqual([]);
  });

  test('reads the artifact that its input names', async () => {
    const document = {
      $artifact: '0199d1a0-0000-7000-8000-000000000001',
      mediaType: 'application/pdf',
      bytes: 1,
    };
    const read = (ref: { $artifact: string }) => {
      expect(ref.$artifact).toBe(document.$artifact);
      return Promise.resolve<Uint8Array>(Buffer.from(cii()));
    };
    const files = { read, write: () => Promise.reject(new Error('nothing is written')) };
    const output = await attemptCapability(plugin, 'document.extract', { input: { document }, files });
    expect(output).toMatchObject({ source: 'cii', confidence: 1, invoice: { grandTotal: '119.00' } });
  });
});
