import type { ModelChatOutput, ModelToolCall, ModelUsage } from '@tutti/contracts';
import { PermanentError, TransientError } from '@tutti/plugin-sdk';

/** Arguments of a tool as JSON; the text itself when the model wrote no JSON. */
export function toolArguments(text: string): ModelToolCall['arguments'] {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Arguments of a tool as the provider takes them back. */
export function argumentsText(given: ModelToolCall['arguments']): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** Tokens in the hub's words; what a provider does not tell apart is left out. */
export function tokens(of: {
  input: number;
  output: number;
  cached: number | null | undefined;
  reasoning: number | null | undefined;
}): ModelUsage {
  const { input, output, cached, reasoning } = of;
  return {
    inputTokens: input,
    outputTokens: output,
    ...(typeof cached === 'number' && { cachedInputTokens: cached }),
    ...(typeof reasoning === 'number' && { reasoningTokens: reasoning }),
  };
}

/** The answer of a chat that asked for JSON of a schema; null when it asked for none. */
export function structured(answer: Omit<ModelChatOutput, 'object'>, asked: boolean): ModelChatOutput {
  if (!asked || answer.finishReason === 'tool-calls') return { ...answer, object: null };
  const reply = { finishReason: answer.finishReason, text: answer.text.slice(0, 2_000) };
  if (answer.finishReason === 'content-filter')
    throw new PermanentError(`The model refused to answer: ${answer.text.slice(0, 200)}`, {
      status: 422,
      reply,
    });
  if (answer.finishReason === 'length')
    throw new PermanentError(
      'The answer is cut: the model came to its limit of tokens. Raise outputTokensMax.',
      {
        status: 502,
        reason: 'invalid-output',
        reply,
      },
    );
  try {
    return { ...answer, object: JSON.parse(answer.text) as unknown };
  } catch (cause) {
    const message = `The model answered no JSON: ${(cause as Error).message}`;
    throw new PermanentError(message, { status: 502, reason: 'invalid-output', reply, cause });
  }
}

/** 429 also says that the account has no money left: waiting does not help, another provider does. */
export function explained(error: unknown): unknown {
  if (!(error instanceof TransientError) || error.status !== 429) return error;
  const { code, message } =
    (error.reply as { error?: { code?: unknown; message?: string } } | null)?.error ?? {};
  if (code !== 'insufficient_quota') return error;
  const text = `The account has no credit left: ${message ?? 'add some with the provider'}`;
  return new PermanentError(text, { status: 402, reason: 'unavailable', reply: error.reply, cause: error });
}
