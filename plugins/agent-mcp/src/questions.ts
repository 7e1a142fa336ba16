import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { ToolOutput } from './output.js';
import type { Tool } from './wire.js';

const Asked = z.looseObject({
  method: z.string(),
  params: z
    .looseObject({
      message: z.string().default(''),
      requestedSchema: z.record(z.string(), z.unknown()).default({}),
      url: z.string().optional(),
    })
    .optional(),
});

/** A result with which a tool asks before it goes on (MCP 2026-07-28). */
export const InputRequired = z.looseObject({
  inputRequests: z.record(z.string(), Asked).default({}),
  requestState: z.string().optional(),
});

/** What a tool asks, as the output of its call: the workflow asks a person, and calls again with answers. */
export function askedBy(
  { name: tool }: Tool,
  { inputRequests, requestState }: z.infer<typeof InputRequired>,
): ToolOutput {
  const questions = Object.entries(inputRequests).map(([name, { method, params }]) => {
    if (method !== 'elicitation/create' || params === undefined)
      throw new PermanentError(`The tool "${tool}" asks for ${method}, which the connector does not give.`, {
        status: 422,
        reason: 'rejected',
      });
    const { message, requestedSchema: schema, url = null } = params;
    return { name, message, schema, url };
  });
  return {
    status: 'input-required',
    text: questions.map(({ message }) => message).join('\n'),
    value: null,
    files: [],
    questions,
    state: requestState ?? null,
  };
}
