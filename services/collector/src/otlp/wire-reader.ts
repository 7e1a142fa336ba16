import protobuf from 'protobufjs/minimal.js';

/** The bytes or the JSON of a request are not what OTLP says. The sender must not repeat them. */
export class MalformedRequest extends Error {
  override readonly name = 'MalformedRequest';
}

export type Reader = protobuf.Reader;

/** A reader over a request. `Buffer` makes protobufjs use its fast reader of texts. */
export function readerOf(bytes: Buffer): Reader {
  return protobuf.Reader.create(bytes);
}

/**
 * Reads one message: calls `field` with each field's number until its end. `field` returns false for a field
 * that it does not know.
 */
export function readMessage(reader: Reader, end: number, field: (number: number) => boolean): void {
  if (end > reader.len) throw new MalformedRequest('A message is longer than the request.');
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (!field(tag >>> 3)) reader.skipType(tag & 7);
  }
  if (reader.pos !== end) throw new MalformedRequest('A field is longer than its message.');
}

/** The end of the nested message that begins here. */
export function nestedEnd(reader: Reader): number {
  const length = reader.uint32();
  return reader.pos + length;
}

export function readHex(reader: Reader): string {
  const end = nestedEnd(reader);
  if (end > reader.len) throw new MalformedRequest('A byte string is longer than the request.');
  const hex = (reader.buf as Buffer).toString('hex', reader.pos, end);
  reader.pos = end;
  return hex;
}

/** Two halves of a fixed64, because a nanosecond instant does not fit into a number. */
export interface Halves {
  high: number;
  low: number;
}

export function readFixed64(reader: Reader, into: Halves): void {
  into.low = reader.fixed32();
  into.high = reader.fixed32();
}

const TWO_32 = 4_294_967_296;

/** Epoch microseconds of a nanosecond instant, right to the microsecond. */
export function toMicros(time: Halves): number {
  // 2^32 ns = 4,294,967 us + 296 ns; every product stays an exact integer, where the sum in nanoseconds would
  // not.
  return time.high * 4_294_967 + Math.floor((time.high * 296 + time.low) / 1_000);
}

/** Exact difference in milliseconds; never negative, for a clock may have been set back between. */
export function millisBetween(start: Halves, end: Halves): number {
  const nanos = (end.high - start.high) * TWO_32 + (end.low - start.low);
  return nanos > 0 ? nanos / 1_000_000 : 0;
}

/** An int64 as a number, as text where it would lose digits. */
export function readInt64(reader: Reader): number | string {
  const value = reader.int64() as unknown as number | { toNumber(): number; toString(): string };
  if (typeof value === 'number') return value;
  const number = value.toNumber();
  return Number.isSafeInteger(number) ? number : value.toString();
}
