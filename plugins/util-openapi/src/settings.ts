import type { HttpDefaults, OAuth2 } from '@tutti/plugin-sdk';
import { z } from 'zod';

const secret = () => z.string().min(1).optional().meta({ secret: true });

export const Settings = z
  .object({
    baseUrl: z.url().describe('where the API is served, in the place of the servers of its document'),
    document: z
      .url()
      .optional()
      .describe('address of its OpenAPI document in JSON or YAML; absent: the text below'),
    text: z.string().optional().describe('the document itself, where it has no address'),
    operations: z
      .array(z.string())
      .default([])
      .describe('ids of the operations that are wanted, or "GET /path"; none: all'),
    tags: z.array(z.string()).default([]).describe('tags whose operations are wanted; none: all'),
    checkReplies: z.boolean().default(true).describe('whether a reply has to fit the schema of the document'),
    authentication: z.enum(['none', 'bearer', 'basic', 'api-key', 'oauth2']).default('none'),
    token: secret().describe('bearer: sent as it is'),
    user: z.string().optional().describe('basic'),
    password: secret().describe('basic'),
    apiKey: secret(),
    apiKeyName: z.string().default('X-API-Key').describe('name of the header, query parameter or cookie'),
    apiKeyIn: z.enum(['header', 'query', 'cookie']).default('header'),
    tokenUrl: z.url().optional().describe('oauth2: where tokens are fetched (client credentials)'),
    clientId: z.string().optional().describe('oauth2'),
    clientSecret: secret().describe('oauth2'),
    scopes: z.array(z.string()).default([]).describe('oauth2'),
  })
  .refine(({ document, text }) => (document === undefined) !== (text === undefined), {
    error: 'either document or text is needed',
    path: ['document'],
  });
export type Settings = z.infer<typeof Settings>;

/** Where requests go, and what is added to each of them. */
export function httpDefaults(settings: Settings): HttpDefaults {
  const { baseUrl } = settings;
  switch (settings.authentication) {
    case 'bearer':
      return { baseUrl, headers: { authorization: `Bearer ${given(settings, 'token')}` } };
    case 'basic':
      return { baseUrl, basicAuth: { user: given(settings, 'user'), password: given(settings, 'password') } };
    case 'api-key':
      return { baseUrl, ...apiKeyOf(settings) };
    case 'oauth2':
    case 'none':
      return { baseUrl };
  }
}

function apiKeyOf(settings: Settings): Pick<HttpDefaults, 'headers' | 'query'> {
  const { apiKeyName, apiKeyIn } = settings;
  const key = given(settings, 'apiKey');
  if (apiKeyIn === 'query') return { query: { [apiKeyName]: key } };
  return { headers: apiKeyIn === 'header' ? { [apiKeyName]: key } : { cookie: `${apiKeyName}=${key}` } };
}

type Text = 'token' | 'user' | 'password' | 'apiKey' | 'tokenUrl' | 'clientId' | 'clientSecret';

function given(settings: Settings, name: Text): string {
  const value = settings[name];
  if (value !== undefined) return value;
  throw new Error(`The authentication "${settings.authentication}" needs the setting "${name}".`);
}

/** The hosts of the API, of its document and of its tokens. */
export function hostsOf({ baseUrl, document, tokenUrl }: Settings): string[] {
  const addresses = [baseUrl, document, tokenUrl].filter((address) => address !== undefined);
  return [...new Set(addresses.map((address) => new URL(address).host))];
}

export const signIn: OAuth2<Settings> = {
  flow: 'client_credentials',
  when: ({ authentication }) => authentication === 'oauth2',
  tokenUrl: (settings) => given(settings, 'tokenUrl'),
  clientId: (settings) => given(settings, 'clientId'),
  clientSecret: (settings) => given(settings, 'clientSecret'),
  scopes: ({ scopes }) => scopes,
};
