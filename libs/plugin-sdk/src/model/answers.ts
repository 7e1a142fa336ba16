import type { ModelChatOutput, ModelToolCall, ModelUsage } from '@tutti/contracts';
import { PermanentError } from '../errors.js';

/** Arguments of a tool as JSON; the text itself when the model wrote no JSON. */
export function toolArguments(text: string): ModelToolCall['arguments'] {
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** Arguments of a tool as a provider takes them back that takes text. */
export function argumentsText(given: ModelToolCall['arguments']): string {
  return typeof given === 'string' ? given : JSON.stringify(given);
}

/** Tokens in the hub's words; what a provider does not tell apart is left out. */
export function tokens(of: {
  input: number;
  output: number;
  /** Among the input. */
  cached?: number | null | undefined;
  /** Among the output. */
  reasoning?: number | null | undefined;
}): ModelUsage {
  const { input, output, cached, reasoning } = of;
  return {
    inputTokens: input,
    outputTokens: output,
    ...(typeof cached === 'number' && { cachedInputTokens: cached }),
    ...(typeof reasoning === 'number' && { reasoningTokens: reasoning }),
  };
}

/**
 * The answer of a chat that asked for JSON of a schema; `object` is null when it asked for none.
 * `PermanentError` when the model refused, was cut, or wrote no JSON.
 */
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
      { status: 502, reason: 'invalid-output', reply },
    );
  try {
    return { ...answer, object: JSON.parse(answer.text) as unknown };
  } catch (cause) {
    const message = `The model answered no JSON: ${(cause as Error).message}`;
    throw new PermanentError(message, { status: 502, reason: 'invalid-output', reply, cause });
  }
}
