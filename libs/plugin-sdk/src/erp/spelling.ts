const GERMAN_FORMS = 'gmbh|ag|kg|kgaa|ohg|ug|gbr|ek|se|haftungsbeschraenkt';
const OTHER_FORMS = 'ltd|limited|llc|inc|corp|plc|co|sa|sas|sarl|srl|spa|bv|nv|oy|ab';
const LEGAL_FORMS = new RegExp(`\\b(${GERMAN_FORMS}|${OTHER_FORMS})\\b`, 'g');

/**
 * A company's name without what varies between two spellings of it: case, accents, punctuation, legal form.
 */
export function nameKey(name: string): string {
  const plain = name
    .toLowerCase()
    .replaceAll('ä', 'ae')
    .replaceAll('ö', 'oe')
    .replaceAll('ü', 'ue')
    .replaceAll('ß', 'ss')
    .normalize('NFKD')
    .replace(/\p{M}/gu, '');
  const bare = plain.replace(LEGAL_FORMS, ' ').replace(/[^a-z0-9]+/g, '');
  // A name that is nothing but a legal form stays as it is.
  return bare === '' ? plain.replace(/[^\p{L}\p{N}]+/gu, '') : bare;
}

/**
 * For systems that compare letters as they are: the longest piece of a name that has one spelling only. Not
 * empty.
 */
export function longestPiece(name: string): string {
  const pieces = name.split(/ae|oe|ue|ss|[^A-Za-z0-9]+/i).sort((one, other) => other.length - one.length);
  return pieces[0] || name;
}

/** VAT id or IBAN without spaces and punctuation, upper case; null when nothing is left. */
export function codeKey(code: string | null | undefined): string | null {
  const bare = code?.toUpperCase().replace(/[^A-Z0-9]+/g, '') ?? '';
  return bare === '' ? null : bare;
}

/** Text of an invoice line for comparing. */
export function wordsKey(text: string | null | undefined): string {
  return (
    text
      ?.toLowerCase()
      .normalize('NFKD')
      .replace(/\p{M}/gu, '')
      .replace(/[^\p{L}\p{N}]+/gu, ' ')
      .trim() ?? ''
  );
}
