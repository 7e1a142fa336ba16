import type { DeadLetter } from '@tutti/contracts';

/** Keeps dead letters durably; the same topic, partition and offset is kept once. */
export interface DeadLetterSink {
  write(letters: readonly DeadLetter[]): Promise<void>;
}

/** Keeps payloads that are too large for the transport (claim check). */
export interface PayloadStore {
  put(payloads: readonly { id: string; content: Uint8Array }[]): Promise<void>;
  /** Payloads that are gone are missing in the answer. */
  get(ids: readonly string[]): Promise<ReadonlyMap<string, Uint8Array>>;
}

/** Keeps a few facts about the bus over restarts, so that a bus that was emptied is noticed. */
export interface BusStateStore {
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string): Promise<void>;
}
