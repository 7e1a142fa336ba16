import type { PluginVersionDetail } from '@tutti/contracts';
import { approvalSections, troubleOf } from './version-lines';

const VERSION = {
  permissions: {
    network: true,
    hosts: { patterns: ['*.acme.com'], settings: ['url'] },
    secrets: ['key'],
    database: false,
    contract: 1,
  },
  source: {
    kind: 'npm',
    spec: '@acme/crm-acme@^2',
    registry: 'https://r.test/',
    signed: true,
    provenance: false,
  },
  capabilities: null,
  changes: [{ what: 'input', name: 'crm.find/id', detail: 'is required now', breaking: true }],
  touched: [{ workflow: 'test/a', version: '1.0.0', published: true, runs: 2 }],
} as unknown as PluginVersionDetail;

it('tells what a version may do, where it comes from and what it changes', () => {
  const sections = approvalSections(VERSION);
  expect(sections.map(({ title }) => title)).toEqual([
    'It may',
    'Where it comes from',
    'What changes',
    'Workflows that stay with the active version',
  ]);
  expect(sections[0]?.lines.map(({ text }) => text)).toEqual([
    'call *.acme.com, the host that the setting "url" of a connection names',
    'have these secrets used for it: key',
  ]);
  expect(sections[2]?.lines).toEqual([{ text: 'input crm.find/id: is required now', breaking: true }]);
  expect(sections[3]?.lines[0]?.text).toBe('test/a 1.0.0, 2 runs under way');
});

it('finds what is wrong with a version', () => {
  const host = { instance: 'i', state: 'failed' as const, log: 'No room.', at: '2026-01-01T00:00:00Z' };
  expect(troubleOf({ hosts: [{ ...host, state: 'loaded', log: null }, host], log: null })).toBe('No room.');
  expect(troubleOf({ hosts: [], log: 'It cannot be read.' })).toBe('It cannot be read.');
  expect(troubleOf({ hosts: [], log: null })).toBeNull();
});
