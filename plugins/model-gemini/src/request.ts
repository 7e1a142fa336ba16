import type { ModelChatInput, ModelToolCall } from '@tutti/contracts';
import { PermanentError, type FilesPort } from '@tutti/plugin-sdk';
import {
  fileOf,
  systemText,
  toolArguments,
  turnsOf,
  type ModelConversationMessage,
  type ModelTurn,
} from '@tutti/plugin-sdk/model';

/** Accepted by the API in the place of a signature, for calls that another model asked for. */
const NO_SIGNATURE = 'skip_thought_signature_validator';

const MODES = { auto: 'AUTO', none: 'NONE', required: 'ANY' } as const;

/** The body of `POST /models/MODEL:generateContent`. */
export async function generateRequest(
  input: ModelChatInput,
  files: FilesPort,
  alternatives: number | null = null,
) {
  const turns = await turnsOf(input.messages, (message, index) => turnOf(message, index, { input, files }));
  const system = systemText(input.messages);
  const { tools, toolChoice } = input;
  const generationConfig = generationConfigOf(input, alternatives);
  return {
    contents: turns,
    ...(system !== undefined && { systemInstruction: { parts: [{ text: system }] } }),
    ...(tools !== undefined && {
      tools: [
        {
          functionDeclarations: tools.map(({ name, description, parameters }) => ({
            name,
            ...(description !== undefined && { description }),
            parametersJsonSchema: parameters,
          })),
        },
      ],
    }),
    ...(toolChoice !== undefined && { toolConfig: { functionCallingConfig: choiceOf(toolChoice) } }),
    ...(Object.keys(generationConfig).length > 0 && { generationConfig }),
  };
}

function generationConfigOf(input: ModelChatInput, alternatives: number | null) {
  const { temperature, outputTokensMax, stop, seed, output } = input;
  return {
    ...(temperature !== undefined && { temperature }),
    ...(outputTokensMax !== undefined && { maxOutputTokens: outputTokensMax }),
    ...(stop !== undefined && { stopSequences: stop }),
    ...(seed !== undefined && { seed }),
    ...(output !== undefined && {
      responseMimeType: 'application/json',
      responseJsonSchema: output.schema,
    }),
    ...(alternatives !== null && {
      responseLogprobs: true,
      ...(alternatives > 0 && { logprobs: alternatives }),
    }),
  };
}

function choiceOf(choice: NonNullable<ModelChatInput['toolChoice']>) {
  if (typeof choice === 'object') return { mode: 'ANY' as const, allowedFunctionNames: [choice.name] };
  return { mode: MODES[choice] };
}

interface Part {
  text?: string;
  inlineData?: { mimeType: string; data: string };
  functionCall?: { id: string; name: string; args: Record<string, unknown> };
  functionResponse?: { id: string; name: string; response: Record<string, unknown> };
  thoughtSignature?: string;
}

async function turnOf(
  message: ModelConversationMessage,
  index: number,
  { input, files }: { input: ModelChatInput; files: FilesPort },
): Promise<ModelTurn<'user' | 'model', Part>> {
  switch (message.role) {
    case 'user':
      return { role: 'user', parts: await userParts(message.content, files) };
    case 'assistant':
      return {
        role: 'model',
        parts: [
          ...(message.content === '' ? [] : [{ text: message.content }]),
          ...callParts(message.toolCalls ?? []),
        ],
      };
    case 'tool': {
      const { toolCallId: id, content } = message;
      const name = nameOfCall(input, index, id);
      const result = recordOf(toolArguments(content), content);
      return { role: 'user', parts: [{ functionResponse: { id, name, response: result } }] };
    }
  }
}

function userParts(
  content: Extract<ModelConversationMessage, { role: 'user' }>['content'],
  files: FilesPort,
): Part[] | Promise<Part[]> {
  if (typeof content === 'string') return [{ text: content }];
  return Promise.all(
    content.map(async (part) => {
      if (part.type === 'text') return { text: part.text };
      const { mediaType, base64 } = await fileOf(part, files);
      return { inlineData: { mimeType: mediaType, data: base64 } };
    }),
  );
}

/** The first of the calls that were asked for together carries the signature of the model's thoughts. */
function callParts(calls: readonly ModelToolCall[]): Part[] {
  const signed = calls.some(({ signature }) => signature !== undefined);
  return calls.map(({ id, name, arguments: given, signature }, index) => {
    const proof = signature ?? (index === 0 && !signed ? NO_SIGNATURE : undefined);
    const text = typeof given === 'string' ? given : JSON.stringify(given);
    return {
      functionCall: { id, name, args: recordOf(given, text) },
      ...(proof !== undefined && { thoughtSignature: proof }),
    };
  });
}

/** The API wants objects where the contract allows any text. */
function recordOf(value: unknown, text: string): Record<string, unknown> {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as Record<string, unknown>) : { result: text };
}

/** The API wants the name of the tool with its result, the contract names the call only. */
function nameOfCall({ messages }: ModelChatInput, before: number, id: string): string {
  const calls = messages
    .slice(0, before)
    .flatMap((message) => (message.role === 'assistant' ? (message.toolCalls ?? []) : []));
  const call = calls.findLast((one) => one.id === id);
  if (call !== undefined) return call.name;
  throw new PermanentError(
    `The message with the result of call "${id}" follows no message of the assistant that asks for it.`,
  );
}
