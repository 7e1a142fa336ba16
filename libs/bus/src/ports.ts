/** A message that could not be handled, as it came. */
export interface DeadLetter {
  topic: string;
  partition: number;
  /** Decimal text: Kafka's offsets do not fit a number. */
  offset: string;
  key: string | null;
  headers: Record<string, string>;
  /** The bytes of the message, after decompression. */
  payload: Uint8Array;
  /** One word: `malformed`, `unknown-kind`, `refused`, `too-large`. */
  reason: string;
  /** One sentence for a person. */
  detail: string;
}

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
  get(key: string): Promise<string | null>;
  set(key: string, value: string): Promise<void>;
}
