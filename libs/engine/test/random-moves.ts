import fc from 'fast-check';
import type { Move } from './random-run.js';

/** Histories of up to 40 steps. */
export const randomMoves = fc.array(
  fc.record<Move>({
    kind: fc.constantFrom(
      'settle',
      'settle',
      'settle',
      'settle',
      'time',
      'time',
      'duplicate',
      'late',
      'unknown',
      'review',
      'child',
      'suspend',
      'resume',
      'cancel',
      'clock',
    ),
    pick: fc.nat(1000),
    outcome: fc.constantFrom('ok', 'ok', 'ok', 'unsure', 'transient', 'permanent', 'defect', 'unknown'),
    ms: fc.nat(100_000),
  }),
  { maxLength: 40 },
);
