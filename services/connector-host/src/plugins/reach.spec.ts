import { heldHosts } from './reach.js';

const declared = { patterns: ['*.acme.com'], settings: ['baseUrl'] };
const settings = { baseUrl: 'http://127.0.0.1:8080/api' };

it('lets a plugin call what it declared and what its settings name', () => {
  expect(heldHosts(declared, settings, ['API.acme.com', '127.0.0.1:8080'])).toEqual([
    'api.acme.com',
    '127.0.0.1:8080',
  ]);
  expect(heldHosts(declared, settings, ['*.acme.com', '*.eu.acme.com'])).toHaveLength(2);
});

it.each(['evil.net', '*.com', 'acme.com', '127.0.0.1'])('refuses %s beyond that', (host) => {
  expect(() => heldHosts(declared, settings, ['api.acme.com', host])).toThrow(`wants to call "${host}"`);
});

it('takes single hosts where nothing is declared', () => {
  expect(heldHosts(undefined, {}, ['acme.com'])).toEqual(['acme.com']);
  expect(() => heldHosts(undefined, {}, ['*.acme.com'])).toThrow('single hosts only');
});
