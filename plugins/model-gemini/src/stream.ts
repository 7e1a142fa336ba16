import type { HttpPort } from '@tutti/plugin-sdk';
import { brokenAnswer, cutAnswer, streamedJson } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { GenerateReply } from './reply.js';
import { pathOf } from './settings.js';

/** A part of a streamed answer is a small answer. */
const Chunk = GenerateReply.extend({
  error: z.object({ message: z.string().default('no reason told') }).nullish(),
});
type Part = NonNullable<
  NonNullable<NonNullable<GenerateReply['candidates']>[number]['content']>['parts']
>[number];

/** An answer that is read as it is written, in the shape of one that came at once. */
export async function streamedAnswer(
  http: HttpPort,
  { model, body }: { model: string; body: object },
  partial: (text: string) => void,
): Promise<GenerateReply> {
  const parts: Part[] = [];
  let whole: GenerateReply = {};
  const path = pathOf(model, 'streamGenerateContent');
  for await (const chunk of streamedJson(http, path, { body, query: { alt: 'sse' }, item: Chunk })) {
    const { error, ...told } = chunk;
    if (error) throw brokenAnswer(error.message, error);
    const [candidate] = told.candidates ?? [];
    whole = { ...whole, ...told, candidates: told.candidates ?? whole.candidates };
    for (const part of candidate?.content?.parts ?? []) {
      parts.push(part);
      if (part.thought !== true) partial(part.text ?? '');
    }
  }
  const [last] = whole.candidates ?? [];
  if (last === undefined && whole.promptFeedback) return whole;
  if (typeof last?.finishReason !== 'string') throw cutAnswer();
  return { ...whole, candidates: [{ ...last, content: { parts } }] };
}
