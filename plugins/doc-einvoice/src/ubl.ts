import type { InvoiceLine } from '@tutti/contracts';
import { perUnit } from './cii.js';
import { compact, Fields } from './fields.js';
import type { Reading, Sums } from './reading.js';
import { attribute, find, findAll, ownText, textAt, type XmlElement } from './xml.js';

/** The root elements of UBL 2.1 that this reader takes. */
export const UBL_ROOTS = ['Invoice', 'CreditNote'];

/** Reads a UBL 2.1 invoice or credit note (Peppol BIS Billing, XRechnung). */
export function readUbl(root: string, element: XmlElement): Reading {
  const fields = new Fields();
  const currency = fields.currency('currency', textAt(element, 'DocumentCurrencyCode'));
  const supplier = find(element, 'AccountingSupplierParty/Party');
  const customer = find(element, 'AccountingCustomerParty/Party');
  const total = find(element, 'LegalMonetaryTotal');
  const amount = (field: string, name: string) => fields.amount(field, textAt(total, name));
  return {
    invoice: {
      invoiceNumber: textAt(element, 'ID'),
      invoiceDate: fields.date('invoiceDate', textAt(element, 'IssueDate')),
      dueDate: fields.date(
        'dueDate',
        textAt(element, 'DueDate', 'PaymentMeans/PaymentDueDate', 'PaymentTerms/PaymentDueDate'),
      ),
      typeCode: textAt(element, `${root}TypeCode`),
      currency,
      purchaseOrderNumber: textAt(element, 'OrderReference/ID'),
      supplier: {
        name: textAt(supplier, 'PartyLegalEntity/RegistrationName', 'PartyName/Name'),
        vatId: compact(vatIdOf(supplier)),
        iban: compact(textAt(element, 'PaymentMeans/PayeeFinancialAccount/ID')),
      },
      customer: { name: textAt(customer, 'PartyLegalEntity/RegistrationName', 'PartyName/Name') },
      netTotal: amount('netTotal', 'TaxExclusiveAmount'),
      taxTotal: fields.amount('taxTotal', ownText(taxTotal(element, currency))),
      grandTotal: amount('grandTotal', 'TaxInclusiveAmount'),
      amountDue: amount('amountDue', 'PayableAmount'),
      lines: findAll(element, `${root}Line`).map((line, index) => readLine(fields, line, index)),
    },
    sums: readSums(fields, element, currency),
    unusable: fields.unusable,
  };
}

function vatIdOf(party: XmlElement | undefined): string | null {
  const schemes = findAll(party, 'PartyTaxScheme');
  return textAt(
    schemes.find((scheme) => textAt(scheme, 'TaxScheme/ID') === 'VAT'),
    'CompanyID',
  );
}

function taxTotal(element: XmlElement, currency: string | null): XmlElement | undefined {
  const amounts = findAll(element, 'TaxTotal/TaxAmount');
  return amounts.find((amount) => attribute(amount, 'currencyID') === currency) ?? amounts[0];
}

function readSums(fields: Fields, element: XmlElement, currency: string | null): Sums {
  const total = find(element, 'LegalMonetaryTotal');
  const amount = (field: string, name: string) => fields.amount(field, textAt(total, name));
  return {
    lineTotal: amount('lineTotal', 'LineExtensionAmount'),
    allowances: amount('allowances', 'AllowanceTotalAmount'),
    charges: amount('charges', 'ChargeTotalAmount'),
    prepaid: amount('prepaid', 'PrepaidAmount'),
    rounding: amount('rounding', 'PayableRoundingAmount'),
    taxes: findAll(element, 'TaxTotal/TaxSubtotal/TaxAmount')
      .filter((tax) => (attribute(tax, 'currencyID') ?? currency) === currency)
      .map((tax) => fields.amount('taxBreakdown', ownText(tax)))
      .filter((value) => value !== null),
  };
}

function readLine(fields: Fields, line: XmlElement, index: number): InvoiceLine {
  const at = `lines[${index}]`;
  const basis = fields.amount(`${at}.unitPrice`, textAt(line, 'Price/BaseQuantity'));
  return {
    description: textAt(line, 'Item/Name', 'Item/Description'),
    articleCode: textAt(
      line,
      'Item/SellersItemIdentification/ID',
      'Item/BuyersItemIdentification/ID',
      'Item/StandardItemIdentification/ID',
    ),
    quantity: fields.amount(`${at}.quantity`, textAt(line, 'InvoicedQuantity', 'CreditedQuantity')),
    unitPrice: perUnit(fields.amount(`${at}.unitPrice`, textAt(line, 'Price/PriceAmount')), basis),
    lineTotal: fields.amount(`${at}.lineTotal`, textAt(line, 'LineExtensionAmount')),
    taxPercent: fields.amount(`${at}.taxPercent`, textAt(line, 'Item/ClassifiedTaxCategory/Percent')),
  };
}
