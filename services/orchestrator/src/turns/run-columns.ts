import type { RunState } from '@tutti/engine';
import type { LiveRun } from './live-run.js';

/** The run's cost in the currency in which most of it came; the others are in the journal. */
export function mainCost(state: RunState): { costMicros: number; currency: string | null } {
  const [main] = Object.entries(state.cost ?? {}).sort(([, a], [, b]) => b - a);
  return main ? { costMicros: main[1], currency: main[0] } : { costMicros: 0, currency: null };
}

/**
 * The stored alarm may be early (it is then looked at once for nothing), never late: so most turns need not
 * write it.
 */
export function alarmOf(run: LiveRun, wakeMs: number | null, alarmTaken: boolean): number | null | 'keep' {
  const earlyEnough = wakeMs === null || (run.storedWakeMs !== null && run.storedWakeMs <= wakeMs);
  return run.revision > 0 && earlyEnough && !alarmTaken ? 'keep' : wakeMs;
}
