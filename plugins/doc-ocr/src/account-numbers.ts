/** IBAN lengths by country (SWIFT IBAN registry), for the countries that a European payer meets. */
const IBAN_LENGTHS: Record<string, number> = {
  AD: 24,
  AT: 20,
  BE: 16,
  BG: 22,
  CH: 21,
  CY: 28,
  CZ: 24,
  DE: 22,
  DK: 18,
  EE: 20,
  ES: 24,
  FI: 18,
  FR: 27,
  GB: 22,
  GR: 27,
  HR: 21,
  HU: 28,
  IE: 22,
  IS: 26,
  IT: 27,
  LI: 21,
  LT: 20,
  LU: 20,
  LV: 21,
  MC: 27,
  MT: 31,
  NL: 18,
  NO: 15,
  PL: 28,
  PT: 25,
  RO: 24,
  SE: 24,
  SI: 19,
  SK: 24,
  SM: 27,
};

/** Countries whose account part has digits only, so that a letter in it is misread. */
const DIGITS_ONLY = new Set([
  'AT',
  'BE',
  'CZ',
  'DE',
  'DK',
  'EE',
  'ES',
  'FI',
  'HU',
  'NO',
  'PL',
  'PT',
  'SE',
  'SI',
  'SK',
]);

/** VAT identification numbers by country, as the EU's VIES describes them, and those of the neighbours. */
const VAT_FORMATS: Record<string, RegExp> = {
  AT: /^ATU\d{8}$/,
  BE: /^BE[01]\d{9}$/,
  BG: /^BG\d{9,10}$/,
  CH: /^CHE\d{9}(?:MWST|TVA|IVA)?$/,
  CY: /^CY\d{8}[A-Z]$/,
  CZ: /^CZ\d{8,10}$/,
  DE: /^DE\d{9}$/,
  DK: /^DK\d{8}$/,
  EE: /^EE\d{9}$/,
  EL: /^EL\d{9}$/,
  ES: /^ES[A-Z0-9]\d{7}[A-Z0-9]$/,
  FI: /^FI\d{8}$/,
  FR: /^FR[A-HJ-NP-Z0-9]{2}\d{9}$/,
  GB: /^GB(?:\d{9}|\d{12})$/,
  HR: /^HR\d{11}$/,
  HU: /^HU\d{8}$/,
  IE: /^IE\d[A-Z0-9+*]\d{5}[A-Z]{1,2}$/,
  IT: /^IT\d{11}$/,
  LT: /^LT(?:\d{9}|\d{12})$/,
  LU: /^LU\d{8}$/,
  LV: /^LV\d{11}$/,
  MT: /^MT\d{8}$/,
  NL: /^NL\d{9}B\d{2}$/,
  PL: /^PL\d{10}$/,
  PT: /^PT\d{9}$/,
  RO: /^RO\d{2,10}$/,
  SE: /^SE\d{12}$/,
  SI: /^SI\d{8}$/,
  SK: /^SK\d{10}$/,
};

/**
 * The first account number in a text that starts like an IBAN, with its place; whether it is one is for
 * `isIban` to say.
 */
export function ibanIn(text: string): { value: string; from: number; to: number } | null {
  for (const match of text.matchAll(
    /(?<![A-Za-z0-9])([A-Z]{2})\s?([0-9OIlSB]{2})((?:\s?[A-Z0-9Il]){8,30})/g,
  )) {
    const length = IBAN_LENGTHS[match[1]!];
    if (length === undefined) continue;
    const { value, used } = firstCharacters(match[0], length);
    if (value.length < length - 1 || !/\d{4}/.test(value)) continue;
    return { value: mended(value), from: match.index, to: match.index + used };
  }
  return null;
}

/** ISO 7064 mod 97-10 over the rearranged number (ISO 13616), and the length of its country. */
export function isIban(iban: string): boolean {
  const length = IBAN_LENGTHS[iban.slice(0, 2)];
  if (!/^[A-Z]{2}\d{2}[A-Z0-9]+$/.test(iban) || (length !== undefined && iban.length !== length))
    return false;
  const digits = (iban.slice(4) + iban.slice(0, 4)).replace(/[A-Z]/g, (letter) =>
    String(letter.charCodeAt(0) - 55),
  );
  return BigInt(digits) % 97n === 1n;
}

/** VAT ids in a text with their place. */
export function vatIdsIn(text: string): { value: string; from: number; to: number }[] {
  return [
    ...text.matchAll(/(?<![A-Za-z0-9])(?:[A-Z]{2}[A-Z]?)[ -]?[A-Z0-9]{1,3}(?:[ .-]?[A-Z0-9]{2,}){1,4}/g),
  ].flatMap((match) => {
    // The match may run on into the next word; the longest beginning that is a VAT id counts.
    for (let to = match[0].length; to > 7; to -= 1) {
      const value = match[0].slice(0, to).replace(/[ .-]/g, '');
      if (isVatId(value)) return [{ value, from: match.index, to: match.index + to }];
    }
    return [];
  });
}

/** Whether it has the form of its country's VAT ids. */
export function isVatId(text: string): boolean {
  return VAT_FORMATS[text.slice(0, 2)]?.test(text) ?? false;
}

function firstCharacters(text: string, length: number): { value: string; used: number } {
  let value = '';
  let used = 0;
  while (used < text.length && value.length < length) {
    const character = text[used]!;
    if (character !== ' ') value += character;
    used += 1;
  }
  return { value, used };
}

/** Letters where only digits can stand are misread digits; the checksum then tells whether that was right. */
function mended(iban: string): string {
  const digits = (text: string) =>
    text.replace(/[OQD]/g, '0').replace(/[Il]/g, '1').replace(/S/g, '5').replace(/B/g, '8');
  const country = iban.slice(0, 2);
  const account = DIGITS_ONLY.has(country) ? digits(iban.slice(4)) : iban.slice(4).toUpperCase();
  return country + digits(iban.slice(2, 4)) + account;
}
