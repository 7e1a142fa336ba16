import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

const HOURS_MAX = 720;

export const Settings = z.object({
  baseUrl: z.url().describe('where the automation is started; a job is added to its path'),
  answers: z
    .enum(['callback', 'status', 'reply'])
    .default('callback')
    .describe('callback: it calls an address of the hub; status: the hub asks an address; reply: at once'),
  waitHours: z.number().positive().max(HOURS_MAX).default(24).describe('how long an answer may take'),
  signingSecret: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('requests are signed with it as Standard Webhooks are; whsec_ and base64, or any text'),
  token: z.string().min(1).optional().meta({ secret: true }).describe('sent as a bearer token'),
  apiKey: z.string().min(1).optional().meta({ secret: true }).describe('sent in the header named below'),
  apiKeyHeader: z
    .string()
    .regex(/^[\w-]+$/)
    .default('x-api-key'),
  resultSchema: z
    .string()
    .refine(isJsonObject, { error: 'no JSON object' })
    .optional()
    .describe('JSON Schema that a result has to match, as text'),
  dropsRepeats: z
    .boolean()
    .default(false)
    .describe('the automation does nothing again for an idempotency key that it knows'),
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

function isJsonObject(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value);
  } catch {
    return false;
  }
}
