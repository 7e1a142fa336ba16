import type { HttpDefaults, OAuth2 } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** What a connection is given: a user's API token, or an OAuth client. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of the account: https://acme.zendesk.com'),
  email: z.email().optional().describe('Of the user to whom the API token belongs'),
  apiToken: z.string().min(1).optional().meta({ secret: true }),
  clientId: z.string().min(1).optional().describe('Identifier of an OAuth client, in the place of a token'),
  clientSecret: z.string().min(1).optional().meta({ secret: true }),
  webhookSecret: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('Signing secret of the webhook, for the trigger desk.ticket.event'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl, email, apiToken, clientId }: Settings): HttpDefaults {
  const url = new URL('/api/v2', baseUrl).href;
  if (clientId !== undefined) return { baseUrl: url };
  if (email === undefined || apiToken === undefined)
    throw new Error('Zendesk needs email and apiToken, or clientId and clientSecret.');
  return { baseUrl: url, basicAuth: { user: `${email}/token`, password: apiToken } };
}

/** Connections with an OAuth client sign in by client credentials. */
export const auth: OAuth2<Settings> = {
  flow: 'client_credentials',
  when: ({ clientId }) => clientId !== undefined,
  tokenUrl: ({ baseUrl }) => new URL('/oauth/tokens', baseUrl).href,
  clientId: ({ clientId }) => clientId ?? '',
  clientSecret: ({ clientSecret }) => clientSecret,
  clientAuthentication: 'client_secret_post',
  scopes: () => ['read', 'write'],
};
