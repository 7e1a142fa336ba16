import { explaining, type HttpDefaults, type HttpPort, type OAuth2 } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { explained } from './refusals.js';

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().describe('Address of the environment, such as https://acme.crm4.dynamics.com'),
  tenantId: z
    .string()
    .regex(/^[A-Za-z0-9.-]+$/)
    .describe('Directory (tenant) in Microsoft Entra'),
  clientId: z.string().min(1).describe('Application (client) id'),
  clientSecret: z.string().min(1).meta({ secret: true }),
  authorityUrl: z.url().default('https://login.microsoftonline.com').describe('Where tokens come from'),
});
export type Settings = z.output<typeof Settings>;

const ANNOTATIONS = 'OData.Community.Display.V1.FormattedValue';

export function httpDefaults({ baseUrl }: Settings): HttpDefaults {
  return {
    baseUrl: new URL('/api/data/v9.2', baseUrl).href,
    headers: {
      'odata-maxversion': '4.0',
      'odata-version': '4.0',
      prefer: `return=representation,odata.include-annotations="${ANNOTATIONS}"`,
    },
  };
}

/** The hub signs in as the application, for the environment that is called. */
export const auth: OAuth2<Settings> = {
  flow: 'client_credentials',
  tokenUrl: ({ authorityUrl, tenantId }) => new URL(`/${tenantId}/oauth2/v2.0/token`, authorityUrl).href,
  clientId: ({ clientId }) => clientId,
  clientSecret: ({ clientSecret }) => clientSecret,
  clientAuthentication: 'client_secret_post',
  scopes: ({ baseUrl }) => [`${new URL(baseUrl).origin}/.default`],
};

/** The port that tells failures in the words of Dynamics. */
export function dynamics({ http }: { http: HttpPort }): HttpPort {
  return explaining(http, explained);
}
