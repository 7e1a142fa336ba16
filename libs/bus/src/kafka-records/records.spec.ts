import { createRequire } from 'node:module';
import fc from 'fast-check';
import { decodeRecord } from './record-decoder.js';
import { encodeRecord, type RecordToEncode } from './record-encoder.js';

const require = createRequire(import.meta.url);
const FOLDER = 'kafkajs/src/protocol/recordBatch/record/v0';
const theirEncoder = require(`${FOLDER}/index.js`) as typeof encodeRecord;
const theirDecoder = require(`${FOLDER}/decoder.js`) as typeof decodeRecord;
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => {
  buffer: Buffer;
  readVarInt(): number;
  slice(bytes: number): { buffer: Buffer };
};

const field = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
);
const record: fc.Arbitrary<RecordToEncode> = fc.record(
  {
    offsetDelta: fc.nat(),
    timestampDelta: fc.integer({ min: -(2 ** 30), max: 2 ** 45 }),
    key: fc.option(field),
    value: fc.option(field),
    headers: fc.dictionary(
      // kafkajs takes the members that every object has for headers that came before, and __proto__ for no
      // header.
      fc.string({ unit: 'binary', maxLength: 30 }).filter((name) => !(name in {})),
      fc.oneof(field, fc.array(field, { minLength: 1, maxLength: 3 })),
    ),
  },
  { requiredKeys: [] },
);

/** The record without its length, as both decoders get it. */
function body(encoded: Buffer): { buffer: Buffer } {
  const decoder = new Decoder(encoded);
  return decoder.slice(decoder.readVarInt());
}

describe('our records against those of kafkajs', () => {
  it('are the same bytes', () => {
    fc.assert(
      fc.property(record, (one) => {
        expect(encodeRecord(one).buffer.equals(theirEncoder(one).buffer)).toBe(true);
      }),
    );
  });

  it('are read the same', () => {
    const batch = fc.record({
      firstOffset: fc.bigInt(0n, 2n ** 53n).map(String),
      firstTimestamp: fc.constant('1763770000000'),
      maxTimestamp: fc.constant('1763770009999'),
      timestampType: fc.constantFrom(0, 1),
      isControlBatch: fc.boolean(),
    });
    fc.assert(
      fc.property(record, batch, (one, context) => {
        const { buffer } = theirEncoder(one);
        const ours = decodeRecord(body(buffer), context);
        const theirs = theirDecoder(new Decoder(body(buffer).buffer) as never, context);
        const { headers, rawHeaders, ...fields } = ours;
        const read = Object.fromEntries(Object.entries(fields).filter(([name]) => name !== 'read'));
        expect(rawHeaders).toBeInstanceOf(Buffer);
        expect({ ...read, headers }).toEqual(theirs);
      }),
    );
  });

  it('keep a header of any name', () => {
    const names = ['', ...Object.getOwnPropertyNames(Object.prototype)];
    const headers = Object.create(null) as Record<string, string>;
    for (const name of names) headers[name] = `of ${name}`;
    const read = decodeRecord(body(encodeRecord({ headers }).buffer)).headers;
    expect(Object.entries(read).map(([name, value]) => [name, String(value)])).toEqual(
      Object.entries(headers),
    );
    expect(names).toEqual(expect.arrayContaining(['__proto__', 'constructor', 'toString']));
  });

  it('refuse a record that is cut off', () => {
    const { buffer } = encodeRecord({ key: 'k', value: 'v', headers: { name: 'value' } });
    expect(() => decodeRecord({ buffer: body(buffer).buffer.subarray(0, 3) })).toThrow(RangeError);
  });
});
