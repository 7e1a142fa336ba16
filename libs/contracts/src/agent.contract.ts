import { z } from 'zod';
import { ArtifactRef } from './artifact.js';
import { ModelUsage } from './model.contract.js';

/**
 * Canonical contracts of agents: a workflow that calls `agent.task.run` runs on any of them, whatever they
 * were built with.
 */

/** A file that the agent left where it is. */
export const AgentLink = z.object({
  url: z.string(),
  mediaType: z.string().optional(),
  name: z.string().optional(),
});
export type AgentLink = z.infer<typeof AgentLink>;

/** Input of `agent.task.run`: at least one of `text`, `data` and `files`. */
export const AgentTaskRunInput = z
  .object({
    text: z.string().min(1).optional().describe('what the agent is to do, in words'),
    data: z.unknown().optional().describe('a JSON value that goes with it'),
    files: z.array(ArtifactRef).max(100).optional(),
    conversation: z.string().min(1).optional().describe('of an earlier output: goes on with it'),
    task: z.string().min(1).optional().describe('of an output that asked for input: answers it'),
  })
  .refine(({ text, data, files = [] }) => text !== undefined || data !== undefined || files.length > 0, {
    message: 'Say something to the agent: text, data or files.',
  })
  .meta({ id: 'AgentTaskRunInput' });
export type AgentTaskRunInput = z.infer<typeof AgentTaskRunInput>;

/**
 * `completed`: it is done. `input-required`: the text is a question; ask a person, and call again with `task`
 * and `conversation`. An agent that failed, refused or was stopped is an error of the call.
 */
export const AgentTaskStatus = z.enum(['completed', 'input-required']);
export type AgentTaskStatus = z.infer<typeof AgentTaskStatus>;

/** Output of `agent.task.run`. */
export const AgentTaskRunOutput = z
  .object({
    status: AgentTaskStatus,
    text: z.string().describe('what the agent said last, or the text of what it made'),
    data: z.array(z.unknown()).describe('the JSON values that it gave, in order'),
    files: z.array(ArtifactRef),
    links: z.array(AgentLink),
    /** Null when the agent answers at once, without a task. */
    task: z.string().nullable(),
    /** Null when the agent keeps no conversations. */
    conversation: z.string().nullable(),
    /** Null when the agent does not tell. */
    usage: ModelUsage.nullable(),
  })
  .meta({ id: 'AgentTaskRunOutput' });
export type AgentTaskRunOutput = z.infer<typeof AgentTaskRunOutput>;
