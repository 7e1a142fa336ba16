import { createRequire } from 'node:module';
import { jest } from '@jest/globals';
import fc from 'fast-check';
import { decodeRecord } from './record-decoder.js';
import { type KafkaRequest, type ProduceRequest, produceRequestOf } from './produce-request.js';
import { measureRecord, type RecordToEncode, writeRecord } from './record-encoder.js';

const require = createRequire(import.meta.url);
const FOLDER = 'kafkajs/src/protocol/recordBatch/record/v0';
const theirEncoder = require(`${FOLDER}/index.js`) as (record: RecordToEncode) => { buffer: Buffer };
const theirRequest = require('kafkajs/src/protocol/requests/produce/v3/request.js') as (
  request: ProduceRequest,
) => KafkaRequest;
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

/** Written in the middle of a larger buffer, as it is in a batch. */
function encodeRecord(one: RecordToEncode): { buffer: Buffer } {
  const record = measureRecord(one);
  const buffer = Buffer.alloc(record.bytes + 7, 'x');
  expect(writeRecord(record, buffer, 3)).toBe(record.bytes + 3);
  expect(buffer.toString('latin1', 0, 3) + buffer.toString('latin1', record.bytes + 3)).toBe('xxxxxxx');
  return { buffer: buffer.subarray(3, record.bytes + 3) };
}

const message = record.map(({ offsetDelta: _o, timestampDelta: _t, ...fields }) => fields);
const request: fc.Arbitrary<ProduceRequest> = fc.record({
  acks: fc.constantFrom(-1, 0, 1),
  timeout: fc.nat(),
  producerId: fc.constantFrom(-1, 7, 2 ** 40),
  producerEpoch: fc.integer({ min: -1, max: 9 }),
  topicData: fc.array(
    fc.record({
      topic: fc.string({ unit: 'binary', maxLength: 20 }),
      partitions: fc.array(
        fc.record({
          partition: fc.nat(),
          firstSequence: fc.nat(),
          // All with a time of their own, or none: of a mixture kafkajs says a wrong latest time.
          messages: fc.oneof(
            fc.array(message, { minLength: 1, maxLength: 5 }),
            fc.array(
              fc
                .tuple(message, fc.integer({ min: 1e12, max: 2e12 }))
                .map(([fields, at]) => ({ ...fields, timestamp: String(at) })),
              { minLength: 1, maxLength: 5 },
            ),
          ),
        }),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 3 },
  ),
});

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

  it('make requests of the same bytes', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1_763_770_000_000);
    try {
      await fc.assert(
        fc.asyncProperty(request, async (one) => {
          const ours = await produceRequestOf(theirRequest)(one).encode();
          const theirs = await theirRequest(one).encode();
          expect(ours.buffer.equals(theirs.buffer)).toBe(true);
        }),
      );
    } finally {
      clock.mockRestore();
    }
  });

  it('put a list of messages in the place of the one that stands for it', async () => {
    const clock = jest.spyOn(Date, 'now').mockReturnValue(1_763_770_000_000);
    const requestOf = (messages: ProduceRequest['topicData'][0]['partitions'][0]['messages']) => ({
      acks: -1,
      timeout: 1,
      topicData: [{ topic: 't', partitions: [{ partition: 3, messages }] }],
    });
    try {
      const messages = [
        { key: 'a', value: 'b' },
        { value: Buffer.from('c'), headers: { d: 'e' } },
      ];
      const ours = await produceRequestOf(theirRequest)(requestOf([{ batch: messages }])).encode();
      const theirs = await theirRequest(requestOf(messages)).encode();
      expect(ours.buffer.equals(theirs.buffer)).toBe(true);
    } finally {
      clock.mockRestore();
    }
  });

  it('leave compressed requests to kafkajs', () => {
    const asked: ProduceRequest = { acks: -1, timeout: 1, topicData: [], compression: 1 };
    const encode = () => Promise.reject(new Error('theirs'));
    const theirs = () => ({ ...theirRequest(asked), encode });
    expect(produceRequestOf(theirs)(asked).encode).toBe(encode);
    expect(produceRequestOf(theirs)({ ...asked, compression: 0 }).encode).not.toBe(encode);
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
