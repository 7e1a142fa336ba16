import { z } from 'zod';
import {
  attemptCapability,
  definePlugin,
  describePlugin,
  oauth2Client,
  secretSettings,
  verifyPlugin,
  type OAuth2,
} from './index.js';

const plugin = definePlugin({
  contract: 1,
  name: 'util-words',
  kind: 'util',
  summary: 'Counts words.',
  version: '1.2.3',
  settings: z.object({
    baseUrl: z.url(),
    token: z.string().min(1).meta({ secret: true }),
    size: z.int().default(3),
  }),
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: `Bearer ${token}` } }),
  capabilities: {
    'util.words.count': {
      summary: 'Count words.',
      effect: 'read',
      input: z.object({ text: z.string().default('') }),
      output: z.object({ count: z.int() }),
      run: ({ input, settings }) => ({ count: input.text.split(' ').length * settings.size }),
    },
  },
});
const words = plugin.capabilities['util.words.count'];
const settings = { baseUrl: 'http://127.0.0.1:1', token: 'secret' };

describe('describePlugin', () => {
  it('tells settings and schemas as JSON Schema 2020-12, with secrets marked', () => {
    const description = describePlugin(plugin);
    expect(description).toMatchObject({
      name: 'util-words',
      version: '1.2.3',
      kind: 'util',
      contract: 1,
      database: false,
      settings: {
        $schema: 'https://json-schema.org/draft/2020-12/schema',
        properties: { token: { type: 'string', secret: true }, size: { default: 3 } },
        required: ['baseUrl', 'token'],
      },
      capabilities: [
        { name: 'util.words.count', effect: 'read', reconciles: false, input: { type: 'object' } },
      ],
    });
    expect(description.capabilities[0]?.input['required']).toBeUndefined();
  });

  it('names the secret settings', () => {
    expect(secretSettings(plugin)).toEqual(['token']);
  });
});

describe('attemptCapability', () => {
  it('applies defaults of input and settings and checks the output', async () => {
    await expect(
      attemptCapability(plugin, 'util.words.count', { input: { text: 'a b' }, settings }),
    ).resolves.toEqual({ count: 6 });
    await expect(attemptCapability(plugin, 'util.words.count', { input: {}, settings })).resolves.toEqual({
      count: 3,
    });
  });

  it('refuses wrong input and unknown capabilities', async () => {
    await expect(
      attemptCapability(plugin, 'util.words.count', { input: { text: 1 }, settings }),
    ).rejects.toThrow(z.ZodError);
    await expect(attemptCapability(plugin, 'util.words.sum', { input: {}, settings })).rejects.toThrow(
      'no capability "util.words.sum"',
    );
    await expect(attemptCapability(plugin, 'toString', { input: {}, settings })).rejects.toThrow(
      'no capability',
    );
  });
});

describe('verifyPlugin', () => {
  it('finds nothing wrong with a plugin that keeps the rules', () => {
    expect(verifyPlugin(plugin)).toEqual([]);
  });

  it.each([undefined, null, 'text', [], 5])('refuses %p, which is no plugin', (candidate) => {
    expect(verifyPlugin(candidate)[0]?.message).toContain('definePlugin');
  });

  it('says which contract versions do not fit before it looks at anything else', () => {
    const findings = verifyPlugin({ ...plugin, contract: 2, name: undefined });
    expect(findings).toHaveLength(1);
    expect(findings[0]?.message).toContain(
      'written for contract 2, this hub speaks contract 1: update the hub',
    );
  });

  it.each([
    ['a name of another kind', { name: 'crm-words' }, 'name'],
    ['a name in upper case', { name: 'util-Words' }, 'name'],
    ['an unknown kind', { kind: 'bank' }, 'kind'],
    ['no capability', { capabilities: {} }, 'capabilities'],
    ['HTTP without hosts', { hosts: undefined }, 'hosts'],
    ['settings that are no object', { settings: z.string() }, 'settings'],
    [
      'a nested secret',
      { settings: z.object({ a: z.object({ key: z.string().meta({ secret: true }) }) }) },
      'settings/a',
    ],
    [
      'a secret that is no text',
      { settings: z.object({ pin: z.int().meta({ secret: true }) }) },
      'settings/pin',
    ],
    ['a bad schema name', { database: { schema: 'a;b', migrations: [] } }, 'database/schema'],
    ['a bad capability name', { capabilities: { Count: words } }, 'capabilities/Count'],
    [
      'an unknown effect',
      { capabilities: { 'a.b': { ...words, effect: 'delete' } } },
      'capabilities/a.b/effect',
    ],
    ['no run', { capabilities: { 'a.b': { ...words, run: undefined } } }, 'capabilities/a.b/run'],
    [
      'an input without a schema',
      { capabilities: { 'a.b': { ...words, input: {} } } },
      'capabilities/a.b/input',
    ],
    [
      'a schema that JSON cannot tell',
      { capabilities: { 'a.b': { ...words, output: z.date() } } },
      'capabilities/a.b/output',
    ],
    [
      'reconcile on a read',
      { capabilities: { 'a.b': { ...words, reconcile: () => 1 } } },
      'capabilities/a.b/reconcile',
    ],
    [
      'no concurrency',
      { capabilities: { 'a.b': { ...words, concurrency: 0 } } },
      'capabilities/a.b/concurrency',
    ],
  ])('finds %s', (_title, change, place) => {
    expect(verifyPlugin({ ...plugin, ...change }).map((finding) => finding.place)).toEqual([place]);
  });
});

describe('a plugin that signs in by OAuth 2.0', () => {
  const auth: OAuth2<Record<string, unknown>> = {
    flow: 'authorization_code',
    authorizeUrl: () => 'https://login.acme.test/authorize',
    tokenUrl: ({ baseUrl }) => `${baseUrl as string}/token`,
    clientId: () => 'hub',
    clientSecret: ({ token }) => token as string,
    scopes: () => ['contacts'],
  };

  it('is described with its flow, and told for the settings of a connection', () => {
    expect(verifyPlugin({ ...plugin, auth })).toEqual([]);
    expect(describePlugin({ ...plugin, auth }).signIn).toBe('authorization_code');
    expect(oauth2Client(auth, settings)).toMatchObject({
      tokenUrl: 'http://127.0.0.1:1/token',
      clientSecret: 'secret',
      scopes: ['contacts'],
    });
  });

  it.each([
    ['no base address', { http: undefined, auth }, 'auth'],
    ['no address to sign in', { auth: { ...auth, authorizeUrl: undefined } }, 'auth/authorizeUrl'],
    [
      'no secret to sign in with',
      { auth: { ...auth, flow: 'client_credentials', clientSecret: undefined } },
      'auth/clientSecret',
    ],
    ['an unknown flow', { auth: { ...auth, flow: 'implicit' } }, 'auth/flow'],
  ])('is refused with %s', (_what, change, place) => {
    expect(verifyPlugin({ ...plugin, ...change }).map((finding) => finding.place)).toEqual([place]);
  });
});
