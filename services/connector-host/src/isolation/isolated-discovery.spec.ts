import { DiscoveryStore } from '@tutti/store';
import { json } from '../testing/http-stub.js';
import { IsolatedHub, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { failed, output } from '../testing/requests.js';

const SECRET = 'canary-discovered';
const MODULE = `
import { changedCapability, definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
export default definePlugin({
  contract: 1,
  name: 'util-finder',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), token: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: 'Bearer ' + token } }),
  capabilities: {},
  discovery: {
    find: async ({ http }) =>
      (await http.get('/operations')).map((name) => ({
        name, effect: 'write', detail: { path: '/' + name }, input: { type: 'object', required: ['a'] },
      })),
    async run({ http, input, idempotencyKey, capability }) {
      if (capability.name === 'moved') throw changedCapability('It has moved.');
      return http.post(capability.detail.path, { body: input, headers: { 'idempotency-key': idempotencyKey } });
    },
  },
});
`;
const hub = IsolatedHub.use('util-finder', MODULE, { settings: { token: SECRET } });
const MAIN = { workspaceId: 'default', connection: 'main' };
const call = (name: string, input: unknown) =>
  hub.call(`tools.main.${name}`, input, { idempotencyKey: 'key-1', effect: 'write' });

it(
  'finds and runs what its connection can do, in a process of its own',
  async () => {
    hub.stub.behaviour = (request, response) =>
      json(response, 200, request.url === '/operations' ? ['send', 'moved'] : { sent: true });
    expect(await hub.host.host.discoverer.look(MAIN)).toEqual({ ok: true, detail: '2 capabilities' });
    await hub.host.database.transaction(async (manager) => {
      const stored = await DiscoveryStore.read(manager, MAIN, 'lock');
      await DiscoveryStore.approve(manager, stored!, { by: 'ada' });
    });
    hub.host.host.directory.notify();
    expect(output(await call('send', { a: 1 }))).toEqual({ sent: true });
    const sent = hub.stub.seen.at(-1);
    expect(sent).toMatchObject({ url: '/send', headers: { authorization: `Bearer ${SECRET}` } });
    expect(failed(await call('send', {})).error.status).toBe(400);
    expect(failed(await call('moved', { a: 1 })).error.status).toBe(409);
  },
  PROCESS_TEST_MS,
);
