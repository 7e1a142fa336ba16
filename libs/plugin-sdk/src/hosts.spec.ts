import { z } from 'zod';
import { definePlugin, describePlugin, hostsOf, matchesHost, verifyPlugin } from './index.js';

const settings = z.object({ url: z.string(), key: z.string().meta({ secret: true }).optional() });
const declaring = (hosts: object) =>
  definePlugin({
    contract: 1,
    name: 'util-far',
    kind: 'util',
    settings,
    ...hosts,
    capabilities: {
      'util.far': {
        summary: 'Far.',
        effect: 'read',
        input: z.object({}),
        output: z.object({}),
        run: () => ({}),
      },
    },
  });

it.each([
  ['api.acme.com', 'api.acme.com', true],
  ['*.acme.com', 'api.acme.com', true],
  ['*.acme.com', 'a.b.acme.com', true],
  ['*.acme.com', 'acme.com', false],
  ['*.acme.com', 'evilacme.com', false],
  ['*.acme.com', 'api.acme.com.evil.net', false],
  ['*.acme.com', 'api.acme.com:8443', false],
  ['*.acme.com:8443', 'api.acme.com:8443', true],
  ['acme.com', 'api.acme.com', false],
])('%s and %s: %s', (pattern, host, matches) => {
  expect(matchesHost([pattern], host)).toBe(matches);
});

it('declares a list and the settings that name hosts, and computes them', () => {
  const plugin = declaring({ hosts: ['API.acme.com', '*.acme.net'], hostsFrom: ['url'] });
  expect(describePlugin(plugin)).toMatchObject({
    network: true,
    hosts: { patterns: ['api.acme.com', '*.acme.net'], settings: ['url'] },
  });
  const of = (url: unknown) => hostsOf(plugin, { url }).slice(2);
  expect(of('https://Erp.example:8069/base')).toEqual(['erp.example:8069']);
  expect(of('erp.example')).toEqual(['erp.example']);
  expect(of('erp.example:80')).toEqual(['erp.example:80']);
  expect(of('not an address')).toEqual([]);
  expect(of(undefined)).toEqual([]);
});

it('declares nothing where only a function knows', () => {
  const plugin = declaring({ hosts: ({ url }: { url: string }) => [url] });
  const { network, hosts } = describePlugin(plugin);
  expect([network, hosts]).toEqual([true, undefined]);
  expect(hostsOf(plugin, { url: 'Here' })).toEqual(['here']);
  expect(describePlugin(declaring({})).network).toBeUndefined();
});

it.each<[object, string]>([
  [{ hosts: ['*.com'] }, '"*.com" is no host'],
  [{ hosts: ['*'] }, '"*" is no host'],
  [{ hosts: ['https://acme.com'] }, 'is no host'],
  [{ hosts: [] }, 'expected array to have >=1 items'],
  [{ hosts: 'acme.com' }, 'neither a list nor a function'],
  [{ hostsFrom: ['nothing'] }, '"nothing" is no setting'],
  [{ hostsFrom: ['key'] }, 'a secret one'],
])('refuses %j', (hosts, message) => {
  expect(
    verifyPlugin(declaring(hosts))
      .map((finding) => finding.message)
      .join(),
  ).toContain(message);
});
