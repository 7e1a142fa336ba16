import { z } from 'zod';

/**
 * Canonical contracts of automations that others run: robots, flows, scripts. A workflow that calls
 * `auto.job.run` starts any of them and waits for what it gives, be it hours later.
 */

/** Input of `auto.job.run`. */
export const AutoJobRunInput = z
  .object({
    job: z.string().min(1).optional().describe('which one, where a connection has several'),
    data: z.unknown().optional().describe('a JSON value that it works on'),
  })
  .meta({ id: 'AutoJobRunInput' });
export type AutoJobRunInput = z.infer<typeof AutoJobRunInput>;

/** Output of `auto.job.run`. A job that failed is an error of the call. */
export const AutoJobRunOutput = z
  .object({
    result: z.unknown().describe('what it gave; null: nothing'),
    /** Null when the automation names none. */
    execution: z.string().nullable().describe('its own name of this execution'),
  })
  .meta({ id: 'AutoJobRunOutput' });
export type AutoJobRunOutput = z.infer<typeof AutoJobRunOutput>;
