import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pluginTarball } from '@tutti/testing';
import { PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { testPluginFolder } from './test-folder.js';

const CONTACTS = `
import type { HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
export const Contact = z.object({ id: z.string(), email: z.email() });
const Page = z.object({ items: z.array(Contact) });
export async function find(http: HttpPort, email: string): Promise<z.output<typeof Contact> | null> {
  const page = await http.get('/contacts', { query: { email }, reply: Page });
  return page.items[0] ?? null;
}`;
const MODULE = (run: string) => `
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { Contact, find } from './contacts.js';
export default definePlugin({
  contract: 1,
  name: 'crm-acme',
  kind: 'crm',
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  settings: z.object({ baseUrl: z.url(), token: z.string().min(1).meta({ secret: true }) }),
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: 'Bearer ' + token } }),
  capabilities: {
    'crm.contact.find': {
      summary: 'Find one contact by email.',
      effect: 'read',
      input: Contact.pick({ email: true }),
      output: z.object({ contact: Contact.nullable() }),
      async run({ input, http, settings, signal }) { ${run} },
    },
  },
});`;
const GOOD = 'return { contact: await find(http, input.email) };';
const EXAMPLES = `
settings: { baseUrl: 'https://acme.example', token: canary-token-1 }
capabilities:
  crm.contact.find:
    - input: { email: ann@example.com }
      replies: [{ request: GET /contacts, json: { items: [{ id: '7', email: ann@example.com }] } }]
      output: { contact: { id: '7' } }
`;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tutti-conformance-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function write(files: Record<string, string>): Promise<void> {
  const manifest = { name: '@acme/crm-acme', version: '2.1.0', tutti: { plugin: './dist/index.js' } };
  for (const [path, text] of Object.entries({ 'package.json': JSON.stringify(manifest), ...files })) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

/** As npm packs it: a module of JavaScript, whose helper lies beside it. */
async function packed(run: string, contacts = CONTACTS): Promise<string> {
  const typeless = contacts
    .replace(/import type.*\n/, '')
    .replace(/: HttpPort|: string|: Promise<[^{]*>/g, '');
  const tarball = join(folder, 'packed.tgz');
  const files = [{ path: 'contacts.js', text: typeless }];
  await writeFile(tarball, pluginTarball({ name: '@acme/crm-acme', module: MODULE(run), files }));
  return tarball;
}

it(
  'tests the sources of a plugin that was not built, isolated, with examples in YAML',
  async () => {
    await write({ 'src/index.ts': MODULE(GOOD), 'src/contacts.ts': CONTACTS, 'conformance.yaml': EXAMPLES });
    const report = await testPluginFolder({ folder, options: { cancelMsMax: 60_000 } });
    expect(report.results.filter(({ state }) => state !== 'passed')).toEqual([]);
    expect(report).toMatchObject({ plugin: 'crm-acme', version: '2.1.0', isolated: true, failed: 0 });
    expect(report.passed).toBeGreaterThan(12);
  },
  PROCESS_TEST_MS,
);

it.each([
  ['secrets', `console.log('with', settings.token); ${GOOD}`],
  [
    'cancel',
    `try { ${GOOD} } catch (error) { if (signal.aborted) await new Promise(() => undefined); throw error; }`,
  ],
  ['malformed', `const page = await http.get('/contacts'); return { contact: page.items?.[0] ?? null };`],
])(
  'finds in the package what an isolated plugin does wrong: %s',
  async (check, run) => {
    await write({ 'conformance.mjs': `export default ${JSON.stringify(yamlAsJson())};` });
    // Waited for in full by the one that goes on.
    const options = { cancelMsMax: check === 'cancel' ? 1_000 : 60_000 };
    const { results, isolated } = await testPluginFolder({ folder, tarball: await packed(run), options });
    const failed = results.filter(({ state }) => state === 'failed');
    expect({ isolated, checks: [...new Set(failed.map((one) => one.check))] }).toEqual({
      isolated: true,
      checks: [check],
    });
  },
  PROCESS_TEST_MS,
);

it(
  'says why a package cannot be loaded, as its installation would',
  async () => {
    await write({});
    const tarball = await packed(GOOD, `import 'node:net'; ${CONTACTS}`);
    expect((await testPluginFolder({ folder, tarball })).results).toEqual([
      {
        check: 'manifest',
        place: 'the plugin',
        state: 'failed',
        message: expect.stringContaining('cannot import "node:net"') as string,
      },
    ]);
  },
  PROCESS_TEST_MS,
);

it('says what is missing in a folder', async () => {
  await expect(testPluginFolder({ folder })).rejects.toThrow('holds no plugin');
  await write({});
  await expect(testPluginFolder({ folder })).rejects.toThrow('build the plugin');
});

function yamlAsJson() {
  return {
    settings: { baseUrl: 'https://acme.example', token: 'canary-token-1' },
    capabilities: {
      'crm.contact.find': [
        {
          input: { email: 'ann@example.com' },
          replies: [{ json: { items: [{ id: '7', email: 'ann@example.com' }] } }],
          output: { contact: { id: '7' } },
        },
      ],
    },
  };
}
