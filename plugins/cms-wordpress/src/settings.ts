import type { HttpDefaults } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given: a site, and a user with an application password. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of the site: https://blog.example.com'),
  user: z.string().min(1).describe('An editor; authors may change their own posts only'),
  applicationPassword: z
    .string()
    .min(1)
    .meta({ secret: true })
    .describe('Made for the hub: Users, Profile, Application Passwords'),
  apiPath: z
    .string()
    .regex(/^\/[\w./-]*$/, 'must begin with /')
    .default('/wp-json')
    .describe('Where the site has its REST interface'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, apiPath, user, applicationPassword }: Settings): HttpDefaults {
  const site = baseUrl.replace(/\/+$/, '');
  return {
    baseUrl: `${site}${apiPath.replace(/\/+$/, '')}/wp/v2`,
    basicAuth: { user, password: applicationPassword },
  };
}
