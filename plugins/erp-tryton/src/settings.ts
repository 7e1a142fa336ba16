import { z } from 'zod';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of the Tryton server: https://erp.example.com'),
  database: z
    .string()
    .regex(/^[\w-]+$/, 'the name of a database')
    .describe('Name of the database'),
  user: z
    .string()
    .min(1)
    .describe('Login of a user of its own, with the rights for purchases and accounting'),
  password: z.string().min(1).meta({ secret: true }),
  company: z.int().positive().default(1).describe('Id of the company in whose books the hub works'),
  warehouse: z.string().min(1).optional().describe('Code or name of the warehouse; absent: the first one'),
  paymentJournal: z
    .string()
    .min(1)
    .optional()
    .describe('Name of the payment journal; absent: the first one in the currency of the invoice'),
  missingProducts: z
    .enum(['refuse', 'create'])
    .default('refuse')
    .describe('What to do with an article of a purchase order that Tryton has no product for'),
  vatIdentifier: z
    .enum(['eu_vat', 'unchecked'])
    .default('eu_vat')
    .describe('As which kind of identifier a VAT id is stored: Tryton checks the digits of eu_vat'),
});
export type Settings = z.output<typeof Settings>;
