import type { ModelChatInput } from '@tutti/contracts';
import type { FilesPort } from '@tutti/plugin-sdk';
import {
  argumentsText,
  fileOf,
  systemText,
  toolArguments,
  turnsOf,
  withOutputTool,
  type ModelConversationMessage,
  type ModelFile,
  type ModelTurn,
} from '@tutti/plugin-sdk/model';

type Json = Record<string, unknown>;

/** A part of a message; the API wants one of these properties. */
interface Part {
  text?: string;
  image?: { format: string; source: { bytes: string } };
  document?: { format: 'pdf'; name: string; source: { bytes: string } };
  toolUse?: { toolUseId: string; name: string; input: Json };
  toolResult?: { toolUseId: string; content: { text: string }[] };
}

/** The body of `POST /model/MODEL/converse`. JSON of a schema is the argument of a tool. */
export async function converseRequest(given: ModelChatInput, files: FilesPort) {
  const input = withOutputTool(given);
  const turns = await turnsOf(input.messages, (message) => turnOf(message, files));
  const system = systemText(input.messages);
  const { temperature, outputTokensMax, stop } = input;
  const inferenceConfig = {
    ...(outputTokensMax !== undefined && { maxTokens: outputTokensMax }),
    ...(temperature !== undefined && { temperature: Math.min(temperature, 1) }),
    ...(stop !== undefined && { stopSequences: stop }),
  };
  return {
    messages: turns.map(({ role, parts }) => ({ role, content: parts })),
    ...(system !== undefined && { system: [{ text: system }] }),
    ...(Object.keys(inferenceConfig).length > 0 && { inferenceConfig }),
    ...toolConfigOf(input),
  };
}

/** The API knows no choice against tools: they are left out then. */
function toolConfigOf({ tools = [], toolChoice = 'auto' }: ModelChatInput) {
  if (tools.length === 0 || toolChoice === 'none') return {};
  return {
    toolConfig: {
      tools: tools.map(({ name, description, parameters }) => ({
        toolSpec: {
          name,
          ...(description !== undefined && { description }),
          inputSchema: { json: { type: 'object', ...parameters } },
        },
      })),
      toolChoice: choiceOf(toolChoice),
    },
  };
}

function choiceOf(choice: 'auto' | 'required' | { name: string }) {
  if (typeof choice === 'object') return { tool: { name: choice.name } };
  return choice === 'required' ? { any: {} } : { auto: {} };
}

async function turnOf(
  message: ModelConversationMessage,
  files: FilesPort,
): Promise<ModelTurn<'user' | 'assistant', Part>> {
  switch (message.role) {
    case 'user':
      return { role: 'user', parts: await userParts(message.content, files) };
    case 'tool': {
      const { toolCallId: toolUseId, content } = message;
      return { role: 'user', parts: [{ toolResult: { toolUseId, content: [{ text: content }] } }] };
    }
    case 'assistant':
      return {
        role: 'assistant',
        parts: [
          ...(message.content === '' ? [] : [{ text: message.content }]),
          ...(message.toolCalls ?? []).map(({ id, name, arguments: given }) => ({
            toolUse: { toolUseId: id, name, input: recordOf(given) },
          })),
        ],
      };
  }
}

/** The API takes an object only; what the model of another provider wrote may be none. */
function recordOf(given: unknown): Json {
  const value = typeof given === 'string' ? toolArguments(given) : given;
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Json) : { text: argumentsText(given) };
}

function userParts(
  content: Extract<ModelConversationMessage, { role: 'user' }>['content'],
  files: FilesPort,
): Part[] | Promise<Part[]> {
  if (typeof content === 'string') return [{ text: content }];
  return Promise.all(
    content.map(async (part) =>
      part.type === 'text' ? { text: part.text } : filePart(await fileOf(part, files)),
    ),
  );
}

function filePart({ kind, mediaType, base64, name }: ModelFile): Part {
  const source = { bytes: base64 };
  if (kind === 'image') return { image: { format: mediaType.slice('image/'.length), source } };
  // The API takes few characters in a name.
  const plain = (name ?? 'document').replace(/[^\w\s()[\]-]|_/g, '-').replace(/\s+/g, ' ');
  return { document: { format: 'pdf', name: plain, source } };
}
