import type { ModelChatInput } from '@tutti/contracts';
import type { FilesPort } from '@tutti/plugin-sdk';
import {
  argumentsText,
  fileOf,
  systemText,
  toolArguments,
  turnsOf,
  type ModelConversationMessage,
  withOutputTool,
  type ModelTurn,
} from '@tutti/plugin-sdk/model';
import type { Settings } from './settings.js';
import { strictSchema } from './strict-schema.js';

/** The API takes 0 to 1, the canonical contract goes to 2: what is above is the most that there is. */
const TEMPERATURE_MAX = 1;

/** The body of `POST /v1/messages`. */
export async function messagesRequest(input: ModelChatInput, settings: Settings, files: FilesPort) {
  const turns = await turnsOf(input.messages, (message) => turnOf(message, files));
  const system = systemText(input.messages);
  const { temperature, stop } = input;
  return {
    model: input.model ?? settings.model,
    max_tokens: input.outputTokensMax ?? settings.outputTokensMax,
    messages: turns.map(({ role, parts }) => ({ role, content: parts })),
    ...(system !== undefined && { system }),
    ...(temperature !== undefined && { temperature: Math.min(temperature, TEMPERATURE_MAX) }),
    ...(stop !== undefined && { stop_sequences: stop }),
    ...toolsOf(isByTool(input, settings) ? withOutputTool(input) : input),
    ...(input.output !== undefined &&
      !isByTool(input, settings) && {
        output_config: {
          format: { type: 'json_schema' as const, schema: strictSchema(input.output.schema) },
        },
      }),
  };
}

/** Whether the answer is asked for as the arguments of a tool. */
export function isByTool({ output }: ModelChatInput, { structuredOutput }: Settings): boolean {
  return output !== undefined && structuredOutput === 'tool';
}

function toolsOf({ tools, toolChoice }: ModelChatInput) {
  return {
    ...(tools !== undefined && { tools: tools.map(wireTool) }),
    ...(toolChoice !== undefined && { tool_choice: choiceOf(toolChoice) }),
  };
}

function wireTool({ name, description, parameters }: NonNullable<ModelChatInput['tools']>[number]) {
  return {
    name,
    ...(description !== undefined && { description }),
    input_schema: { ...parameters, type: 'object' as const },
  };
}

function choiceOf(choice: NonNullable<ModelChatInput['toolChoice']>) {
  if (typeof choice === 'object') return { type: 'tool' as const, name: choice.name };
  return { type: choice === 'required' ? ('any' as const) : choice };
}

type Part = Awaited<ReturnType<typeof userParts>>[number] | ReturnType<typeof assistantParts>[number];

async function turnOf(
  message: ModelConversationMessage,
  files: FilesPort,
): Promise<ModelTurn<'user' | 'assistant', Part | ToolResult>> {
  switch (message.role) {
    case 'user':
      return { role: 'user', parts: await userParts(message.content, files) };
    case 'assistant':
      return { role: 'assistant', parts: assistantParts(message) };
    case 'tool':
      return {
        role: 'user',
        parts: [{ type: 'tool_result', tool_use_id: message.toolCallId, content: message.content }],
      };
  }
}

interface ToolResult {
  type: 'tool_result';
  tool_use_id: string;
  content: string;
}

async function userParts(
  content: Extract<ModelConversationMessage, { role: 'user' }>['content'],
  files: FilesPort,
) {
  if (typeof content === 'string') return [{ type: 'text' as const, text: content }];
  return Promise.all(
    content.map(async (part) => {
      if (part.type === 'text') return part;
      const { kind, mediaType, base64, name } = await fileOf(part, files);
      return kind === 'image'
        ? {
            type: 'image' as const,
            source: { type: 'base64' as const, media_type: mediaType as 'image/png', data: base64 },
          }
        : {
            type: 'document' as const,
            source: { type: 'base64' as const, media_type: 'application/pdf' as const, data: base64 },
            ...(name !== undefined && { title: name }),
          };
    }),
  );
}

/** The API refuses text without a character. */
function assistantParts(message: Extract<ModelConversationMessage, { role: 'assistant' }>) {
  return [
    ...(message.content === '' ? [] : [{ type: 'text' as const, text: message.content }]),
    ...(message.toolCalls ?? []).map(({ id, name, arguments: given }) => ({
      type: 'tool_use' as const,
      id,
      name,
      // The API takes an object only; what the model of another provider wrote may be none.
      input: objectOf(given) ?? { text: argumentsText(given) },
    })),
  ];
}

function objectOf(given: unknown): Record<string, unknown> | undefined {
  const value = typeof given === 'string' ? toolArguments(given) : given;
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
