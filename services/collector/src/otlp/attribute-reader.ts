import { MalformedRequest, nestedEnd, readInt64, readMessage, type Reader } from './wire-reader.js';

export type Attributes = Record<string, unknown>;

/** Values may nest; deeper than this nobody means it, and the stack must hold. */
export const NESTING_MAX = 32;
const NO_VALUE = null;

/**
 * Sets a value under a name that came from outside. `__proto__` as a name must not change the object's
 * prototype.
 */
export function setAttribute(attributes: Attributes, key: string, value: unknown): void {
  if (key === '__proto__')
    Object.defineProperty(attributes, key, { value, enumerable: true, configurable: true, writable: true });
  else attributes[key] = value;
}

/** Reads a KeyValue into `attributes`. */
export function readKeyValue(reader: Reader, attributes: Attributes, depth = 0): void {
  const end = nestedEnd(reader);
  if (end > reader.len) throw new MalformedRequest('An attribute is longer than the request.');
  let key = '';
  let value: unknown = NO_VALUE;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === 10) key = reader.string();
    else if (tag === 18) value = readAnyValue(reader, depth);
    else reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new MalformedRequest('A field is longer than its attribute.');
  setAttribute(attributes, key, value);
}

/**
 * Reads an AnyValue as JSON: bytes as base64, integers as numbers or, where digits would be lost, as text.
 */
function readAnyValue(reader: Reader, depth: number): unknown {
  const end = nestedEnd(reader);
  if (depth > NESTING_MAX) throw new MalformedRequest(`A value nests deeper than ${NESTING_MAX} levels.`);
  let value: unknown = NO_VALUE;
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case 10:
        value = reader.string();
        break;
      case 16:
        value = reader.bool();
        break;
      case 24:
        value = readInt64(reader);
        break;
      case 33:
        value = reader.double();
        break;
      case 42:
        value = readArray(reader, depth + 1);
        break;
      case 50:
        value = readKeyValues(reader, depth + 1);
        break;
      case 58:
        value = Buffer.from(reader.bytes()).toString('base64');
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  if (reader.pos !== end) throw new MalformedRequest('A field is longer than its value.');
  return value;
}

function readArray(reader: Reader, depth: number): unknown[] {
  const values: unknown[] = [];
  readMessage(
    reader,
    nestedEnd(reader),
    (number) => number === 1 && (values.push(readAnyValue(reader, depth)), true),
  );
  return values;
}

function readKeyValues(reader: Reader, depth: number): Attributes {
  const attributes: Attributes = {};
  readMessage(
    reader,
    nestedEnd(reader),
    (number) => number === 1 && (readKeyValue(reader, attributes, depth), true),
  );
  return attributes;
}

/** Reads a Resource: its attributes. */
export function readResource(reader: Reader): Attributes {
  return readKeyValues(reader, 0);
}

export interface Scope {
  name: string;
  version: string;
}

/** Reads an InstrumentationScope. */
export function readScope(reader: Reader): Scope {
  const scope = { name: '', version: '' };
  readMessage(reader, nestedEnd(reader), (number) => {
    if (number === 1) scope.name = reader.string();
    else if (number === 2) scope.version = reader.string();
    else return false;
    return true;
  });
  return scope;
}
