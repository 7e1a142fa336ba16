import type { CallSettled } from '@tutti/contracts';
import { LIMITS } from '../limits.js';

/**
 * The results of the last calls, so that a repeat is answered and not performed. Large ones are left out.
 * Kept in two generations, of which the older is dropped as a whole: that costs less than to drop one for
 * each.
 */
export class SettledCalls {
  #young = new Map<string, CallSettled>();
  #old = new Map<string, CallSettled>();

  get(name: string): CallSettled | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  add(name: string, settled: CallSettled): void {
    if (!isSmall(settled.outcome)) return;
    if (this.#young.size >= LIMITS.settledCallsMax / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, settled);
  }
}

/** Whether a value is small, found out by counting its parts only until it is too large. */
function isSmall(outcome: unknown): boolean {
  let left = LIMITS.settledCallSizeMax;
  const open: unknown[] = [outcome];
  while (open.length > 0 && left > 0) {
    const value = open.pop();
    left -= typeof value === 'string' ? value.length : 8;
    if (typeof value !== 'object' || value === null) continue;
    for (const key in value) {
      left -= key.length;
      if (left <= 0) return false;
      open.push((value as Record<string, unknown>)[key]);
    }
  }
  return left > 0;
}
