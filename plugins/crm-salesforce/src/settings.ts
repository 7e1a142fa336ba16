import { explaining, type HttpDefaults, type HttpPort, type OAuth2 } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { explained } from './refusals.js';

const FieldName = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,79}$/);

/** What a connection is given. */
export const Settings = z.object({
  baseUrl: z.url().describe('My Domain of the org, such as https://acme.my.salesforce.com'),
  clientId: z.string().min(1).describe('Consumer key of an app with the client credentials flow'),
  clientSecret: z.string().min(1).meta({ secret: true }),
  apiVersion: z
    .string()
    .regex(/^\d{2,3}\.0$/)
    .default('62.0'),
  emailKeyField: FieldName.optional().describe(
    'Text field of contacts, external id and unique, that keeps the email: no two calls can create two',
  ),
  tagsField: FieldName.optional().describe(
    'Multi-select picklist of contacts that holds the tags; without it contacts have none',
  ),
  completedStatus: z.string().min(1).default('Completed').describe('Status of a task that is done'),
});
export type Settings = z.output<typeof Settings>;

export function httpDefaults({ baseUrl }: Settings): HttpDefaults {
  return { baseUrl };
}

/** The hub signs in as the app; an ended session (`INVALID_SESSION_ID`) is answered 401 and renewed. */
export const auth: OAuth2<Settings> = {
  flow: 'client_credentials',
  tokenUrl: ({ baseUrl }) => new URL('/services/oauth2/token', baseUrl).href,
  clientId: ({ clientId }) => clientId,
  clientSecret: ({ clientSecret }) => clientSecret,
  clientAuthentication: 'client_secret_post',
};

/** The port that tells failures in Salesforce's words. */
export function salesforce({ http }: { http: HttpPort }): HttpPort {
  return explaining(http, explained);
}

/** Where the REST API of the version is. */
export function dataPath({ apiVersion }: Settings, ...path: string[]): string {
  return ['/services/data', `v${apiVersion}`, ...path.map(encodeURIComponent)].join('/');
}
