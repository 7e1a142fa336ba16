import { z } from 'zod';

export const TaskDataQuery = z.object({
  at: z.string().min(1).max(2000).describe('position of the task, or its JSON pointer: then its last instance'),
});

/** Answer to GET /v1/runs/{id}/task-data: what the expressions of a task of a run saw. */
export const TaskData = z
  .object({
    task: z.string(),
    name: z.string(),
    position: z.string(),
    input: z.unknown().describe('after input.from'),
    output: z.unknown().optional().describe('absent: the task has not completed'),
    variables: z
      .record(z.string(), z.unknown())
      .describe('by name without $: those of every expression, and of the loops and catches around'),
  })
  .meta({ id: 'TaskData' });
export type TaskData = z.infer<typeof TaskData>;
