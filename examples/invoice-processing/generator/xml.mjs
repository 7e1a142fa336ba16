// An invoice as XML: UN/CEFACT Cross Industry Invoice for Factur-X (profile EN 16931), and UBL 2.1 for
// Peppol.
import { amount } from './invoices.mjs';

const UNIT = 'C62';

/** Category of VAT: standard rate, or supply within the Community without VAT. */
const category = (percent) => (percent === '0' ? 'K' : 'S');

function ciiLine(line, index) {
  return `    <ram:IncludedSupplyChainTradeLineItem>
      <ram:AssociatedDocumentLineDocument>
      <ram:LineID>${index + 1}</ram:LineID></ram:AssociatedDocumentLineDocument>
      <ram:SpecifiedTradeProduct><ram:SellerAssignedID>${line.code}</ram:SellerAssignedID>
      <ram:Name>${safe(line.description)}</ram:Name></ram:SpecifiedTradeProduct>
      <ram:SpecifiedLineTradeAgreement><ram:NetPriceProductTradePrice>
      <ram:ChargeAmount>${line.unitPrice}</ram:ChargeAmount>
      </ram:NetPriceProductTradePrice></ram:SpecifiedLineTradeAgreement>
      <ram:SpecifiedLineTradeDelivery>
      <ram:BilledQuantity unitCode="${UNIT}">${line.quantity}</ram:BilledQuantity></ram:SpecifiedLineTradeDelivery>
      <ram:SpecifiedLineTradeSettlement>
        <ram:ApplicableTradeTax><ram:TypeCode>VAT</ram:TypeCode>
        <ram:CategoryCode>${category(line.taxPercent)}</ram:CategoryCode>
        <ram:RateApplicablePercent>${line.taxPercent}</ram:RateApplicablePercent></ram:ApplicableTradeTax>
        <ram:SpecifiedTradeSettlementLineMonetarySummation>
        <ram:LineTotalAmount>${amount(line.totalCents)}</ram:LineTotalAmount>
        </ram:SpecifiedTradeSettlementLineMonetarySummation>
      </ram:SpecifiedLineTradeSettlement>
    </ram:IncludedSupplyChainTradeLineItem>`;
}

export function toCii(invoice) {
  const { supplier, customer, lines, rates } = invoice;
  const day = (iso) => `<udt:DateTimeString format="102">${iso.replaceAll('-', '')}</udt:DateTimeString>`;
  return `<?xml version="1.0" encoding="UTF-8"?>
<rsm:CrossIndustryInvoice
  xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"
  xmlns:ram="urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"
  xmlns:udt="urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100">
  <rsm:ExchangedDocumentContext>
    <ram:GuidelineSpecifiedDocumentContextParameter>
    <ram:ID>urn:cen.eu:en16931:2017</ram:ID></ram:GuidelineSpecifiedDocumentContextParameter>
  </rsm:ExchangedDocumentContext>
  <rsm:ExchangedDocument>
    <ram:ID>${invoice.number}</ram:ID><ram:TypeCode>380</ram:TypeCode>
    <ram:IssueDateTime>${day(invoice.date)}</ram:IssueDateTime>
  </rsm:ExchangedDocument>
  <rsm:SupplyChainTradeTransaction>
${lines.map(ciiLine).join('\n')}
    <ram:ApplicableHeaderTradeAgreement>
      <ram:SellerTradeParty>${party(supplier)}</ram:SellerTradeParty>
      <ram:BuyerTradeParty>${party(customer)}</ram:BuyerTradeParty>
      <ram:BuyerOrderReferencedDocument>
      <ram:IssuerAssignedID>${invoice.orderNumber}</ram:IssuerAssignedID></ram:BuyerOrderReferencedDocument>
    </ram:ApplicableHeaderTradeAgreement>
    <ram:ApplicableHeaderTradeDelivery><ram:ActualDeliverySupplyChainEvent>
    <ram:OccurrenceDateTime>${day('2026-09-28')}</ram:OccurrenceDateTime>
    </ram:ActualDeliverySupplyChainEvent></ram:ApplicableHeaderTradeDelivery>
    <ram:ApplicableHeaderTradeSettlement>
      <ram:PaymentReference>${invoice.number}</ram:PaymentReference>
      <ram:InvoiceCurrencyCode>${invoice.currency}</ram:InvoiceCurrencyCode>
      <ram:SpecifiedTradeSettlementPaymentMeans><ram:TypeCode>58</ram:TypeCode>
      <ram:PayeePartyCreditorFinancialAccount>
      <ram:IBANID>${supplier.iban}</ram:IBANID>
      </ram:PayeePartyCreditorFinancialAccount></ram:SpecifiedTradeSettlementPaymentMeans>
${rates
  .map(
    (rate) => `      <ram:ApplicableTradeTax>
<ram:CalculatedAmount>${amount(rate.taxCents)}</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode>
<ram:BasisAmount>${amount(rate.baseCents)}</ram:BasisAmount>
<ram:CategoryCode>${category(rate.percent)}</ram:CategoryCode>
<ram:RateApplicablePercent>${rate.percent}</ram:RateApplicablePercent></ram:ApplicableTradeTax>`,
  )
  .join('\n')}
      <ram:SpecifiedTradePaymentTerms>
      <ram:DueDateDateTime>${day(invoice.due)}</ram:DueDateDateTime></ram:SpecifiedTradePaymentTerms>
      <ram:SpecifiedTradeSettlementHeaderMonetarySummation>
        <ram:LineTotalAmount>${amount(invoice.netCents)}</ram:LineTotalAmount>
        <ram:TaxBasisTotalAmount>${amount(invoice.netCents)}</ram:TaxBasisTotalAmount>
        <ram:TaxTotalAmount currencyID="${invoice.currency}">${amount(invoice.taxCents)}</ram:TaxTotalAmount>
        <ram:GrandTotalAmount>${amount(invoice.grandCents)}</ram:GrandTotalAmount>
        <ram:DuePayableAmount>${amount(invoice.grandCents)}</ram:DuePayableAmount>
      </ram:SpecifiedTradeSettlementHeaderMonetarySummation>
    </ram:ApplicableHeaderTradeSettlement>
  </rsm:SupplyChainTradeTransaction>
</rsm:CrossIndustryInvoice>
`;
}

function party(company) {
  return `<ram:Name>${safe(company.name)}</ram:Name><ram:PostalTradeAddress>
  <ram:PostcodeCode>${company.postcode}</ram:PostcodeCode>
  <ram:LineOne>${safe(company.street)}</ram:LineOne><ram:CityName>${company.city}</ram:CityName>
  <ram:CountryID>${company.country}</ram:CountryID></ram:PostalTradeAddress>
  <ram:SpecifiedTaxRegistration>
  <ram:ID schemeID="VA">${company.vatId}</ram:ID></ram:SpecifiedTaxRegistration>`;
}

export function toUbl(invoice) {
  const { supplier, customer, lines, rates, currency } = invoice;
  const money = (name, cents) => `<cbc:${name} currencyID="${currency}">${amount(cents)}</cbc:${name}>`;
  const taxCategory = (percent, name) => `<cac:${name}><cbc:ID>${percent === '0' ? 'K' : 'S'}</cbc:ID>
  <cbc:Percent>${percent}</cbc:Percent><cac:TaxScheme>
  <cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:${name}>`;
  const partyOf = (company) => `<cac:Party><cac:PostalAddress>
  <cbc:StreetName>${safe(company.street)}</cbc:StreetName><cbc:CityName>${company.city}</cbc:CityName>
  <cbc:PostalZone>${company.postcode}</cbc:PostalZone><cac:Country>
  <cbc:IdentificationCode>${company.country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>
  <cac:PartyTaxScheme><cbc:CompanyID>${company.vatId}</cbc:CompanyID><cac:TaxScheme>
  <cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme><cac:PartyLegalEntity>
  <cbc:RegistrationName>${safe(company.name)}</cbc:RegistrationName></cac:PartyLegalEntity></cac:Party>`;
  const subtotals = rates.map(
    ({ percent, baseCents, taxCents }) => `<cac:TaxSubtotal>
    ${money('TaxableAmount', baseCents)}${money('TaxAmount', taxCents)}${taxCategory(percent, 'TaxCategory')}
  </cac:TaxSubtotal>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>
<Invoice
  xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
  xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
  xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2">
  <cbc:CustomizationID>urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0</cbc:CustomizationID>
  <cbc:ProfileID>urn:fdc:peppol.eu:2017:poacc:billing:01:1.0</cbc:ProfileID>
  <cbc:ID>${invoice.number}</cbc:ID><cbc:IssueDate>${invoice.date}</cbc:IssueDate>
  <cbc:DueDate>${invoice.due}</cbc:DueDate>
  <cbc:InvoiceTypeCode>380</cbc:InvoiceTypeCode>
  <cbc:DocumentCurrencyCode>${currency}</cbc:DocumentCurrencyCode>
  <cac:OrderReference><cbc:ID>${invoice.orderNumber}</cbc:ID></cac:OrderReference>
  <cac:AccountingSupplierParty>${partyOf(supplier)}</cac:AccountingSupplierParty>
  <cac:AccountingCustomerParty>${partyOf(customer)}</cac:AccountingCustomerParty>
  <cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode><cac:PayeeFinancialAccount>
  <cbc:ID>${supplier.iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>
  <cac:TaxTotal>${money('TaxAmount', invoice.taxCents)}${subtotals.join('')}</cac:TaxTotal>
  <cac:LegalMonetaryTotal>
    ${money('LineExtensionAmount', invoice.netCents)}${money('TaxExclusiveAmount', invoice.netCents)}
    ${money('TaxInclusiveAmount', invoice.grandCents)}${money('PayableAmount', invoice.grandCents)}
  </cac:LegalMonetaryTotal>
${lines
  .map(
    (line, index) => `  <cac:InvoiceLine><cbc:ID>${index + 1}</cbc:ID>
<cbc:InvoicedQuantity unitCode="C62">${line.quantity}</cbc:InvoicedQuantity>
    ${money('LineExtensionAmount', line.totalCents)}
    <cac:Item><cbc:Name>${safe(line.description)}</cbc:Name><cac:SellersItemIdentification>
    <cbc:ID>${line.code}</cbc:ID></cac:SellersItemIdentification>
    ${taxCategory(line.taxPercent, 'ClassifiedTaxCategory')}</cac:Item>
    <cac:Price>
    <cbc:PriceAmount currencyID="${currency}">${line.unitPrice}</cbc:PriceAmount></cac:Price></cac:InvoiceLine>`,
  )
  .join('\n')}
</Invoice>
`;
}

function safe(value) {
  return value.replace(/&/g, '&amp;').replace(/</g, '&lt;');
}
