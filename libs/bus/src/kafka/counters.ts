/** What happened since the process began; each only grows. */
export interface BusCounters {
  /** Records that the broker acknowledged. */
  sent: number;
  /** Records in requests that failed and were made again. */
  retried: number;
  /** Messages handed to this process's handlers. */
  received: number;
  /** Of those, the ones that may have been handed over before, to this process or another. */
  repeated: number;
  /** Messages that could not be handled. */
  deadLetters: number;
  /** How often the bus was found to have lost messages. */
  loss: number;
}

export function newCounters(): BusCounters {
  return { sent: 0, retried: 0, received: 0, repeated: 0, deadLetters: 0, loss: 0 };
}
