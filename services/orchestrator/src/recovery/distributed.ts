import type { Bus } from '@tutti/bus';

/**
 * Whether the bus outlives this process and joins it with others: then it delivers again what a dead process
 * did not finish, and the clock is not this machine's alone.
 */
export function isDistributed(bus: Bus): boolean {
  return bus.status().transport !== 'in-process';
}
