import { createRequire } from 'node:module';
import { type KafkaRequest, type ProduceRequest, produceRequestOf } from './produce-request.js';
import { decodeRecord } from './record-decoder.js';

const PROTOCOL = 'kafkajs/src/protocol';

/**
 * Puts our encoding of requests to produce and our decoding of records in the place of those of kafkajs
 * 2.2.4, which are most of the processor time of sending and receiving (a record with ten headers: 50 µs to
 * write and 18 to read, against 4 and 8). Call it before the first connection: kafkajs loads its own when it
 * first sends or fetches. The tests hold both against each other.
 */
export function useFastRecords(): void {
  replace<(request: ProduceRequest) => KafkaRequest>('requests/produce/v3/request.js', produceRequestOf);
  replace('recordBatch/record/v0/decoder.js', () => decodeRecord);
}

const replaced = new Set<string>();

function replace<T>(path: string, by: (theirs: T) => unknown): void {
  if (replaced.has(path)) return;
  replaced.add(path);
  const require = createRequire(import.meta.url);
  const name = `${PROTOCOL}/${path}`;
  const theirs = require(name) as T;
  const loaded = require.cache[require.resolve(name)];
  if (loaded === undefined) throw new Error(`kafkajs has no ${path}: it is not the version that is pinned.`);
  loaded.exports = by(theirs);
}
