import type { ModelChatInput, ModelFinishReason, ModelMessage, ModelUsage } from '@tutti/contracts';
import type { FilesPort } from '@tutti/plugin-sdk';
import { argumentsText, fileOf, tokens, toolArguments, type ModelReply } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { dataUrl, fileName } from './files.js';
import { tokenLimitName, type Settings } from './settings.js';

/** Tokens as Chat Completions and Embeddings tell them. */
export const WireUsage = z.object({
  prompt_tokens: z.int().nonnegative(),
  completion_tokens: z.int().nonnegative().default(0),
  prompt_tokens_details: z.object({ cached_tokens: z.int().nullish() }).nullish(),
  completion_tokens_details: z.object({ reasoning_tokens: z.int().nullish() }).nullish(),
});

const TokenLogprob = z.object({ token: z.string(), logprob: z.number() });

/** What the hub reads of a reply; everything else is passed over. */
export const ChatReply = z.object({
  model: z.string(),
  choices: z
    .array(
      z.object({
        finish_reason: z.string().nullish(),
        message: z.object({
          content: z.string().nullish(),
          refusal: z.string().nullish(),
          tool_calls: z
            .array(
              z.object({ id: z.string(), function: z.object({ name: z.string(), arguments: z.string() }) }),
            )
            .nullish(),
        }),
        logprobs: z
          .object({
            content: z.array(TokenLogprob.extend({ top_logprobs: z.array(TokenLogprob) })).nullish(),
          })
          .nullish(),
      }),
    )
    .min(1),
  usage: WireUsage.nullish(),
});
export type ChatReply = z.output<typeof ChatReply>;

const FINISH_REASONS: Record<string, ModelFinishReason> = {
  stop: 'stop',
  length: 'length',
  tool_calls: 'tool-calls',
  content_filter: 'content-filter',
};

export function usageOf(usage: z.output<typeof WireUsage> | null | undefined): ModelUsage | null {
  if (usage === null || usage === undefined) return null;
  return tokens({
    input: usage.prompt_tokens,
    output: usage.completion_tokens,
    cached: usage.prompt_tokens_details?.cached_tokens,
    reasoning: usage.completion_tokens_details?.reasoning_tokens,
  });
}

/** The probabilities of the answer's tokens, and so many alternatives of each. */
export function probabilities(alternatives: number | null) {
  if (alternatives === null) return {};
  return { logprobs: true, ...(alternatives > 0 && { top_logprobs: alternatives }) };
}

/** The body of `POST /chat/completions`. */
export async function chatRequest(input: ModelChatInput, settings: Settings, files: FilesPort) {
  const { tools, toolChoice, output, temperature, outputTokensMax, stop, seed } = input;
  return {
    model: input.model ?? settings.model,
    messages: await Promise.all(input.messages.map((message) => wireMessage(message, files))),
    ...(temperature !== undefined && { temperature }),
    ...(outputTokensMax !== undefined && { [tokenLimitName(settings)]: outputTokensMax }),
    ...(stop !== undefined && { stop }),
    ...(seed !== undefined && { seed }),
    ...(tools !== undefined && {
      tools: tools.map((tool) => ({ type: 'function' as const, function: tool })),
    }),
    ...(toolChoice !== undefined && {
      tool_choice:
        typeof toolChoice === 'string' ? toolChoice : { type: 'function' as const, function: toolChoice },
    }),
    ...(output !== undefined && {
      response_format: {
        type: 'json_schema' as const,
        json_schema: { name: output.name, schema: output.schema, strict: true },
      },
    }),
  };
}

async function wireMessage(message: ModelMessage, files: FilesPort) {
  switch (message.role) {
    case 'system':
      return message;
    case 'user':
      return { role: message.role, content: await wireContent(message.content, files) };
    case 'tool':
      return { role: message.role, content: message.content, tool_call_id: message.toolCallId };
    case 'assistant':
      return {
        role: message.role,
        content: message.content,
        ...(message.toolCalls !== undefined && {
          tool_calls: message.toolCalls.map(({ id, name, arguments: given }) => ({
            id,
            type: 'function' as const,
            function: { name, arguments: argumentsText(given) },
          })),
        }),
      };
  }
}

function wireContent(content: Extract<ModelMessage, { role: 'user' }>['content'], files: FilesPort) {
  if (typeof content === 'string') return content;
  return Promise.all(
    content.map(async (part) => {
      if (part.type === 'text') return part;
      const file = await fileOf(part, files);
      return file.kind === 'image'
        ? { type: 'image_url' as const, image_url: { url: dataUrl(file) } }
        : { type: 'file' as const, file: { filename: fileName(file), file_data: dataUrl(file) } };
    }),
  );
}

export function chatAnswer({ model, choices, usage }: ChatReply): ModelReply {
  const [{ message, finish_reason, logprobs }] = choices as [ChatReply['choices'][number]];
  const toolCalls = (message.tool_calls ?? []).map(({ id, function: { name, arguments: text } }) => ({
    id,
    name,
    arguments: toolArguments(text),
  }));
  const refused = typeof message.refusal === 'string';
  return {
    text: message.refusal ?? message.content ?? '',
    toolCalls,
    finishReason: refused ? ('content-filter' as const) : finishReason(finish_reason, toolCalls.length > 0),
    model,
    usage: usageOf(usage),
    tokens: (logprobs?.content ?? []).map(({ token, logprob, top_logprobs: alternatives }) => ({
      token,
      logprob,
      alternatives,
    })),
  };
}

/** Some servers say `stop` when the model asks for tools. */
function finishReason(told: string | null | undefined, hasToolCalls: boolean): ModelFinishReason {
  return hasToolCalls ? 'tool-calls' : (FINISH_REASONS[told ?? ''] ?? 'other');
}
