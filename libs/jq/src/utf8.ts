const REPLACEMENT = 0xfffd;

/** How many bytes a sequence with this first byte has; 0 for a byte that cannot start one. */
function sequenceLength(first: number): number {
  if (first < 0x80) {
    return 1;
  }
  if (first < 0xc2) {
    return 0;
  }
  return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

const FIRST_CODE_POINT = [0, 0, 0x80, 0x800, 0x10000];

interface Decoded {
  readonly code: number;
  readonly length: number;
}

function decodeSequence(bytes: readonly number[], at: number): Decoded {
  const first = bytes[at] as number;
  const length = sequenceLength(first);
  if (length <= 1) {
    return { code: length === 1 ? first : REPLACEMENT, length: 1 };
  }
  if (at + length > bytes.length) {
    return { code: REPLACEMENT, length: bytes.length - at };
  }
  let code = first & (0x7f >> length);
  for (let offset = 1; offset < length; offset += 1) {
    const byte = bytes[at + offset] as number;
    if ((byte & 0xc0) !== 0x80) {
      return { code: REPLACEMENT, length: offset };
    }
    code = (code << 6) | (byte & 0x3f);
  }
  const isBad =
    code < (FIRST_CODE_POINT[length] as number) || (code >= 0xd800 && code <= 0xdfff) || code > 0x10ffff;
  return { code: isBad ? REPLACEMENT : code, length };
}

/** Decodes UTF-8, replacing bad sequences where jq does; the host's decoder cuts them in other places. */
export function decodeUtf8(bytes: readonly number[]): string {
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const { code, length } = decodeSequence(bytes, at);
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}
