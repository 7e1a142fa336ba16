import type { LaterCall, PendingCall } from '@tutti/contracts';

/** What `run` and `resume` give when the other system has begun, and answers later. */
export class Later {
  /** Tells it across copies of the SDK, where `instanceof` would not. */
  readonly isLater = true as const;
  readonly pending: PendingCall;

  constructor(pending: PendingCall) {
    this.pending = pending;
  }
}

/**
 * The call was begun, and is answered later: by a callback to the address that `callback()` gave, or when
 * `resume` looks again. Meanwhile it holds no place and outlives restarts.
 */
export function later(pending: PendingCall): Later {
  return new Later(pending);
}

/** Whether a capability gave a promise in the place of its output. */
export function isLater(value: unknown): value is Later {
  return typeof value === 'object' && value !== null && 'isLater' in value && value.isLater === true;
}

export type { LaterCall, PendingCall };
