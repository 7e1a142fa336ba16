import type { ModelChatInput, ModelFinishReason, ModelUsage } from '@tutti/contracts';
import { outputOfTool, tokens, type ModelReply } from '@tutti/plugin-sdk/model';
import { z } from 'zod';

const Block = z.object({
  text: z.string().nullish(),
  toolUse: z.object({ toolUseId: z.string(), name: z.string(), input: z.unknown().optional() }).nullish(),
});

const WireUsage = z.object({
  inputTokens: z.int().nonnegative(),
  outputTokens: z.int().nonnegative(),
  cacheReadInputTokens: z.int().nonnegative().nullish(),
  cacheWriteInputTokens: z.int().nonnegative().nullish(),
});

/** What the hub reads of a reply of `POST /model/MODEL/converse`. */
export const ConverseReply = z.object({
  output: z.object({ message: z.object({ content: z.array(Block) }) }),
  stopReason: z.string(),
  usage: WireUsage.nullish(),
});
export type ConverseReply = z.output<typeof ConverseReply>;

const FINISH_REASONS: Record<string, ModelFinishReason> = {
  end_turn: 'stop',
  stop_sequence: 'stop',
  max_tokens: 'length',
  model_context_window_exceeded: 'length',
  tool_use: 'tool-calls',
  guardrail_intervened: 'content-filter',
  content_filtered: 'content-filter',
};

/** The API counts cached tokens beside the others, the hub counts them among them. */
function usageOf(usage: z.output<typeof WireUsage> | null | undefined): ModelUsage | null {
  if (usage === null || usage === undefined) return null;
  const { inputTokens, outputTokens, cacheReadInputTokens: read, cacheWriteInputTokens: written } = usage;
  return tokens({ input: inputTokens + (read ?? 0) + (written ?? 0), output: outputTokens, cached: read });
}

/** `model`: that of the request, which the API does not say again. */
export function converseAnswer(reply: ConverseReply, input: ModelChatInput, model: string): ModelReply {
  const { content } = reply.output.message;
  const toolCalls = content.flatMap(({ toolUse }) =>
    toolUse === null || toolUse === undefined
      ? []
      : [{ id: toolUse.toolUseId, name: toolUse.name, arguments: toolUse.input ?? {} }],
  );
  const answer = {
    text: content.map(({ text }) => text ?? '').join(''),
    toolCalls,
    finishReason: FINISH_REASONS[reply.stopReason] ?? ('other' as const),
    model,
    usage: usageOf(reply.usage),
  };
  return outputOfTool(answer, input.output?.name);
}
