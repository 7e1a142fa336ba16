import type { InvoiceLine } from '@tutti/contracts';
import { divide, isZero } from './decimal.js';
import { compact, Fields } from './fields.js';
import type { Reading, Sums } from './reading.js';
import { attribute, find, findAll, ownText, textAt, type XmlElement } from './xml.js';

/**
 * UN/CEFACT Cross Industry Invoice: Factur-X, ZUGFeRD 2, XRechnung (CII), and ZUGFeRD 1 under its older
 * names.
 */
interface Names {
  document: string;
  transaction: string;
  agreement: string;
  settlement: string;
  summation: string;
  line: string;
  lineAgreement: string;
  lineDelivery: string;
  lineSettlement: string;
  lineSummation: string;
  taxPercent: string;
}

const VERSION_2: Names = {
  document: 'ExchangedDocument',
  transaction: 'SupplyChainTradeTransaction',
  agreement: 'ApplicableHeaderTradeAgreement',
  settlement: 'ApplicableHeaderTradeSettlement',
  summation: 'SpecifiedTradeSettlementHeaderMonetarySummation',
  line: 'IncludedSupplyChainTradeLineItem',
  lineAgreement: 'SpecifiedLineTradeAgreement',
  lineDelivery: 'SpecifiedLineTradeDelivery',
  lineSettlement: 'SpecifiedLineTradeSettlement',
  lineSummation: 'SpecifiedTradeSettlementLineMonetarySummation',
  taxPercent: 'RateApplicablePercent',
};

const VERSION_1: Names = {
  document: 'HeaderExchangedDocument',
  transaction: 'SpecifiedSupplyChainTradeTransaction',
  agreement: 'ApplicableSupplyChainTradeAgreement',
  settlement: 'ApplicableSupplyChainTradeSettlement',
  summation: 'SpecifiedTradeSettlementMonetarySummation',
  line: 'IncludedSupplyChainTradeLineItem',
  lineAgreement: 'SpecifiedSupplyChainTradeAgreement',
  lineDelivery: 'SpecifiedSupplyChainTradeDelivery',
  lineSettlement: 'SpecifiedSupplyChainTradeSettlement',
  lineSummation: 'SpecifiedTradeSettlementMonetarySummation',
  taxPercent: 'ApplicablePercent',
};

/** The root elements this reader takes: since Factur-X / ZUGFeRD 2, and ZUGFeRD 1. */
export const CII_ROOTS = ['CrossIndustryInvoice', 'CrossIndustryDocument'];

/** Reads a Cross Industry Invoice; the comments of the contract's fields name the business terms. */
export function readCii(root: string, element: XmlElement): Reading {
  const names = root === 'CrossIndustryInvoice' ? VERSION_2 : VERSION_1;
  const fields = new Fields();
  const document = find(element, names.document);
  const transaction = find(element, names.transaction);
  const agreement = find(transaction, names.agreement);
  const settlement = find(transaction, names.settlement);
  const currency = fields.currency('currency', textAt(settlement, 'InvoiceCurrencyCode'));
  return {
    invoice: {
      invoiceNumber: textAt(document, 'ID'),
      invoiceDate: dateAt(fields, 'invoiceDate', find(document, 'IssueDateTime/DateTimeString')),
      dueDate: dateAt(
        fields,
        'dueDate',
        find(settlement, 'SpecifiedTradePaymentTerms/DueDateDateTime/DateTimeString'),
      ),
      typeCode: textAt(document, 'TypeCode'),
      currency,
      purchaseOrderNumber: textAt(
        agreement,
        'BuyerOrderReferencedDocument/IssuerAssignedID',
        'BuyerOrderReferencedDocument/ID',
      ),
      supplier: readSupplier(agreement, settlement),
      customer: { name: textAt(agreement, 'BuyerTradeParty/Name') },
      ...readTotals(fields, find(settlement, names.summation), currency),
      lines: findAll(transaction, names.line).map((line, index) => readLine({ fields, names, line, index })),
    },
    sums: readSums(fields, settlement, find(settlement, names.summation)),
    unusable: fields.unusable,
  };
}

function readSupplier(agreement: XmlElement | undefined, settlement: XmlElement | undefined) {
  const registrations = findAll(agreement, 'SellerTradeParty/SpecifiedTaxRegistration/ID');
  return {
    name: textAt(agreement, 'SellerTradeParty/Name'),
    vatId: compact(ownText(registrations.find((id) => attribute(id, 'schemeID') === 'VA'))),
    iban: compact(
      textAt(settlement, 'SpecifiedTradeSettlementPaymentMeans/PayeePartyCreditorFinancialAccount/IBANID'),
    ),
  };
}

function readTotals(fields: Fields, summation: XmlElement | undefined, currency: string | null) {
  const taxes = findAll(summation, 'TaxTotalAmount');
  // A second amount is the tax in the accounting currency (BT-111).
  const tax = taxes.find((amount) => attribute(amount, 'currencyID') === currency) ?? taxes[0];
  return {
    netTotal: fields.amount('netTotal', textAt(summation, 'TaxBasisTotalAmount')),
    taxTotal: fields.amount('taxTotal', ownText(tax)),
    grandTotal: fields.amount('grandTotal', textAt(summation, 'GrandTotalAmount')),
    amountDue: fields.amount('amountDue', textAt(summation, 'DuePayableAmount')),
  };
}

function readSums(
  fields: Fields,
  settlement: XmlElement | undefined,
  summation: XmlElement | undefined,
): Sums {
  const amount = (name: string, field: string) => fields.amount(field, textAt(summation, name));
  return {
    lineTotal: amount('LineTotalAmount', 'lineTotal'),
    allowances: amount('AllowanceTotalAmount', 'allowances'),
    charges: amount('ChargeTotalAmount', 'charges'),
    prepaid: amount('TotalPrepaidAmount', 'prepaid'),
    rounding: amount('RoundingAmount', 'rounding'),
    taxes: findAll(settlement, 'ApplicableTradeTax')
      .map((tax) => fields.amount('taxBreakdown', textAt(tax, 'CalculatedAmount')))
      .filter((value) => value !== null),
  };
}

function readLine({
  fields,
  names,
  line,
  index,
}: {
  fields: Fields;
  names: Names;
  line: XmlElement;
  index: number;
}): InvoiceLine {
  const at = `lines[${index}]`;
  const price = find(line, `${names.lineAgreement}/NetPriceProductTradePrice`);
  const basis = fields.amount(`${at}.unitPrice`, textAt(price, 'BasisQuantity'));
  const settlement = find(line, names.lineSettlement);
  return {
    description: textAt(line, 'SpecifiedTradeProduct/Name'),
    articleCode: textAt(
      line,
      'SpecifiedTradeProduct/SellerAssignedID',
      'SpecifiedTradeProduct/BuyerAssignedID',
      'SpecifiedTradeProduct/GlobalID',
    ),
    quantity: fields.amount(`${at}.quantity`, textAt(line, `${names.lineDelivery}/BilledQuantity`)),
    unitPrice: perUnit(fields.amount(`${at}.unitPrice`, textAt(price, 'ChargeAmount')), basis),
    lineTotal: fields.amount(`${at}.lineTotal`, textAt(settlement, `${names.lineSummation}/LineTotalAmount`)),
    taxPercent: fields.amount(
      `${at}.taxPercent`,
      textAt(settlement, `ApplicableTradeTax/${names.taxPercent}`),
    ),
  };
}

/** A price for a base quantity (BT-149) becomes the price of one; most documents leave the base at one. */
export function perUnit(price: string | null, basis: string | null): string | null {
  if (price === null || basis === null || isZero(basis) || /^1(\.0*)?$/.test(basis)) return price;
  return divide(price, basis);
}

function dateAt(fields: Fields, field: string, element: XmlElement | undefined): string | null {
  return fields.date(field, ownText(element), attribute(element, 'format'));
}
