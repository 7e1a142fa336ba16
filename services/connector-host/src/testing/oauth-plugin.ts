import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Said = z.object({ said: z.string() });
const words = { input: z.object({}), output: Said } as const;

/** A connector whose connections sign in at an `OidcAuthority`. */
export const oauthPlugin = definePlugin({
  contract: 1,
  name: 'util-oauth',
  kind: 'util',
  settings: z.object({
    baseUrl: z.url(),
    clientId: z.string(),
    clientSecret: z.string().meta({ secret: true }),
    tokenUrl: z.string().optional(),
  }),
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl }) => ({ baseUrl: `${baseUrl}/api` }),
  auth: {
    flow: 'authorization_code',
    authorizeUrl: ({ baseUrl }) => `${baseUrl}/auth`,
    tokenUrl: ({ baseUrl, tokenUrl }) => tokenUrl ?? `${baseUrl}/token`,
    issuer: ({ baseUrl }) => baseUrl,
    clientId: ({ clientId }) => clientId,
    clientSecret: ({ clientSecret }) => clientSecret,
    scopes: () => ['openid', 'offline_access'],
    authorizeParameters: () => ({ prompt: 'consent', state: 'not-ours' }),
  },
  async health({ http }) {
    await http.get('/health');
    return 'signed in';
  },
  capabilities: {
    'util.read': {
      ...words,
      summary: 'Read, and say what came.',
      effect: 'read',
      run: async ({ http, log }) => {
        const reply = await http.get('/read', { reply: Said });
        log.info(`came: ${reply.said}`);
        return reply;
      },
    },
    'util.put': {
      ...words,
      summary: 'Write what may be written twice.',
      effect: 'idempotent-write',
      run: ({ http }) => http.put('/put', { body: {}, reply: Said }),
    },
    'util.write': {
      ...words,
      summary: 'Write what must not be written twice.',
      effect: 'write',
      run: ({ http }) => http.post('/write', { body: {}, reply: Said }),
    },
  },
});

/** The same, but the hub signs in by itself. */
export const machinePlugin = {
  ...oauthPlugin,
  name: 'util-machine',
  auth: { ...oauthPlugin.auth, flow: 'client_credentials', scopes: () => [] },
} as typeof oauthPlugin;
