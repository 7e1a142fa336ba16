/**
 * The words that stand beside the fields of an invoice, in German, English and French. Umlauts and accents are often lost in
 * recognition, so each is matched with and without. The better the label, the nearer its weight is to 1.
 */
export interface Label {
  pattern: RegExp;
  weight: number;
}

const NUMBER_SIGN = String.raw`(?:nr|no|num|n[°ºo*]|nummer|number|num[ée]ro|#)`;

/** A word that says that a number near by is that of another document or party. */
export const FOREIGN_NUMBER =
  /bestell|auftrag|liefer|kunde|steuer|mandat|vertrag|\b(?:order|deliver|customer|client|commande|tax|vat|tva|ust|contract|tel|fax|konto|account)/i;

export const INVOICE_NUMBER: Label[] = [
  {
    pattern: new RegExp(
      String.raw`\b(?:rechnungs?|beleg|gutschrift(?:s)?)[\s-]*(?:nr|nummer)\b[.:#\s]*`,
      'gi',
    ),
    weight: 1,
  },
  {
    pattern: new RegExp(
      String.raw`\b(?:invoice|credit note|document)\s*(?:${NUMBER_SIGN}|id)\b[.:#\s]*`,
      'gi',
    ),
    weight: 1,
  },
  {
    pattern: new RegExp(String.raw`\b(?:num[ée]ro|n[°ºo*])\s*(?:de\s*)?(?:la\s*)?facture\b[.:#\s]*`, 'gi'),
    weight: 1,
  },
  { pattern: new RegExp(String.raw`\b(?:facture|avoir)\s*(?:n[°ºo*]|num[ée]ro)[.:#\s]*`, 'gi'), weight: 1 },
  {
    pattern: new RegExp(
      String.raw`(?:rechnung|gutschrift|invoice|credit note|facture)\b[^:]{0,60}?(?:\b(?:nr|no)\b|n°|#)[.:\s]*`,
      'gi',
    ),
    weight: 0.95,
  },
  { pattern: /^\W*(?:rechnung|gutschrift|invoice|credit note|facture|avoir)\b\s*[:#]?\s*/gi, weight: 0.9 },
];

export const INVOICE_DATE: Label[] = [
  { pattern: /\b(?:rechnungs|beleg|gutschrift|ausstellungs)[\s-]*datum\b[.:\s]*/gi, weight: 1 },
  {
    pattern:
      /\b(?:invoice|issue|billing)\s*date\b[.:\s]*|\bdate\s*(?:of\s*)(?:issue|invoice)\b[.:\s]*|\bissued(?:\s*on)?\b[.:\s]*/gi,
    weight: 1,
  },
  {
    pattern:
      /\bdate\s*(?:de\s*)?(?:la\s*)?(?:facture|facturation)\b[.:\s]*|\bdate\s*d['’]?\s?[ée]mission\b[.:\s]*/gi,
    weight: 1,
  },
  {
    pattern: /(?:rechnung|gutschrift|facture|invoice)\b.{0,70}?\b(?:vom|von|du|of|dated)\s+/gi,
    weight: 0.97,
  },
  { pattern: /(?:^|\s{2})(?:datum|date)\b[.:\s]*/gi, weight: 0.85 },
];

export const DUE_DATE: Label[] = [
  {
    pattern:
      /\bf[äa]llig(?:keit(?:sdatum)?)?\b(?:\s*(?:am|bis|zum))?[.:\s]*|\bzahlbar\b.{0,40}?\bbis\b(?:\s*zum)?[.:\s]*/gi,
    weight: 1,
  },
  {
    pattern: /\b(?:payment\s*)?due(?:\s*date|\s*(?:on|by))?\b[.:\s]*|\bpay(?:able|ment)?\s*by\b[.:\s]*/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:date\s*(?:limite\s*)?d['’]?\s?)?[ée]ch[ée]ance\b[.:\s]*|\b[àa]\s*payer\s*avant\s*le\b[.:\s]*/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:[üu]berweisen|zahlen)\b.{0,40}?\bbis\b(?:\s*(?:zum|spätestens))*[.:\s]*|\bzahlungsziel\b[.:\s]*/gi,
    weight: 0.95,
  },
];

export const PURCHASE_ORDER: Label[] = [
  {
    pattern: /\b(?:ihre\s*)?bestell(?:ung|nummer|nr|[\s-]*nr|ungsnummer)\b(?:\s*(?:nr|nummer)\b)?[.:#\s]*/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:your\s*)?(?:purchase\s*order|p\.?\s?o\.?|order)\s*(?:number|no|nr|ref(?:erence)?|#)?\b[.:#\s]*/gi,
    weight: 1,
  },
  { pattern: /\b(?:n[°ºo*]\s*(?:de\s*)?)?(?:bon\s*de\s*)?commande\b(?:\s*n[°ºo*])?[.:#\s]*/gi, weight: 1 },
  {
    pattern:
      /\b(?:your|customer)\s*ref(?:erence)?\b[.:#\s]*|\bvotre\s*r[ée]f[ée]rence\b[.:#\s]*|\bihr\s*zeichen\b[.:#\s]*/gi,
    weight: 0.85,
  },
];

export const GRAND_TOTAL: Label[] = [
  {
    pattern:
      /\bbrutto(?:summe|betrag|gesamt\w*)\b|\b(?:rechnungs|end|gesamt)(?:betrag|summe)\b(?!\s*(?:der|ohne|netto|exkl))(?:\s*\(?(?:brutto|inkl\.?[^\d]{0,20})\)?)?/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:grand|invoice)\s*total\b|\btotal\s*(?:amount|incl\w*|\(?incl[^\d]{0,20})|\bgross\s*(?:total|amount)\b/gi,
    weight: 1,
  },
  { pattern: /\b(?:total|montant)\s*t\.?t\.?c\b|\btotal\s*g[ée]n[ée]ral\b/gi, weight: 1 },
  {
    pattern: /\bgesamt\b(?!\w|\s*(?:netto|steuer|mwst|ust))|\bsumme\b(?!\s*(?:netto|der|ohne))/gi,
    weight: 0.85,
  },
  {
    pattern: /(?:^|\s{2}|[|])total\b(?!\s*(?:net|tax|ht|h\.t|taxes|tva|vat|excl|before|hors|due))/gi,
    weight: 0.85,
  },
  {
    pattern: /\bzahlbetrag\b|\b(?:amount|total|balance)\s*due\b|\b(?:net|montant)\s*[àa]\s*payer\b/gi,
    weight: 0.6,
  },
];

export const NET_TOTAL: Label[] = [
  {
    pattern:
      /\bnetto(?:betrag|summe|gesamt\w*)?\b|\b(?:summe|gesamt(?:betrag|summe)?|rechnungssumme|betrag)\s*(?:netto|ohne|exkl)[^\d]{0,12}/gi,
    weight: 1,
  },
  {
    pattern:
      /\bnet\s*(?:total|amount)\b|\btotal\s*(?:net|excl[^\d]{0,14}|before\s*tax)\b|\bsub\s*-?\s*total\b/gi,
    weight: 1,
  },
  { pattern: /\b(?:total|montant)\s*h\.?t\b|\bsous\s*-?\s*total\b/gi, weight: 1 },
  { pattern: /\bzwischensumme\b|\bwarenwert\b/gi, weight: 0.9 },
];

export const TAX_TOTAL: Label[] = [
  {
    pattern:
      /\bsteuerbetrag\b|\b(?:ust|mwst|umsatzsteuer|mehrwertsteuer)\.?\s*gesamt\b|\bgesamt\s*(?:ust|mwst)\b|\bsumme\s*(?:ust|mwst|umsatzsteuer)\b/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:tax|vat)\s*total\b|\btotal\s*(?:tax|vat)\b|\btotal\s*(?:des\s*)?(?:taxes|tva)\b|\bmontant\s*(?:de\s*la\s*)?tva\b/gi,
    weight: 1,
  },
  {
    pattern:
      /\b(?:zzgl\.?\s*)?(?:ust|mwst|umsatzsteuer|mehrwertsteuer|vat|t\.?v\.?a|sales\s*tax|tax)\b\.?(?:[^\d]{0,12}\d{1,2}(?:[.,]\d{1,2})?\s?%)?(?:\s*\(?\d{1,2}(?:[.,]\d{1,2})?\s?%\)?)?/gi,
    weight: 0.8,
  },
];

export const AMOUNT_DUE: Label[] = [
  {
    pattern:
      /\bzahlbetrag\b|\b(?:noch\s*)?zu\s*zahlen(?:der\s*betrag)?\b|\boffener\s*betrag\b|\brestbetrag\b/gi,
    weight: 1,
  },
  { pattern: /\b(?:amount|balance|total)\s*(?:due|payable|outstanding)\b|\bresidual\b/gi, weight: 1 },
  { pattern: /\b(?:net|solde|reste|montant)\s*[àa]\s*payer\b/gi, weight: 1 },
];

/** A part of the page that describes whoever is to pay. */
export const CUSTOMER_BLOCK =
  /\b(?:k[äa]ufer|leistungsempf[äa]nger|rechnung\s*an|rechnungsadresse|rechnungsempf[äa]nger|kunde|bill(?:ed)?\s*to|invoice\s*to|sold\s*to|customer|buyer|factur[ée]\s*[àa]|client|adresse\s*de\s*facturation|lieferadresse|delivery\s*address|ship\s*to|adresse\s*de\s*livraison)\b/i;
/** A part of the page that describes whoever is to be paid. */
export const SUPPLIER_BLOCK =
  /\b(?:verk[äa]ufer|lieferant|rechnungssteller|seller|supplier|vendor|vendeur|fournisseur|[ée]metteur)\b(?!\w)/i;
/** Legal forms that end a company's name. */
export const LEGAL_FORM =
  /\b(?:gmbh(?:\s*&\s*co\.?\s*kg)?|ag|kg|ohg|ug|e\.?\s?k\.?|e\.?\s?v\.?|a\.?\s?g\.?|mbh|ltd\.?|limited|plc|inc\.?|llc|corp\.?|s\.?a\.?r\.?l\.?|s\.?a\.?s\.?|s\.?a\.?|s\.?r\.?l\.?|b\.?v\.?|n\.?v\.?|s\.?l\.?|oy|ab|aps|a\/s)(?=$|[\s,.•·●|-])/i;
/** How a credit note calls itself. */
export const CREDIT_NOTE =
  /^\W*(?:rechnungskorrektur|stornorechnung|gutschrift|credit\s*(?:note|memo)|facture\s*d['’]avoir|avoir)\b/im;
/** How an invoice calls itself. */
export const INVOICE_TITLE = /\b\w*(?:rechnung|invoice|facture)\b/i;
