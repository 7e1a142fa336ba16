/** A jq object as a plain JavaScript one. Read and written only through this file's functions. */
export type JqObject = Record<string, unknown>;

/** The six kinds of jq value. */
export type Kind = 'null' | 'boolean' | 'number' | 'string' | 'array' | 'object';

const descriptorOf = Object.getOwnPropertyDescriptor;

/** Values that JSON has no word for (undefined, functions, symbols, bigints) count as null. */
export function kindOf(value: unknown): Kind {
  switch (typeof value) {
    case 'string':
      return 'string';
    case 'number':
      return 'number';
    case 'boolean':
      return 'boolean';
    case 'object':
      return value === null ? 'null' : Array.isArray(value) ? 'array' : 'object';
    default:
      return 'null';
  }
}

export function isObject(value: unknown): value is JqObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** False and null are the only values that do not count as true. */
export function isTruthy(value: unknown): boolean {
  return value !== false && value !== null && value !== undefined;
}

/**
 * An object's own data property, else null. Going through the descriptor keeps inherited names
 * (`constructor`, `__proto__`) invisible and never runs a getter, which would be host code.
 */
export function getField(object: JqObject, key: string): unknown {
  const descriptor = descriptorOf(object, key);
  return descriptor === undefined || descriptor.value === undefined ? null : descriptor.value;
}

export function hasField(object: JqObject, key: string): boolean {
  const descriptor = descriptorOf(object, key);
  return descriptor !== undefined && descriptor.enumerable === true && 'value' in descriptor;
}

/**
 * Writes to an object this engine made. A plain write to `__proto__` would set the prototype, so it is
 * defined.
 */
export function setField(object: JqObject, key: string, value: unknown): void {
  if (key === '__proto__') {
    Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
  } else {
    object[key] = value;
  }
}

/**
 * A copy of own data properties, without the original's prototype and without running getters. Spreading is
 * several times faster than writing key by key, but would run a getter, so one is looked for first.
 */
export function copyObject(object: JqObject): JqObject {
  for (const key of Object.keys(object)) {
    const descriptor = descriptorOf(object, key);
    if (descriptor?.get !== undefined || descriptor?.set !== undefined) {
      return copyFields(object);
    }
  }
  return { ...object };
}

function copyFields(object: JqObject): JqObject {
  const copy: JqObject = {};
  for (const key of Object.keys(object)) {
    setField(copy, key, getField(object, key));
  }
  return copy;
}

/** Code point order, which is what jq's comparison of UTF-8 bytes comes to. */
export function compareStrings(left: string, right: string): number {
  if (left === right) {
    return 0;
  }
  const length = Math.min(left.length, right.length);
  let at = 0;
  while (at < length && left.charCodeAt(at) === right.charCodeAt(at)) {
    at += 1;
  }
  if (at === length) {
    return left.length - right.length;
  }
  const a = left.charCodeAt(at);
  const b = right.charCodeAt(at);
  // Surrogates stand for code points above every other unit, though their own number is below U+E000 to
  // U+FFFF.
  const aIsSurrogate = a >= 0xd800 && a <= 0xdfff;
  const bIsSurrogate = b >= 0xd800 && b <= 0xdfff;
  return aIsSurrogate === bIsSurrogate ? a - b : aIsSurrogate ? 1 : -1;
}

/** The keys of an object in code point order. */
export function sortedKeys(object: JqObject): string[] {
  return Object.keys(object).sort(compareStrings);
}

/** Length in code points. */
export function codePointLength(text: string): number {
  let length = text.length;
  for (let at = 0; at < text.length - 1; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(at + 1);
      if (next >= 0xdc00 && next <= 0xdfff) {
        length -= 1;
        at += 1;
      }
    }
  }
  return length;
}

/** True when every code point is one UTF-16 unit, so that offsets need no translation. */
export function hasNoSurrogates(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit <= 0xdfff) {
      return false;
    }
  }
  return true;
}

/** Length of the string's UTF-8 encoding in bytes. */
export function utf8ByteLength(text: string): number {
  let bytes = 0;
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    bytes += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return bytes;
}
