import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { Invoice, InvoiceLine } from '@tutti/contracts';
import { describeShared, sharedPath } from '@tutti/testing';
import { extractInvoice } from './extract.js';

/** The part of the ZUGFeRD corpus (Apache-2.0) that lies beside the repository. */
const PLACE = ['data', 'invoices'];
const FOLDER = sharedPath(...PLACE);

const extract = (name: string) =>
  extractInvoice(readFileSync(join(FOLDER, name)), AbortSignal.timeout(30_000));

/** The truth is taken from the XML text by patterns alone, so that it shares no code with the reader. */
const first = (xml: string, pattern: string): string | null =>
  new RegExp(pattern, 's').exec(xml)?.[1]?.replace(/\s+/g, ' ').trim() || null;
const unescaped = (text: string | null) =>
  text?.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&') ??
  null;
const element = (xml: string, name: string) => unescaped(first(xml, `<${name}(?: [^>]*)?>([^<]*)<`));
const block = (xml: string, name: string) => first(xml, `<${name}(?: [^>]*)?>(.*?)</${name}>`) ?? '';
const withoutSpaces = (text: string | null) => text?.replace(/\s/g, '') ?? null;
const isoDate = (text: string | null) => text?.replace(/^(\d{4})(\d\d)(\d\d)$/, '$1-$2-$3') ?? null;

function truthOfCii(xml: string): Invoice {
  const agreement = block(xml, 'ram:ApplicableHeaderTradeAgreement');
  const settlement = block(xml, 'ram:ApplicableHeaderTradeSettlement');
  const sums = block(xml, 'ram:SpecifiedTradeSettlementHeaderMonetarySummation');
  const seller = block(agreement, 'ram:SellerTradeParty');
  return {
    invoiceNumber: element(block(xml, 'rsm:ExchangedDocument'), 'ram:ID'),
    invoiceDate: isoDate(element(block(xml, 'rsm:ExchangedDocument'), 'udt:DateTimeString')),
    dueDate: isoDate(element(block(settlement, 'ram:DueDateDateTime'), 'udt:DateTimeString')),
    typeCode: element(block(xml, 'rsm:ExchangedDocument'), 'ram:TypeCode'),
    currency: element(settlement, 'ram:InvoiceCurrencyCode'),
    purchaseOrderNumber: element(
      block(agreement, 'ram:BuyerOrderReferencedDocument'),
      'ram:IssuerAssignedID',
    ),
    supplier: {
      name: element(seller, 'ram:Name'),
      vatId: first(seller, 'schemeID="VA">([^<]*)<'),
      iban: withoutSpaces(element(settlement, 'ram:IBANID')),
    },
    customer: { name: element(block(agreement, 'ram:BuyerTradeParty'), 'ram:Name') },
    netTotal: element(sums, 'ram:TaxBasisTotalAmount'),
    taxTotal: element(sums, 'ram:TaxTotalAmount'),
    grandTotal: element(sums, 'ram:GrandTotalAmount'),
    amountDue: element(sums, 'ram:DuePayableAmount'),
    lines: xml.split('<ram:IncludedSupplyChainTradeLineItem>').slice(1).map(truthOfCiiLine),
  };
}

function truthOfCiiLine(rest: string): InvoiceLine {
  const line = rest.split('</ram:IncludedSupplyChainTradeLineItem>')[0]!;
  const product = block(line, 'ram:SpecifiedTradeProduct');
  const settlement = block(line, 'ram:SpecifiedLineTradeSettlement');
  const code = (name: string) => element(product, `ram:${name}`);
  return {
    description: code('Name'),
    articleCode: code('SellerAssignedID') ?? code('BuyerAssignedID') ?? code('GlobalID'),
    quantity: element(line, 'ram:BilledQuantity'),
    unitPrice: element(block(line, 'ram:NetPriceProductTradePrice'), 'ram:ChargeAmount'),
    lineTotal: element(settlement, 'ram:LineTotalAmount'),
    taxPercent: element(settlement, 'ram:RateApplicablePercent'),
  };
}

function truthOfUbl(xml: string): Invoice {
  const header = xml.split('<cac:InvoiceLine>')[0]!;
  const supplier = block(header, 'cac:AccountingSupplierParty');
  const total = block(header, 'cac:LegalMonetaryTotal');
  return {
    invoiceNumber: element(header, 'cbc:ID'),
    invoiceDate: element(header, 'cbc:IssueDate'),
    dueDate: element(header, 'cbc:DueDate'),
    typeCode: element(header, 'cbc:InvoiceTypeCode'),
    currency: element(header, 'cbc:DocumentCurrencyCode'),
    purchaseOrderNumber: element(block(header, 'cac:OrderReference'), 'cbc:ID'),
    supplier: {
      name: element(supplier, 'cbc:RegistrationName'),
      vatId: first(supplier, '<cbc:CompanyID>([^<]*)</cbc:CompanyID>\\s*<cac:TaxScheme>\\s*<cbc:ID>VAT<'),
      iban: withoutSpaces(element(block(header, 'cac:PayeeFinancialAccount'), 'cbc:ID')),
    },
    customer: { name: element(block(header, 'cac:AccountingCustomerParty'), 'cbc:RegistrationName') },
    netTotal: element(total, 'cbc:TaxExclusiveAmount'),
    taxTotal: element(block(header, 'cac:TaxTotal'), 'cbc:TaxAmount'),
    grandTotal: element(total, 'cbc:TaxInclusiveAmount'),
    amountDue: element(total, 'cbc:PayableAmount'),
    lines: xml
      .split('<cac:InvoiceLine>')
      .slice(1)
      .map((line) => ({
        description: element(block(line, 'cac:Item'), 'cbc:Name'),
        articleCode: element(block(line, 'cac:SellersItemIdentification'), 'cbc:ID'),
        quantity: element(line, 'cbc:InvoicedQuantity'),
        unitPrice: element(line, 'cbc:PriceAmount'),
        lineTotal: element(line, 'cbc:LineExtensionAmount'),
        taxPercent: element(block(line, 'cac:ClassifiedTaxCategory'), 'cbc:Percent'),
      })),
  };
}

/** The XML inside a PDF, found without any PDF library: the one stream that unpacks to an invoice. */
function embeddedXml(pdf: Buffer): string {
  for (let at = pdf.indexOf('stream'); at !== -1; at = pdf.indexOf('stream', at + 6)) {
    const start = pdf[at + 6] === 0x0d ? at + 8 : at + 7;
    const raw = pdf.subarray(start, pdf.indexOf('endstream', start));
    const text = unpacked(raw).toString('utf8');
    if (text.includes('CrossIndustry') && text.includes('TradeTransaction')) return text;
  }
  throw new Error('No XML was found in the PDF by hand.');
}

function unpacked(raw: Buffer): Buffer {
  try {
    return inflateSync(raw);
  } catch {
    return raw;
  }
}

describeShared(PLACE, 'real e-invoices', () => {
  const files = readdirSync(FOLDER);
  const pdfs = files.filter((name) => name.endsWith('.pdf') && name !== 'fail1.pdf');
  const xmls = files.filter((name) => name.endsWith('.xml'));

  test('there are enough of them to mean something', () => {
    expect(pdfs.length).toBeGreaterThanOrEqual(13);
    expect(xmls.length).toBeGreaterThanOrEqual(12);
  });

  test.each(pdfs)('%s: every field is the one in its XML', async (name) => {
    const truth = truthOfCii(embeddedXml(readFileSync(join(FOLDER, name))));
    expect(truth.invoiceNumber).not.toBeNull();
    expect(truth.grandTotal).not.toBeNull();
    const { invoice, source, pages, fieldConfidence } = await extract(name);
    expect(invoice).toEqual(truth);
    expect(source).toBe('facturx');
    expect(pages).toBeGreaterThan(0);
    expect(new Set(Object.values(fieldConfidence))).toEqual(new Set([1]));
  });

  test.each(xmls)('%s: every field is the one in its text', async (name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    const ubl = name.endsWith('.ubl.xml');
    const { invoice, source, fieldConfidence } = await extract(name);
    expect(invoice).toEqual(ubl ? truthOfUbl(text) : truthOfCii(text));
    expect(source).toBe(ubl ? 'ubl' : 'cii');
    expect(new Set(Object.values(fieldConfidence))).toEqual(new Set([1]));
  });

  test.each([...pdfs, ...xmls])('%s: the amounts follow the rules of EN 16931', async (name) => {
    const { checks, confidence } = await extract(name);
    const sums = checks.filter((check) => check.name.startsWith('BR-CO'));
    expect(sums.length).toBeGreaterThanOrEqual(4);
    expect(sums.filter((check) => !check.passed)).toEqual([]);
    // The corpus has made-up account numbers; one that fails its checksum must not be paid unseen.
    const madeUp = checks.some((check) => check.name === 'IBAN checksum' && !check.passed);
    expect(confidence).toBe(madeUp ? 0.5 : 1);
  });

  test('fail1.pdf: ZUGFeRD 1 with spoilt values is read as far as it goes and sent to a person', async () => {
    const { invoice, confidence, warnings, fieldConfidence, checks } = await extract('fail1.pdf');
    expect(invoice).toMatchObject({
      invoiceNumber: 'RE-20151008/504',
      dueDate: '2014-10-29',
      grandTotal: '571.04',
      netTotal: '496.00',
      taxTotal: '75.04',
      supplier: { name: 'Bei Spiel GmbH', vatId: 'DE136695976', iban: 'DE88200800000970375700' },
      customer: { name: 'Theodor Est' },
      // Date format 1020 does not exist, and the currency is empty.
      invoiceDate: null,
      currency: null,
    });
    expect(invoice.lines[1]).toMatchObject({
      description: 'Luftballon',
      lineTotal: '316.20',
      taxPercent: null,
    });
    expect(confidence).toBe(0);
    expect(fieldConfidence).toMatchObject({
      invoiceDate: 0,
      currency: 0,
      'lines[1].taxPercent': 0,
      grandTotal: 1,
    });
    expect(warnings.join('\n')).toMatch(/date format 1020.*19\.00e.*computed 496\.200, stated 496\.00/s);
    expect(checks.find((check) => check.name.startsWith('BR-CO-10'))?.passed).toBe(false);
  });
});
