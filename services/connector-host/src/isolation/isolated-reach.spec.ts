import { failed, output } from '../testing/requests.js';
import { json } from '../testing/http-stub.js';
import { IsolatedHub } from '../testing/isolated-hub.js';

/** Its hosts are the setting's; what else it says of them stands in the place of HOSTS. */
const module = (name: string, hosts: string) => `
import { z } from 'zod';
let asked = 0;
export default {
  contract: 1,
  name: '${name}',
  kind: 'util',
  settings: z.object({ baseUrl: z.url().default('http://unset.test') }),
  ${hosts},
  http: ({ baseUrl }) => ({ baseUrl }),
  capabilities: {
    'util.get': {
      summary: 'Get.',
      effect: 'read',
      input: z.object({ path: z.string() }),
      output: z.object({ reply: z.unknown() }),
      run: async ({ input, http }) => ({ reply: await http.get(input.path) }),
    },
  },
};`;

describe('a plugin that declares no hosts', () => {
  const hub = IsolatedHub.use(
    'util-silent',
    module('util-silent', 'hosts: ({ baseUrl }) => [new URL(baseUrl).host]'),
  );
  const rows = () => hub.host.database.query('SELECT plugin, confirmed, asked FROM connection_hosts');
  const get = () => hub.call('util.get', { path: '/' });

  beforeEach(() => {
    hub.stub.behaviour = (_request, response) => json(response, 200, { ok: true });
  });

  it('calls nobody before a person has confirmed them, and again when they are others', async () => {
    const host = new URL(hub.stub.origin).host;
    expect(failed(await get())).toMatchObject({
      fate: 'permanent',
      error: { status: 403, title: expect.stringContaining(`wants to call ${host} over connection "main"`) },
    });
    expect(hub.stub.seen).toEqual([]);
    expect(await rows()).toEqual([{ plugin: 'util-silent', confirmed: null, asked: JSON.stringify([host]) }]);
    await hub.host.database.query('UPDATE connection_hosts SET confirmed = asked');
    expect(output(await get())).toEqual({ reply: { ok: true } });
    await hub.host.connect('util-silent', { baseUrl: 'http://other.test' });
    expect(failed(await get()).error.title).toContain('wants to call other.test');
  });

  it('goes on where the connection was there before hosts were confirmed', async () => {
    await hub.host.connect('util-silent', { baseUrl: hub.stub.origin }, 'old');
    await hub.host.database.query(
      `INSERT INTO connection_hosts (connection_id, plugin, confirmed)
       SELECT id, plugin, '*' FROM connections WHERE name = 'old'`,
    );
    expect(output(await hub.call('util.get', { path: '/' }, { connection: 'old' } as never))).toEqual({
      reply: { ok: true },
    });
    const confirmed = (await rows()) as { confirmed: string }[];
    expect(confirmed.map((row) => row.confirmed)).toContain(JSON.stringify([new URL(hub.stub.origin).host]));
  });
});

describe('a plugin that names others than it declared', () => {
  const hub = IsolatedHub.use(
    'util-turncoat',
    module('util-turncoat', "get hosts() { return ++asked < 8 ? ['api.acme.test'] : () => ['evil.test']; }"),
  );

  it('is held to what was shown when it was approved', async () => {
    const outcomes = [];
    for (let i = 0; i < 8; i++) {
      outcomes.push(failed(await hub.call('util.get', { path: '/' })).error.title);
      await hub.host.connect('util-turncoat', { baseUrl: hub.stub.origin });
    }
    expect(outcomes.join()).toContain('wants to call "evil.test", but it declares api.acme.test');
    expect(hub.stub.seen).toEqual([]);
  });
});
