import type { ModelChatOutput } from '@tutti/contracts';

/** The answer of a provider to a chat, before JSON is read out of its text. */
export interface ModelReply extends Omit<ModelChatOutput, 'object'> {
  /** The answer token by token, where probabilities were asked for and told. */
  tokens?: readonly ModelToken[];
}

/** A token and the logarithm of its probability. */
export interface TokenChance {
  token: string;
  logprob: number;
}

/** A token of an answer, with what the model would have said in its place. */
export interface ModelToken extends TokenChance {
  alternatives: readonly TokenChance[];
}

/** Alternatives of a token that providers tell at most. */
export const ALTERNATIVES_MAX = 20;

/** The geometric mean of the probabilities of an answer's tokens, 0 to 1; undefined without any. */
export function meanProbability(tokens: readonly TokenChance[]): number | undefined {
  if (tokens.length === 0) return undefined;
  return Math.exp(tokens.reduce((sum, { logprob }) => sum + logprob, 0) / tokens.length);
}
