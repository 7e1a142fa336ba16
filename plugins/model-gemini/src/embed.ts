import type { ModelEmbedInput, ModelEmbedOutput } from '@tutti/contracts';
import type { ModelCallContext } from '@tutti/plugin-sdk/model';
import { z } from 'zod';
import { explained } from './refusals.js';
import { pathOf, type Settings } from './settings.js';

/** Texts that one request takes. */
const TEXTS_MAX = 100;

const Vector = z.object({ values: z.array(z.number()) });
const OneReply = z.object({ embedding: Vector });
const ManyReply = z.object({ embeddings: z.array(Vector) });

/** The API tells no tokens of embeddings. */
export async function embed(
  { model: asked, texts, dimensions }: ModelEmbedInput,
  { settings, http }: ModelCallContext<Settings>,
): Promise<ModelEmbedOutput> {
  const model = asked ?? settings.embeddingModel;
  const requestOf = (text: string) => ({
    model: `models/${model.replace(/^models\//, '')}`,
    content: { parts: [{ text }] },
    ...(dimensions !== undefined && { outputDimensionality: dimensions }),
  });
  try {
    const [only] = texts;
    if (texts.length === 1 && only !== undefined) {
      const body = requestOf(only);
      const { embedding } = await http.post(pathOf(model, 'embedContent'), { body, reply: OneReply });
      return { embeddings: [embedding.values], model, usage: null };
    }
    const embeddings: number[][] = [];
    for (let from = 0; from < texts.length; from += TEXTS_MAX) {
      const body = { requests: texts.slice(from, from + TEXTS_MAX).map(requestOf) };
      const reply = await http.post(pathOf(model, 'batchEmbedContents'), { body, reply: ManyReply });
      embeddings.push(...reply.embeddings.map(({ values }) => values));
    }
    return { embeddings, model, usage: null };
  } catch (error) {
    throw explained(error);
  }
}
