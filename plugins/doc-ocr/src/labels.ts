/**
 * The words that stand beside the fields of an invoice, in German, English and French. The phrases are
 * patterns: a space stands for any or no white space, because recognition loses and invents it, and an
 * accented letter for itself or its plain form, because it loses those too.
 */

/** A label; the better it is, the nearer its weight to 1. */
export interface Label {
  pattern: RegExp;
  weight: number;
}

const BEFORE = String.raw`(?<![\p{L}\d])`;
const AFTER = String.raw`(?![\p{L}\d])`;
const PLAIN: Record<string, string> = {
  ä: 'a',
  ö: 'o',
  ü: 'u',
  é: 'e',
  à: 'a',
  '°': 'ºo*',
  ' ': '',
};

function source(phrases: readonly string[]): string {
  const loose = (phrase: string) =>
    phrase.replace(/ /g, String.raw`\s*`).replace(/[äöüéà°]/g, (letter) => `[${letter}${PLAIN[letter]}]`);
  return phrases.map(loose).join('|');
}

/** The phrases as whole words, with the colon or full stop that follows a label. */
function label(weight: number, ...phrases: string[]): Label {
  return { weight, pattern: new RegExp(String.raw`${BEFORE}(?:${source(phrases)})${AFTER}[.:#\s]*`, 'giu') };
}

/** The phrases as they are, for those that say themselves where they start and end. */
function raw(weight: number, ...phrases: string[]): Label {
  return { weight, pattern: new RegExp(source(phrases), 'giu') };
}

function block(...phrases: string[]): RegExp {
  return new RegExp(`${BEFORE}(?:${source(phrases)})${AFTER}`, 'iu');
}

/** Words that say that a number near by is that of another document or party. */
export const FOREIGN_NUMBER = new RegExp(
  [
    'bestell|auftrag|liefer|kunde|steuer|mandat|vertrag',
    String.raw`\b(?:order|deliver|customer|client|commande|tax|vat|tva|ust|contract|tel|fax|konto|account)`,
  ].join('|'),
  'i',
);

const TITLE = '(?:rechnung|gutschrift|invoice|credit note|facture)';
const NUMBER = '(?:nr|no|num|nummer|number|numéro|n°)';

export const INVOICE_NUMBER: Label[] = [
  label(
    1,
    '(?:rechnungs?|belegs?|gutschrifts?)-? (?:nr|nummer)',
    `(?:invoice|credit note|document) (?:${NUMBER}|id)`,
  ),
  label(
    1,
    '(?:numéro|n°) (?:de)? (?:la)? facture',
    '(?:facture|avoir) (?:n°|numéro)',
    '(?:rechnung|invoice) #',
  ),
  raw(0.95, String.raw`${TITLE}${AFTER}[^:]{0,60}?(?:${BEFORE}(?:nr|no)${AFTER}|n°|#)[.:\s]*`),
  raw(0.9, String.raw`^[^\p{L}\d]*(?:${TITLE}|avoir)${AFTER} [:#]? `),
];

export const INVOICE_DATE: Label[] = [
  label(1, '(?:rechnungs|beleg|gutschrift|ausstellungs)-? datum', '(?:invoice|issue|billing) date'),
  label(
    1,
    'date (?:of)? (?:issue|invoice)',
    'issued(?: on)?',
    'date (?:de)? (?:la)? (?:facture|facturation)',
  ),
  label(1, "date d['’]? émission"),
  raw(0.97, String.raw`${TITLE}.{0,70}?${BEFORE}(?:vom|von|du|of|dated)\s+`),
  raw(0.85, String.raw`(?:^|\s{2})(?:datum|date)${AFTER}[.:\s]*`),
];

export const DUE_DATE: Label[] = [
  label(1, 'fällig(?:keit(?:sdatum)?)?(?: (?:am|bis|zum))*', 'zahlbar.{0,40}? bis(?: zum)?'),
  label(1, '(?:payment )?due(?: (?:date|on|by))?', 'pay(?:able|ment)? by'),
  label(1, "(?:date )?(?:limite )?(?:d['’] ?)?échéance", 'à payer avant le'),
  label(0.95, '(?:überweisen|zahlen).{0,40}? bis(?: (?:zum|spätestens))*', 'zahlungsziel'),
];

export const PURCHASE_ORDER: Label[] = [
  label(1, '(?:ihre )?bestell(?:ung|nummer|ungsnummer|-? ?nr)(?:[ .]*(?:nr|nummer))?'),
  label(1, `(?:your )?(?:purchase order|p\\.? ?o\\.?|order)(?: (?:${NUMBER}|ref(?:erence)?|#))?`),
  label(1, '(?:n° (?:de )?)?(?:bon de )?commande(?: n°)?'),
  label(0.85, '(?:your|customer) ref(?:erence)?', 'votre référence', 'ihr zeichen'),
];

/** What follows "total" when it is not the grand total. */
const PARTIAL = '(?:net|tax|ht|h\\.t|taxes|tva|vat|excl|before|hors|due|der|ohne|netto|exkl|steuer|mwst|ust)';

export const GRAND_TOTAL: Label[] = [
  label(1, 'brutto(?:summe|betrag|gesamt\\w*)', `(?:rechnungs|end|gesamt)(?:betrag|summe)(?! ${PARTIAL})`),
  label(1, '(?:grand|invoice) total', 'total (?:amount|incl\\w*)', 'gross (?:total|amount)'),
  label(1, '(?:total|montant) t\\.?t\\.?c', 'total général'),
  label(0.85, `(?:gesamt|summe)(?! ${PARTIAL})`),
  raw(0.85, String.raw`(?:^|\s{2}|[|])total${AFTER}(?! ${PARTIAL})[.:\s]*`),
  label(0.6, 'zahlbetrag', '(?:amount|total|balance) due', '(?:net|montant) à payer'),
];

export const NET_TOTAL: Label[] = [
  label(1, 'netto(?:betrag|summe|gesamt\\w*)?'),
  label(1, '(?:summe|gesamt(?:betrag|summe)?|rechnungssumme|betrag) (?:netto|ohne|exkl)[^\\d]{0,12}'),
  label(1, 'net (?:total|amount)', 'total (?:net|excl[^\\d]{0,14}|before tax)', 'sub -? total'),
  label(1, '(?:total|montant) h\\.?t', 'sous -? total'),
  label(0.9, 'zwischensumme', 'warenwert'),
];

const TAX = '(?:ust|mwst|umsatzsteuer|mehrwertsteuer|vat|t\\.?v\\.?a|sales tax|tax)';
const RATE = String.raw`(?:\d{1,2}(?:[.,]\d{1,2})? %)`;

export const TAX_TOTAL: Label[] = [
  label(1, 'steuerbetrag', `${TAX}\\.? (?:gesamt|total)`, `(?:gesamt|summe|total) (?:des )?(?:taxes|${TAX})`),
  label(1, 'montant (?:de la )?tva'),
  raw(0.8, String.raw`${BEFORE}${TAX}${AFTER}\.?(?:[^\d]{0,12}${RATE})? \)?`),
];

export const AMOUNT_DUE: Label[] = [
  label(1, 'zahlbetrag', '(?:noch )?zu zahlen(?:der betrag)?', 'offener betrag', 'restbetrag'),
  label(1, '(?:amount|balance|total) (?:due|payable|outstanding)', 'residual'),
  label(1, '(?:net|solde|reste|montant) à payer'),
];

/** A part of the page that describes whoever is to pay. */
export const CUSTOMER_BLOCK = block(
  'käufer',
  'leistungsempfänger',
  'rechnung an',
  'rechnungs(?:adresse|empfänger)',
  'kunde',
  'lieferadresse',
  '(?:bill(?:ed)?|invoice|sold|ship) to',
  'customer',
  'buyer',
  'delivery address',
  'facturé à',
  'client',
  'adresse de (?:facturation|livraison)',
);

/** A part of the page that describes whoever is to be paid. */
export const SUPPLIER_BLOCK = block(
  'verkäufer',
  'lieferant',
  'rechnungssteller',
  'seller',
  'supplier',
  'vendor',
  'vendeur',
  'fournisseur',
  'émetteur',
);

/** Legal forms that end a company's name. */
export const LEGAL_FORM = new RegExp(
  [
    String.raw`(?<![\p{L}\d])(?:gmbh(?:\s*&\s*co\.?\s*kg)?|ag|kg|ohg|ug|e\.?\s?[kv]\.?|a\.?\s?g\.?|mbh`,
    String.raw`|ltd\.?|limited|plc|inc\.?|llc|corp\.?|s\.?a\.?r\.?l\.?|s\.?a\.?s\.?|s\.?a\.?|s\.?r\.?l\.?`,
    String.raw`|b\.?v\.?|n\.?v\.?|s\.?l\.?|oy|ab|aps|a\/s)(?=$|[\s,.•·●\x7c-])`,
  ].join(''),
  'iu',
);

const CREDIT_NOTE_TITLES = [
  'rechnungskorrektur',
  'stornorechnung',
  'gutschrift',
  'credit (?:note|memo)',
  'avoir',
];

/** How a credit note calls itself, at the start of a line. */
export const CREDIT_NOTE = new RegExp(`^[^\\p{L}]*(?:${source(CREDIT_NOTE_TITLES)})${AFTER}`, 'imu');

/** How an invoice calls itself. */
export const INVOICE_TITLE = /\b\w*(?:rechnung|invoice|facture)\b/i;
