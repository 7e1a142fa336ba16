import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

export const Settings = z.object({
  url: z.url().optional().describe('address of the MCP server, such as https://mcp.example.com/mcp'),
  command: z
    .string()
    .min(1)
    .optional()
    .describe('instead of an address: the program that is the server, such as npx'),
  arguments: z.array(z.string()).default([]).describe('what the program is given'),
  tokenVariable: z
    .string()
    .regex(/^[A-Za-z_][A-Za-z0-9_]*$/)
    .default('MCP_TOKEN')
    .describe('the environment variable in which the program gets the token'),
  token: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('sent as a bearer token, or given to the program'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('sent in the header that is named below'),
  apiKeyHeader: z
    .string()
    .regex(/^[\w-]+$/)
    .default('x-api-key'),
  revision: z
    .enum(['auto', '2026-07-28', '2025-11-25', '2025-06-18', '2025-03-26'])
    .default('auto')
    .describe('of the protocol; auto: the newest, and an older one when the server does not know it'),
  toolsHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/, 'is what mcp.tool.list tells as hash')
    .optional()
    .describe('of the tools that were approved: when the server has others, nothing is called'),
});
export type Settings = z.infer<typeof Settings>;

export function httpDefaults({ url, token, apiKey, apiKeyHeader }: Settings): HttpDefaults {
  return {
    // A program is not reached over the network, and no host is declared for it.
    baseUrl: url ?? 'http://program.invalid',
    headers: {
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
      ...(apiKey !== undefined && { [apiKeyHeader]: apiKey }),
    },
  };
}
