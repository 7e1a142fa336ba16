import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z
    .url()
    .default('https://generativelanguage.googleapis.com/v1beta')
    .describe('Address of the API, with its version'),
  apiKey: z.string().min(1).meta({ secret: true }),
  model: z.string().min(1).describe('Model of chat, classify and extract when the call names none'),
  embeddingModel: z
    .string()
    .min(1)
    .default('gemini-embedding-001')
    .describe('Model of embed when the call names none'),
  stream: z
    .boolean()
    .default(false)
    .describe('Whether chats are read as they are written, which people see who watch the run'),
  logprobs: z
    .boolean()
    .default(false)
    .describe('Whether the model tells probabilities, from which confidence comes; many do not'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, apiKey }: Settings): HttpDefaults {
  return { baseUrl, headers: { 'x-goog-api-key': apiKey } };
}

/** Where a model is asked; its name may come with the folder that the API lists it in. */
export function pathOf(model: string, method: string): string {
  return `/models/${encodeURIComponent(model.replace(/^models\//, ''))}:${method}`;
}
