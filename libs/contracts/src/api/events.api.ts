import { z } from 'zod';

/** Events of one request at most. */
export const EVENT_BATCH_MAX = 100;

/**
 * What became of the events of a request: the runs that they started, one for each trigger that wanted them.
 */
export const EventsTaken = z
  .object({
    events: z.array(
      z.object({
        id: z.string(),
        source: z.string(),
        repeated: z.boolean().describe('the event came before; who listened for it then has it'),
        listeners: z.int().describe('runs that it was handed to because they listen for its type'),
        runs: z.array(
          z.object({
            trigger: z.string(),
            runId: z.uuid(),
            repeated: z.boolean().describe('the event came before, and this is the run that it started'),
          }),
        ),
      }),
    ),
  })
  .meta({ id: 'EventsTaken' });
export type EventsTaken = z.infer<typeof EventsTaken>;

/** What became of an event that was sent to one run. */
export const SignalTaken = z
  .object({
    id: z.string(),
    source: z.string(),
    type: z.string(),
    repeated: z.boolean().describe('the event came before, and the run has it already'),
  })
  .meta({ id: 'SignalTaken' });
export type SignalTaken = z.infer<typeof SignalTaken>;
