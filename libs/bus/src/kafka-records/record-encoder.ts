/** What kafkajs hands over for each message of a batch. */
export interface RecordToEncode {
  offsetDelta?: number;
  timestampDelta?: number;
  key?: Buffer | string | null;
  value?: Buffer | string | null;
  headers?: Record<string, Buffer | string | readonly (Buffer | string)[] | undefined>;
}
type Field = Buffer | string | null | undefined;

/** A record that knows how many bytes it takes, before there is a place for them. */
export interface MeasuredRecord {
  /** Of all of it, its own length included. */
  readonly bytes: number;
  readonly fields: readonly Field[];
  readonly lengths: readonly number[];
  readonly headerCount: number;
  readonly timestampDelta: number;
  readonly offsetDelta: number;
  /** Without its own length. */
  readonly bodyBytes: number;
}

/** Measures a record of Kafka's message format 2. */
export function measureRecord(record: RecordToEncode): MeasuredRecord {
  const { offsetDelta = 0, timestampDelta = 0, key = null, value = null, headers = {} } = record;
  const fields: Field[] = [key, value];
  const lengths = [lengthOf(key), lengthOf(value)];
  let headerCount = 0;
  for (const name in headers) {
    const one = headers[name];
    const nameLength = Buffer.byteLength(name);
    for (const each of Array.isArray(one) ? (one as readonly Field[]) : [one as Field]) {
      fields.push(name, each);
      lengths.push(nameLength, lengthOf(each));
      headerCount += 1;
    }
  }
  // One byte is for the attributes, of which none are in use.
  let bodyBytes = 1 + sizeOf(timestampDelta) + sizeOf(offsetDelta) + sizeOf(headerCount);
  for (const length of lengths) bodyBytes += length > 0 ? sizeOf(length) + length : 1;
  const bytes = sizeOf(bodyBytes) + bodyBytes;
  return { bytes, fields, lengths, headerCount, timestampDelta, offsetDelta, bodyBytes };
}

/** Writes the record there; answers where it ends. */
export function writeRecord(record: MeasuredRecord, buffer: Buffer, start: number): number {
  const { fields, lengths, headerCount } = record;
  let at = writeNumber(buffer, record.bodyBytes, start);
  buffer[at] = 0;
  at = writeNumber(buffer, record.timestampDelta, at + 1);
  at = writeNumber(buffer, record.offsetDelta, at);
  for (let i = 0; i < fields.length; i += 1) {
    // The count of the headers stands between the value and the first of them.
    if (i === 2) at = writeNumber(buffer, headerCount, at);
    const length = lengths[i] as number;
    at = writeNumber(buffer, length, at);
    if (length <= 0) continue;
    writeField(buffer, fields[i] as Buffer | string, at);
    at += length;
  }
  return fields.length === 2 ? writeNumber(buffer, 0, at) : at;
}

function lengthOf(field: Field): number {
  if (field === null || field === undefined) return -1;
  return typeof field === 'string' ? Buffer.byteLength(field) : field.length;
}

function writeField(buffer: Buffer, field: Buffer | string, at: number): void {
  if (typeof field === 'string') buffer.write(field, at);
  else field.copy(buffer, at);
}

/** Signed to unsigned, small to small. Without bit operators, which would cut timestamps to 32 bits. */
function zigzag(value: number): number {
  return value >= 0 ? value * 2 : value * -2 - 1;
}

function sizeOf(value: number): number {
  let size = 1;
  for (let rest = zigzag(value); rest >= 128; rest = Math.floor(rest / 128)) size += 1;
  return size;
}

function writeNumber(buffer: Buffer, value: number, at: number): number {
  let rest = zigzag(value);
  for (; rest >= 128; rest = Math.floor(rest / 128)) buffer[at++] = (rest % 128) | 128;
  buffer[at++] = rest;
  return at;
}
