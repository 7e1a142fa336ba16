import type { ModelChatInput } from '@tutti/contracts';
import { argumentsText } from './answers.js';
import type { ModelReply } from './reply.js';

/**
 * The chat with a tool that takes the answer, for models that know no format of the output: they must ask for
 * it, or for one of the chat's own tools.
 */
export function withOutputTool({ output, ...input }: ModelChatInput): ModelChatInput {
  if (output === undefined) return input;
  const { name, schema } = output;
  const tools = input.toolChoice === 'none' ? [] : (input.tools ?? []);
  return {
    ...input,
    tools: [...tools, { name, description: 'Takes the answer.', parameters: schema }],
    toolChoice: tools.length > 0 ? 'required' : { name },
  };
}

/** The reply with what the tool was given as its text; as it is when the tool was not asked for. */
export function outputOfTool(reply: ModelReply, name: string | undefined): ModelReply {
  const taken = reply.toolCalls.find((call) => call.name === name);
  if (taken === undefined) return reply;
  return {
    ...reply,
    text: argumentsText(taken.arguments),
    toolCalls: [],
    finishReason: reply.finishReason === 'tool-calls' ? 'stop' : reply.finishReason,
  };
}
