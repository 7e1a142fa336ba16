import { z } from 'zod';
import { ArtifactRef } from './artifact.js';

/** Canonical contracts of model providers: a workflow that calls `model.chat` runs on any of them. */

const JsonSchema = z
  .record(z.string(), z.unknown())
  .describe('a JSON Schema 2020-12 whose root is an object');

/** A part of a message: text, an image that the model looks at, or a document (PDF) that it reads. */
export const ModelContentPart = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text'), text: z.string() }),
  z.object({ type: z.literal('image'), image: ArtifactRef }),
  z.object({ type: z.literal('document'), document: ArtifactRef }),
]);
export type ModelContentPart = z.infer<typeof ModelContentPart>;

/** A call of a tool that the model asks for. */
export const ModelToolCall = z
  .object({
    id: z.string().describe('names the call in the message with its result'),
    name: z.string(),
    arguments: z.unknown().describe('JSON as the model wrote it; text when it is no JSON'),
    signature: z
      .string()
      .optional()
      .describe(
        "the provider's own proof of its thoughts: goes back with the call, other providers pass it over",
      ),
  })
  .meta({ id: 'ModelToolCall' });
export type ModelToolCall = z.infer<typeof ModelToolCall>;

/** A message of a conversation, oldest first. */
export const ModelMessage = z
  .discriminatedUnion('role', [
    z.object({ role: z.literal('system'), content: z.string() }),
    z.object({ role: z.literal('user'), content: z.union([z.string(), z.array(ModelContentPart).min(1)]) }),
    z.object({
      role: z.literal('assistant'),
      content: z.string().default(''),
      toolCalls: z.array(ModelToolCall).optional(),
    }),
    z.object({ role: z.literal('tool'), toolCallId: z.string(), content: z.string() }),
  ])
  .meta({ id: 'ModelMessage' });
export type ModelMessage = z.infer<typeof ModelMessage>;

/** A tool that the model may ask for; whoever calls performs it and gives back the result. */
export const ModelTool = z.object({
  name: z.string().regex(/^[\w-]{1,64}$/, 'letters, digits, "_" and "-", at most 64'),
  description: z.string().optional(),
  parameters: JsonSchema,
});
export type ModelTool = z.infer<typeof ModelTool>;

/** How a model is to answer: what is absent, the provider decides. */
const Sampling = {
  model: z.string().min(1).optional().describe('absent: the model of the connection'),
  temperature: z.number().min(0).max(2).optional(),
  outputTokensMax: z.int().positive().optional(),
};

/** Input of `model.chat`. */
export const ModelChatInput = z
  .object({
    ...Sampling,
    messages: z.array(ModelMessage).min(1),
    tools: z.array(ModelTool).optional(),
    toolChoice: z
      .union([z.enum(['auto', 'none', 'required']), z.object({ name: z.string() })])
      .optional()
      .describe('whether a tool must be asked for, or which one'),
    output: z
      .object({
        schema: JsonSchema,
        name: z
          .string()
          .regex(/^[\w-]{1,64}$/)
          .default('answer'),
      })
      .optional()
      .describe('the answer is JSON of this schema'),
    stop: z.array(z.string()).max(4).optional(),
    seed: z.int().optional(),
  })
  .meta({ id: 'ModelChatInput' });
export type ModelChatInput = z.infer<typeof ModelChatInput>;

/** Tokens as the provider reported them; cached ones are among `inputTokens`. */
export const ModelUsage = z
  .object({
    inputTokens: z.int().nonnegative(),
    cachedInputTokens: z.int().nonnegative().optional(),
    outputTokens: z.int().nonnegative(),
    reasoningTokens: z.int().nonnegative().optional().describe('among the output tokens'),
  })
  .meta({ id: 'ModelUsage' });
export type ModelUsage = z.infer<typeof ModelUsage>;

/** Why the model stopped. `length`: at its limit of tokens, so the text is cut. */
export const ModelFinishReason = z.enum(['stop', 'length', 'tool-calls', 'content-filter', 'other']);
export type ModelFinishReason = z.infer<typeof ModelFinishReason>;

/** Output of `model.chat`. */
export const ModelChatOutput = z
  .object({
    text: z.string(),
    /** The answer as JSON when `output` asked for it, else null. */
    object: z.unknown(),
    toolCalls: z.array(ModelToolCall),
    finishReason: ModelFinishReason,
    /** The model that answered, as the provider names it. */
    model: z.string(),
    /** Null: the provider did not tell. */
    usage: ModelUsage.nullable(),
  })
  .meta({ id: 'ModelChatOutput' });
export type ModelChatOutput = z.infer<typeof ModelChatOutput>;

/** Input of `model.embed`. */
export const ModelEmbedInput = z
  .object({
    model: Sampling.model,
    texts: z.array(z.string().min(1)).min(1).max(2_048),
    dimensions: z.int().positive().optional(),
  })
  .meta({ id: 'ModelEmbedInput' });
export type ModelEmbedInput = z.infer<typeof ModelEmbedInput>;

/** Output of `model.embed`: a vector for each text, in their order. */
export const ModelEmbedOutput = z
  .object({
    embeddings: z.array(z.array(z.number())),
    model: z.string(),
    usage: ModelUsage.nullable(),
  })
  .meta({ id: 'ModelEmbedOutput' });
export type ModelEmbedOutput = z.infer<typeof ModelEmbedOutput>;

/** Input of `model.classify`: which of the classes a text belongs to. */
export const ModelClassifyInput = z
  .object({
    model: Sampling.model,
    text: z.string().min(1),
    classes: z
      .array(
        z.object({
          name: z.string().min(1),
          description: z.string().optional(),
          examples: z.array(z.string()).max(50).optional(),
        }),
      )
      .min(2)
      .max(100),
    instructions: z.string().optional(),
  })
  .meta({ id: 'ModelClassifyInput' });
export type ModelClassifyInput = z.infer<typeof ModelClassifyInput>;

/** Output of `model.classify`. */
export const ModelClassifyOutput = z
  .object({
    class: z.string().describe('the likeliest'),
    /** How sure, 0 to 1; absent when the model cannot tell. */
    confidence: z.number().min(0).max(1).optional(),
    scores: z
      .array(z.object({ class: z.string(), score: z.number().min(0).max(1) }))
      .describe('the classes that the model weighed, likeliest first'),
    model: z.string(),
    usage: ModelUsage.nullable(),
  })
  .meta({ id: 'ModelClassifyOutput' });
export type ModelClassifyOutput = z.infer<typeof ModelClassifyOutput>;

/** Input of `model.extract`: reads a text or pictures into JSON of a schema. */
export const ModelExtractInput = z
  .object({
    model: Sampling.model,
    content: z.union([z.string().min(1), z.array(ModelContentPart).min(1)]),
    schema: JsonSchema,
    instructions: z.string().optional(),
  })
  .meta({ id: 'ModelExtractInput' });
export type ModelExtractInput = z.infer<typeof ModelExtractInput>;

/** Output of `model.extract`. */
export const ModelExtractOutput = z
  .object({
    value: z.unknown(),
    /** How sure over the whole value, 0 to 1; absent when the model cannot tell. */
    confidence: z.number().min(0).max(1).optional(),
    model: z.string(),
    usage: ModelUsage.nullable(),
  })
  .meta({ id: 'ModelExtractOutput' });
export type ModelExtractOutput = z.infer<typeof ModelExtractOutput>;
