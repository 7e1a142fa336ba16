import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of Odoo: https://erp.example.com'),
  database: z.string().min(1).describe('Name of the database'),
  protocol: z
    .enum(['json-2', 'json-rpc'])
    .default('json-rpc')
    .describe('json-2 for Odoo 19 and later, json-rpc for 17 and 18'),
  user: z.string().min(1).optional().describe('Login of a user of its own; json-rpc needs it'),
  apiKey: z.string().min(1).meta({ secret: true }).describe('API key (or password) of the user'),
  company: z.int().positive().default(1).describe('Id of the company in whose books the hub works'),
  paymentJournal: z
    .int()
    .positive()
    .optional()
    .describe('Id of the journal that is paid from; absent: Odoo’s'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, protocol, apiKey, database }: Settings): HttpDefaults {
  if (protocol === 'json-rpc') return { baseUrl };
  return { baseUrl, headers: { authorization: `Bearer ${apiKey}`, 'x-odoo-database': database } };
}
