import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of the site: https://erp.example.com'),
  apiKey: z.string().min(1).describe('API key of a user of its own'),
  apiSecret: z.string().min(1).meta({ secret: true }),
  api: z.enum(['v1', 'v2']).default('v1').describe('v2 needs Frappe 15 or later'),
  company: z.string().min(1).describe('Name of the company in whose books the hub works'),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/)
    .default('EUR')
    .describe('Of suppliers that have none of their own'),
  taxAccount: z.string().min(1).optional().describe('Account of the input tax, such as `VAT - A`'),
  expenseAccount: z.string().min(1).optional().describe('Account of invoice lines without an item'),
  warehouse: z.string().min(1).optional().describe('Where goods go; absent: the default of the item'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, apiKey, apiSecret }: Settings): HttpDefaults {
  return { baseUrl, headers: { authorization: `token ${apiKey}:${apiSecret}`, accept: 'application/json' } };
}
