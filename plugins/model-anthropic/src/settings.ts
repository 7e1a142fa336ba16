import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** The version of the API that the plugin was written for. */
const API_VERSION = '2023-06-01';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z
    .url()
    .default('https://api.anthropic.com')
    .describe('Address of the API, without its version; another one for a gateway'),
  apiKey: z.string().min(1).meta({ secret: true }),
  model: z.string().min(1).describe('Model of all calls that name none'),
  outputTokensMax: z
    .int()
    .positive()
    .default(8_192)
    .describe('Limit of tokens when the call names none: the API wants one with every request'),
  structuredOutput: z
    .enum(['format', 'tool'])
    .default('format')
    .describe('How JSON of a schema is asked for: by the format of the output; by a tool with older models'),
  stream: z
    .boolean()
    .default(false)
    .describe('Whether chats are read as they are written, which people see who watch the run'),
  beta: z.array(z.string().min(1)).optional().describe('Names of beta features, sent as anthropic-beta'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, apiKey, beta }: Settings): HttpDefaults {
  return {
    baseUrl,
    headers: {
      'x-api-key': apiKey,
      'anthropic-version': API_VERSION,
      ...(beta !== undefined && { 'anthropic-beta': beta.join(',') }),
    },
  };
}
