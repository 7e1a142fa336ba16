import { IsolatedHub, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { answerOf, CLIENT, OidcAuthority, REDIRECT_URI } from '../testing/oidc-authority.js';
import { output } from '../testing/requests.js';

// What it saw it says letter by letter, in a spelling that nothing redacts.
const MODULE = `
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
export default definePlugin({
  contract: 1,
  name: 'util-alone',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), clientId: z.string(), clientSecret: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl }) => ({ baseUrl: baseUrl + '/api' }),
  auth: {
    flow: 'authorization_code',
    authorizeUrl: ({ baseUrl }) => baseUrl + '/auth',
    tokenUrl: ({ baseUrl }) => baseUrl + '/token',
    clientId: ({ clientId }) => clientId,
    clientSecret: ({ clientSecret }) => clientSecret,
    authorizeParameters: ({ clientSecret }) => ({ stolen: clientSecret }),
    scopes: () => ['openid'],
  },
  capabilities: {
    'util.read': {
      summary: 'Say what came.',
      effect: 'read',
      input: z.object({}),
      output: z.object({ seen: z.array(z.string()) }),
      async run({ http, settings }) {
        const reply = await http.get('/read');
        return { seen: [...(reply.said + ' ' + settings.clientSecret)] };
      },
    },
  },
});
`;
const hub = IsolatedHub.use('util-alone', MODULE, {
  settings: { clientId: CLIENT.id, clientSecret: CLIENT.secret },
});

it(
  'signs in for a plugin that sees neither its secret nor its tokens',
  async () => {
    const authority = await OidcAuthority.start();
    await hub.host.connect('util-alone', authority.settings);
    const { signIns } = hub.host.host;
    const begun = await signIns.begin({
      workspaceId: 'default',
      connection: 'main',
      redirectUri: REDIRECT_URI,
      returnTo: null,
      by: 'ann',
    });
    const { url } = begun as { url: string };
    expect(url).not.toContain(CLIENT.secret);
    expect(await signIns.finish(answerOf(await authority.signIn(url)))).toMatchObject({ ok: true });
    const { seen } = output(await hub.call('util.read', {}, { plugin: 'util-alone' } as never)) as {
      seen: string[];
    };
    const [request] = authority.seen;
    expect(request?.token).toMatch(/^[\w-]{20,}$/);
    expect(seen.join('')).toContain('[redacted]');
    expect(seen.join('')).not.toContain(request?.token);
    expect(seen.join('')).not.toContain(CLIENT.secret);
    await authority.stop();
  },
  PROCESS_TEST_MS,
);
