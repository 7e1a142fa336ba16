import type { ModelFinishReason, ModelUsage } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { tokens, type ModelReply, type ModelToken } from '@tutti/plugin-sdk/model';
import { z } from 'zod';

const Part = z.object({
  text: z.string().nullish(),
  thought: z.boolean().nullish(),
  thoughtSignature: z.string().nullish(),
  functionCall: z
    .object({
      id: z.string().nullish(),
      name: z.string(),
      args: z.record(z.string(), z.unknown()).nullish(),
    })
    .nullish(),
});

const Chance = z.object({ token: z.string().default(''), logProbability: z.number() });
const Logprobs = z.object({
  chosenCandidates: z.array(Chance).nullish(),
  topCandidates: z.array(z.object({ candidates: z.array(Chance).nullish() })).nullish(),
});

const Candidate = z.object({
  content: z.object({ parts: z.array(Part).nullish() }).nullish(),
  finishReason: z.string().nullish(),
  finishMessage: z.string().nullish(),
  logprobsResult: Logprobs.nullish(),
});

const Count = z.int().nonnegative().nullish();
const WireUsage = z.object({
  promptTokenCount: Count,
  toolUsePromptTokenCount: Count,
  candidatesTokenCount: Count,
  thoughtsTokenCount: Count,
  cachedContentTokenCount: Count,
});

/** What the hub reads of a reply of `generateContent`. */
export const GenerateReply = z.object({
  candidates: z.array(Candidate).nullish(),
  promptFeedback: z
    .object({ blockReason: z.string().nullish(), blockReasonMessage: z.string().nullish() })
    .nullish(),
  modelVersion: z.string().nullish(),
  usageMetadata: WireUsage.nullish(),
});
export type GenerateReply = z.output<typeof GenerateReply>;
type Candidate = z.output<typeof Candidate>;

const FINISH_REASONS: Record<string, ModelFinishReason> = {
  STOP: 'stop',
  FUNCTION_CALL: 'tool-calls',
  MAX_TOKENS: 'length',
  SAFETY: 'content-filter',
  RECITATION: 'content-filter',
  LANGUAGE: 'content-filter',
  BLOCKLIST: 'content-filter',
  PROHIBITED_CONTENT: 'content-filter',
  SPII: 'content-filter',
};

/** Thoughts are output that is paid for. */
export function usageOf(usage: z.output<typeof WireUsage> | null | undefined): ModelUsage | null {
  if (usage === null || usage === undefined) return null;
  return tokens({
    input: (usage.promptTokenCount ?? 0) + (usage.toolUsePromptTokenCount ?? 0),
    output: (usage.candidatesTokenCount ?? 0) + (usage.thoughtsTokenCount ?? 0),
    cached: usage.cachedContentTokenCount,
    reasoning: usage.thoughtsTokenCount,
  });
}

/** `asked`: the model of the request, and how many messages it had, which names calls without an id. */
export function generateAnswer(reply: GenerateReply, asked: { model: string; messages: number }): ModelReply {
  const [candidate] = reply.candidates ?? [];
  if (candidate === undefined) throw noCandidate(reply);
  const parts = candidate.content?.parts ?? [];
  const text = parts.map((part) => (part.thought === true ? '' : (part.text ?? ''))).join('');
  const toolCalls = parts.flatMap(({ functionCall, thoughtSignature }, index) =>
    functionCall === null || functionCall === undefined
      ? []
      : [
          {
            id: functionCall.id ?? `call-${asked.messages}-${index}`,
            name: functionCall.name,
            arguments: functionCall.args ?? {},
            ...(typeof thoughtSignature === 'string' && { signature: thoughtSignature }),
          },
        ],
  );
  const finishReason =
    toolCalls.length > 0 ? 'tool-calls' : (FINISH_REASONS[candidate.finishReason ?? ''] ?? 'other');
  if (text === '' && toolCalls.length === 0) refuseEmpty(candidate, finishReason);
  return {
    text,
    toolCalls,
    finishReason,
    model: reply.modelVersion ?? asked.model,
    usage: usageOf(reply.usageMetadata),
    tokens: tokensOf(candidate),
  };
}

function noCandidate({ promptFeedback }: GenerateReply): PermanentError {
  const reason = promptFeedback?.blockReason;
  if (typeof reason !== 'string')
    return new PermanentError('The model gave no answer.', { status: 502, reason: 'invalid-output' });
  const more = promptFeedback?.blockReasonMessage ?? 'change what is asked, or the safety settings';
  return blocked(`The provider blocked the prompt (${reason}): ${more}.`, promptFeedback);
}

/** An answer of which nothing was left, and why. */
function refuseEmpty({ finishReason, finishMessage }: Candidate, is: ModelFinishReason): void {
  if (is === 'stop' || is === 'length') return;
  const why = [finishReason ?? 'no reason told', finishMessage ?? ''].join(' ').trim();
  const message = `The model gave no answer: ${why}.`;
  if (is === 'content-filter') throw blocked(message, { finishReason });
  throw new PermanentError(message, { status: 502, reason: 'invalid-output' });
}

function blocked(message: string, reply: unknown): PermanentError {
  return new PermanentError(message, { status: 422, reason: 'rejected', reply });
}

function tokensOf({ logprobsResult }: Candidate): ModelToken[] {
  const chance = ({ token, logProbability: logprob }: z.output<typeof Chance>) => ({ token, logprob });
  return (logprobsResult?.chosenCandidates ?? []).map((chosen, index) => ({
    ...chance(chosen),
    alternatives: (logprobsResult?.topCandidates?.[index]?.candidates ?? []).map(chance),
  }));
}
