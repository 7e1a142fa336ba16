import type { ModelChatInput, ModelFinishReason, ModelUsage } from '@tutti/contracts';
import { outputOfTool, tokens, type ModelReply } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { isByTool } from './request.js';
import type { Settings } from './settings.js';

/** A part of a message. */
export const Block = z.union([
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('tool_use'), id: z.string(), name: z.string(), input: z.unknown().optional() }),
  // Thoughts, searches and what is yet to come are none of the hub's business.
  z.object({ type: z.string() }).transform(() => ({ type: 'other' as const })),
]);

export const WireUsage = z.object({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  cache_read_input_tokens: z.int().nonnegative().nullish(),
  cache_creation_input_tokens: z.int().nonnegative().nullish(),
  output_tokens_details: z.object({ thinking_tokens: z.int().nonnegative().nullish() }).nullish(),
});

/** What the hub reads of a reply of `POST /v1/messages`. */
export const MessagesReply = z.object({
  model: z.string(),
  content: z.array(Block),
  stop_reason: z.string().nullish(),
  stop_details: z.object({ explanation: z.string().nullish() }).nullish(),
  usage: WireUsage.nullish(),
});
export type MessagesReply = z.output<typeof MessagesReply>;

const FINISH_REASONS: Record<string, ModelFinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  refusal: 'content-filter',
};

/** The API counts cached tokens beside the others, the hub counts them among them. */
export function usageOf(usage: z.output<typeof WireUsage> | null | undefined): ModelUsage | null {
  if (usage === null || usage === undefined) return null;
  const { cache_read_input_tokens: read, cache_creation_input_tokens: written } = usage;
  return tokens({
    input: usage.input_tokens + (read ?? 0) + (written ?? 0),
    output: usage.output_tokens,
    cached: read,
    reasoning: usage.output_tokens_details?.thinking_tokens,
  });
}

export function messagesAnswer(reply: MessagesReply, input: ModelChatInput, settings: Settings): ModelReply {
  const text = reply.content.map((block) => (block.type === 'text' ? block.text : '')).join('');
  const calls = reply.content.flatMap((block) =>
    block.type === 'tool_use' ? [{ id: block.id, name: block.name, arguments: block.input }] : [],
  );
  const finishReason = FINISH_REASONS[reply.stop_reason ?? ''] ?? 'other';
  const answer = { model: reply.model, usage: usageOf(reply.usage), toolCalls: calls, finishReason };
  if (isByTool(input, settings)) return outputOfTool({ ...answer, text }, input.output?.name);
  const refusal = finishReason === 'content-filter' && text === '' ? reply.stop_details?.explanation : null;
  return { ...answer, text: refusal ?? text };
}
