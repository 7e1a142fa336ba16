import { createRequire } from 'node:module';
import { decodeRecord } from './record-decoder.js';
import { encodeRecord } from './record-encoder.js';

const FOLDER = 'kafkajs/src/protocol/recordBatch/record/v0';

/**
 * Puts our encoder and decoder of records in the place of those of kafkajs 2.2.4, which are most of the
 * processor time of sending and receiving (a record with ten headers: 50 µs to write and 18 to read, against
 * 8 and 8). Call it before the first connection: kafkajs loads its own when it first sends or fetches. The
 * tests hold both against each other.
 */
export function useFastRecords(): void {
  const require = createRequire(import.meta.url);
  for (const [path, ours] of [
    [`${FOLDER}/index.js`, encodeRecord],
    [`${FOLDER}/decoder.js`, decodeRecord],
  ] as const) {
    require(path);
    const loaded = require.cache[require.resolve(path)];
    if (loaded === undefined)
      throw new Error(`kafkajs has no ${path}: it is not the version that is pinned.`);
    loaded.exports = ours;
  }
}
