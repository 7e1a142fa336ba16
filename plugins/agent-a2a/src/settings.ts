import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

export const Settings = z.object({
  baseUrl: z.url().describe('address of the agent, such as https://agents.example.com'),
  cardPath: z
    .string()
    .regex(/^\//, 'begins with "/"')
    .default('/.well-known/agent-card.json')
    .describe('where its agent card is'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('sent as a bearer token'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('sent in the header that is named below'),
  namesConversations: z
    .boolean()
    .default(true)
    .describe(
      'new conversations get an id of the hub, by which a lost answer is found; off: the agent refuses that',
    ),
  apiKeyHeader: z
    .string()
    .regex(/^[\w-]+$/)
    .default('x-api-key'),
});
export type Settings = z.infer<typeof Settings>;

export function httpDefaults({ baseUrl, token, apiKey, apiKeyHeader }: Settings): HttpDefaults {
  return {
    baseUrl,
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(apiKey !== undefined && { [apiKeyHeader]: apiKey }),
    },
  };
}
