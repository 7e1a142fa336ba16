import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { lintWorkflow, parseWorkflow } from '../index.js';

const HEAD =
  "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\ntimeout: { after: PT1H }\n";

function lint(yaml: string) {
  const { document, findings, locate } = parseWorkflow(HEAD + yaml);
  return document === undefined ? findings : lintWorkflow(document, { locate });
}

/** A task that sets one value. */
const set = (name: string, value: unknown) =>
  `do:\n- a: { set: { ${JSON.stringify(name)}: ${JSON.stringify(value)} } }`;

/** Put together here, so that no scanner of this repository takes them for real ones. */
const KNOWN: [string, string][] = [
  ['AWS', `AKIA${'ABCDEFGH12345678'}`],
  ['GitHub', `ghp_${'a1B2'.repeat(9)}`],
  ['GitLab', `glpat-${'a1B2c3D4'.repeat(3)}`],
  ['Slack', `xoxb-${'123456789012'}-abcdef`],
  ['Stripe', `sk_live_${'a1B2'.repeat(6)}`],
  ['Anthropic', `sk-ant-${'a1B2'.repeat(8)}`],
  ['OpenAI', `sk-proj-${'a1B2'.repeat(8)}`],
  ['Google', `AIza${'a1B2c'.repeat(7)}`],
  ['npm', `npm_${'a1B2'.repeat(9)}`],
  ['SendGrid', `SG.${'a1B2'.repeat(5)}.${'a1B2'.repeat(8)}`],
  ['web token', `eyJ${'hbGciOi1'}.eyJ${'zdWIiOi1'}.${'a1B2c3D4'}`],
  ['private key', `-----BEGIN RSA ${'PRIVATE'} KEY-----\nabc`],
  ['bearer', `Bearer ${'a1B2'.repeat(5)}`],
  ['basic', `Basic ${'YTpiY2RlZmc='}`],
  ['password in an address', `https://tutti:${'hunter22'}@example.com/x`],
  ['key in an address', `https://example.com/x?api_key=${'a1B2'.repeat(5)}`],
];

describe('secrets in the text', () => {
  test.each(KNOWN)('%s: found by its form, never repeated', (_, secret) => {
    for (const text of [secret, `\${ { h: ${JSON.stringify(secret)} } }`]) {
      if (text !== secret && secret.startsWith('Basic')) continue;
      const found = lint(set('value', text));
      expect(found).toMatchObject([
        { code: 'secret-in-text', severity: 'warning', pointer: '/do/0/a/set/value', line: 4 },
      ]);
      expect(JSON.stringify(found)).not.toContain(secret);
    }
  });

  test.each([
    ['password', 'hunter2!'],
    ['dbPassword', 'correct-horse-1'],
    ['apiKey', 'f3a9c1e07b5d4428'],
    ['client_secret', 'Zx81kq0Pw7sVt3Ln'],
    ['accessToken', '${ "f3a9c1e07b5d4428" }'],
  ])('%s: found by the name it stands under', (name, value) => {
    expect(lint(set(name, value)).map(({ code }) => code)).toEqual(['secret-in-text']);
  });

  test.each([
    ['password', '${ .password }'],
    ['password', '<your password>'],
    ['password', 'changeme-1'],
    ['password', 'reset'],
    ['token', 'next'],
    ['tokenUrl', 'https://example.com/oauth2/token1234567'],
    ['maxTokens', 1000],
    ['secret', '.context.secret1234567890'],
    ['nextPageToken', '$context.page'],
    ['apiKey', 'the key of the customer, 16 characters'],
    ['note', 'task-force-for-bearer tokens and the risk-free-rate-of-2026'],
    ['id', '0190b8f2-6c1e-7b44-9c55-0a1b2c3d4e5f'],
    ['hash', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
    ['url', 'https://example.com/x?key=customers&page=1'],
    ['text', 'Send it as Bearer authentication-of-the-caller'],
  ])('%s: %s is none', (name, value) => {
    expect(lint(set(name, value))).toEqual([]);
  });

  test.each([
    ['basic', '{ username: a, password: b }', 'password'],
    ['bearer', '{ token: abc }', 'token'],
    [
      'oauth2',
      '{ authority: "https://x.y", grant: client_credentials, client: { id: a, secret: b }, endpoints: { token: /auth/token } }',
      'client/secret',
    ],
  ])('a literal in %s authentication, whatever it looks like', (scheme, values, path) => {
    const at = `/use/authentications/x/${scheme}/${path}`;
    const found = lint(`use: { authentications: { x: { ${scheme}: ${values} } } }\ndo: []`);
    expect(found.filter(({ code }) => code === 'secret-in-text').map(({ pointer }) => pointer)).toEqual([at]);
    const dynamic = values.replace(/(password|token|secret): \w+/, "$1: '${ .x }'");
    expect(
      lint(`use: { authentications: { x: { ${scheme}: ${dynamic} } } }\ndo: []`).filter(
        ({ code }) => code === 'secret-in-text',
      ),
    ).toEqual([]);
  });

  test('no other finding repeats a secret either: expressions, durations, names, what breaks the schema or YAML', () => {
    const secret = `sk-ant-${'a1B2'.repeat(8)}`;
    const documents = [
      `do:\n- a: { set: { x: '\${ "${secret}" | }' } }`,
      `do:\n- a: { set: { x: '\${ $${'y'} + "${secret}" }' } }`,
      `do:\n- a: { wait: '${secret}' }`,
      `do:\n- a: { set: { x: 1 }, then: '${secret}' }`,
      `do:\n- a: { call: '${secret}' }`,
      `do:\n- a: { call: http, with: { method: '${secret}', endpoint: '${secret}', output: '${secret}' } }`,
      `do:\n- a: { set: { x: 1 }, '${secret}': 1 }`,
      `do:\n- a: { set: { x: *${secret} } }`,
      `do:\n- a: { raise: { error: '${secret}' } }`,
      `do:\n- a: { set: { password: 'hunter2!', x: '\${ "hunter2!" | }' } }`,
    ];
    for (const yaml of documents) {
      const found = lint(yaml);
      expect(found.length).toBeGreaterThan(0);
      const texts = found.map(({ message, fix }) => `${message} ${fix}`).join('\n');
      expect(texts).not.toContain(secret);
      expect(texts).not.toContain('hunter2!');
    }
  });

  test('canaries: whatever stands under "password", no text of a finding has it', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9!%+_-]{8,30}$/);
    fc.assert(
      fc.property(word, (value) => {
        const secret = `${value}7`;
        const found = lint(
          `do:\n- a: { set: { password: ${JSON.stringify(secret)}, x: ${JSON.stringify(`\${ ${secret} | }`)} } }`,
        );
        expect(found.map(({ message, fix }) => `${message} ${fix}`).join('\n')).not.toContain(secret);
      }),
      { numRuns: 200 },
    );
  });
});
