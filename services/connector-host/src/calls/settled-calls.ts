import type { CallSettled } from '@tutti/contracts';
import { LIMITS } from '../limits.js';

/** The results of the last calls, so that a repeat is answered and not performed. Large ones are left out. */
export class SettledCalls {
  readonly #settled = new Map<string, CallSettled>();

  get(name: string): CallSettled | undefined {
    return this.#settled.get(name);
  }

  add(name: string, settled: CallSettled): void {
    if (!isSmall(settled.outcome)) return;
    this.#settled.set(name, settled);
    if (this.#settled.size <= LIMITS.settledCallsMax) return;
    // The oldest: a map keeps the order in which its entries were made.
    for (const oldest of this.#settled.keys()) {
      this.#settled.delete(oldest);
      break;
    }
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
