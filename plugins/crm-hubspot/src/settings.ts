import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().default('https://api.hubapi.com').describe('Address of the API'),
  accessToken: z.string().min(1).describe('Token of a private app').meta({ secret: true }),
  clientSecret: z
    .string()
    .min(1)
    .optional()
    .describe('Client secret of the app, for its webhooks')
    .meta({ secret: true }),
  tagsProperty: z
    .string()
    .regex(/^[a-z][a-z0-9_]*$/)
    .optional()
    .describe('Contact property (multiple checkboxes) that holds the tags; without it contacts have none'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, accessToken }: Settings): HttpDefaults {
  return { baseUrl, headers: { authorization: `Bearer ${accessToken}` } };
}
