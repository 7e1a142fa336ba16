import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

export const Settings = z.object({
  baseUrl: z.url().describe('address of the LangGraph server, such as https://graphs.example.com'),
  assistant: z.string().min(1).describe('name of the graph, or id of the assistant'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('sent in x-api-key, as LangGraph Platform wants it'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('sent as a bearer token'),
  messagesKey: z
    .string()
    .default('messages')
    .describe('key of the state that holds the messages; empty: the graph has none, and takes data alone'),
  whenBusy: z
    .enum(['reject', 'enqueue', 'interrupt', 'rollback'])
    .default('enqueue')
    .describe('what becomes of a task in a conversation in which another one is under way'),
  recursionLimit: z.int().min(1).max(10_000).optional().describe('steps that a graph may take; 25 by itself'),
});
export type Settings = z.infer<typeof Settings>;

export function httpDefaults({ baseUrl, apiKey, token }: Settings): HttpDefaults {
  return {
    baseUrl,
    headers: {
      ...(apiKey !== undefined && { 'x-api-key': apiKey }),
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  };
}
