import type { PluginItem } from '@tutti/contracts';
import { catalogSections } from './catalog';
import { trialCommand } from './trial';

const plugin = (name: string, state: string, version = '1.0.0') => ({ name, state, version }) as PluginItem;
const told = (plugins: PluginItem[], used: ReadonlySet<string> | null) =>
  catalogSections(plugins, used).map(({ title, items }) => [title, items.map(({ name }) => name)]);

it('tells plugins in use from those that could be, and from those that do not work', () => {
  const plugins = [plugin('crm-a', 'loaded'), plugin('erp-b', 'loaded'), plugin('util-c', 'quarantined')];
  expect(told(plugins, new Set(['erp-b', 'util-c']))).toEqual([
    ['Not working', ['util-c']],
    ['In use', ['erp-b']],
    ['Available', ['crm-a']],
  ]);
  expect(told(plugins, null)[1]).toEqual(['In use', ['crm-a', 'erp-b']]);
});

it('says nothing of a former version while another one works', () => {
  expect(told([plugin('crm-a', 'loaded', '2.0.0'), plugin('crm-a', 'inactive')], null)).toEqual([
    ['In use', ['crm-a']],
  ]);
  expect(told([plugin('crm-a', 'inactive')], null)).toEqual([['Not working', ['crm-a']]]);
});

it('writes the command of a trial', () => {
  const at = { plugin: 'crm-a', connection: 'main', input: { name: "O'Hara" } };
  expect(trialCommand({ ...at, capability: { name: 'crm.find', effect: 'read' } })).toBe(
    `npx tutti plugins try crm-a crm.find --connection main --input '{"name":"O'\\''Hara"}'`,
  );
  expect(trialCommand({ ...at, capability: { name: 'crm.add', effect: 'write' } })).toMatch(/ --yes$/);
});
