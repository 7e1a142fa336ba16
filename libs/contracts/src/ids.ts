import { createHash, randomFillSync } from 'node:crypto';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));
const pool = Buffer.allocUnsafe(4096);
let poolOffset = pool.length;
let lastMs = 0;
let sequence = 0;

/**
 * Ten random bytes out of a pool, because one call to the generator per id is the larger part of its cost.
 */
function randomBytesFromPool(count: number): Buffer {
  if (poolOffset + count > pool.length) {
    randomFillSync(pool);
    poolOffset = 0;
  }
  poolOffset += count;
  return pool.subarray(poolOffset - count, poolOffset);
}

/**
 * A UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, a 12-bit counter inside the millisecond, 62 random bits.
 * Ids of one process sort in the order in which they were made.
 */
export function uuidv7(nowMs: number = Date.now()): string {
  if (nowMs > lastMs) {
    lastMs = nowMs;
    sequence = 0;
  } else {
    sequence += 1;
    // The counter overflowed: borrow the next millisecond, as RFC 9562 section 6.2 allows.
    if (sequence > 0xfff) {
      lastMs += 1;
      sequence = 0;
    }
  }
  const time = lastMs.toString(16).padStart(12, '0');
  const random = randomBytesFromPool(8);
  const hex = (i: number) => HEX[random[i] as number] as string;
  const variant = HEX[((random[0] as number) & 0x3f) | 0x80] as string;
  return (
    `${time.slice(0, 8)}-${time.slice(8)}-7${sequence.toString(16).padStart(3, '0')}-${variant}${hex(1)}-` +
    `${hex(2)}${hex(3)}${hex(4)}${hex(5)}${hex(6)}${hex(7)}`
  );
}

/** A W3C trace id: 32 lower-case hex digits, never all zero. */
export function newTraceId(): string {
  return `${newSpanId()}${newSpanId()}`;
}

/** A W3C span id: 16 lower-case hex digits, never all zero. */
export function newSpanId(): string {
  const id = randomBytesFromPool(8).toString('hex');
  return id === '0000000000000000' ? newSpanId() : id;
}

/**
 * The shard of a run: which partition of the run inbox its messages go through. From the last 32 bits of the
 * UUIDv7, which are random.
 */
export function shardOf(runId: string, shards: number): number {
  return parseInt(runId.slice(-8), 16) % shards;
}

/**
 * Whether a run starts on the canary of its workflow and not on the current version. The same choice (the
 * idempotency key of the run, else its id) gives the same answer, and keeps it when the share grows.
 */
export function takesCanary(of: { workflowId: string; choice: string; percent: number }): boolean {
  const hash = createHash('sha256').update(`${of.workflowId}\n${of.choice}`).digest().readUInt32BE(0);
  // 0 up to, but not including, 100; evenly spread.
  return (hash / 2 ** 32) * 100 < of.percent;
}
