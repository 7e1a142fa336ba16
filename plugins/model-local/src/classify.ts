import type { ModelClassifyInput, ModelClassifyOutput } from '@tutti/contracts';
import { type Encoder, MODEL } from './encoder.js';

/**
 * How sharply nearness becomes probability. Cosines of texts of this model lie close together; 20 makes 0.1
 * more of cosine about seven times as likely. It is no calibration: try the floor of a policy on own texts.
 */
const SHARPNESS = 20;

type Class = ModelClassifyInput['classes'][number];

/** The class whose examples lie nearest, and how much nearer than the others. */
export async function classifyText(
  encoder: Encoder,
  { text, classes }: ModelClassifyInput,
  signal: AbortSignal,
): Promise<ModelClassifyOutput> {
  const shown = classes.map(textsOf);
  const [vector = [], ...vectors] = await encoder.encode([text, ...shown.flat()], signal);
  let at = 0;
  const nearness = shown.map((texts) => {
    const centre = centreOf(vectors.slice(at, (at += texts.length)));
    return dot(vector, centre) / (Math.hypot(...centre) || 1);
  });
  const scores = shares(nearness)
    .map((score, i) => ({ class: classes[i]?.name ?? '', score }))
    .toSorted((one, other) => other.score - one.score);
  const [best] = scores;
  return { class: best?.class ?? '', confidence: best?.score ?? 0, scores, model: MODEL, usage: null };
}

/** What a class is known by: its examples, else what is said of it. */
function textsOf({ name, description, examples = [] }: Class): string[] {
  const given = examples.filter((example) => example.trim() !== '');
  return given.length > 0 ? given : [description === undefined ? name : `${name}: ${description}`];
}

function centreOf(vectors: readonly (readonly number[])[]): number[] {
  const [first = []] = vectors;
  return first.map((_, i) => vectors.reduce((sum, vector) => sum + (vector[i] ?? 0), 0) / vectors.length);
}

function dot(one: readonly number[], other: readonly number[]): number {
  return one.reduce((sum, value, i) => sum + value * (other[i] ?? 0), 0);
}

/** As shares of 1 (softmax). */
function shares(nearness: readonly number[]): number[] {
  const most = Math.max(...nearness);
  const weights = nearness.map((value) => Math.exp(SHARPNESS * (value - most)));
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => weight / all);
}
