import type { components } from '@tutti/client';
import { contractRangeText } from '@tutti/plugin-sdk';
import { instant } from '../output/format.js';
import { facts, oneLine } from '../output/table.js';

type Schemas = components['schemas'];
export type PluginVersion = Schemas['PluginVersionDetail'];
export type PluginVersionItem = Schemas['PluginVersionItem'];

/** A version as somebody needs to see it who is to approve of it. */
export function versionText(of: PluginVersion): string {
  const { permissions, source } = of;
  return (
    facts([
      ['plugin', `${of.name} ${of.version}`],
      ['package', of.packageName],
      ['state', of.state],
      ['summary', of.summary && oneLine(of.summary)],
      ['contract', permissions && `${permissions.contract}; this hub speaks ${contractRangeText()}`],
      ['integrity', of.integrity],
      ['source', source.kind === 'npm' ? `${source.spec} from ${source.registry}` : 'a file'],
      ['signature', source.signed ? "the registry's, checked" : 'none'],
      ['provenance', source.provenance ? 'checked' : 'none'],
      ['requested', `${instant(of.requestedAt)} by ${of.requestedBy}`],
      ['approved', of.approvedBy && `${instant(of.activatedAt)} by ${of.approvedBy}`],
      ['log', of.log && oneLine(of.log)],
    ]) +
    (permissions === null ? '' : permissionsText(permissions)) +
    list(
      'CAPABILITIES',
      (of.capabilities ?? []).map(({ name, effect, summary }) => `${name} (${effect}): ${summary}`),
    ) +
    list('CHANGES TO THE ACTIVE VERSION', (of.changes ?? []).map(changeText)) +
    list('WORKFLOWS WITH THIS VERSION', of.users.map(userText)) +
    list('WORKFLOWS WITH THE ACTIVE VERSION', of.touched.map(userText)) +
    list(
      'HOSTS',
      of.hosts.map(({ instance, state, log }) => `${instance} ${state}${log ? `: ${log}` : ''}`),
    )
  );
}

function permissionsText(of: NonNullable<PluginVersion['permissions']>): string {
  const { secrets, database } = of;
  return list('IT MAY', [
    reachText(of),
    secrets.length > 0 ? `have these secrets used for it: ${secrets.join(', ')}` : 'use no secrets',
    ...(database ? ['keep tables of its own in the database'] : []),
  ]);
}

function reachText({ network, hosts }: NonNullable<PluginVersion['permissions']>): string {
  if (!network) return 'call no other system';
  if (hosts === null) return 'call other systems; you confirm which ones for each connection';
  const settings = hosts.settings.map((name) => `the host that the setting "${name}" of a connection names`);
  return `call ${[...hosts.patterns, ...settings].join(', ')}`;
}

function changeText({ what, name, detail, breaking }: Schemas['PluginChange']): string {
  return `${breaking ? 'BREAKING ' : ''}${what} ${name}: ${detail}`;
}

function userText({ workflow, version, published, runs }: Schemas['PluginUser']): string {
  return `${workflow} ${version}${published ? '' : ', not published'}${runs > 0 ? `, ${runs} runs` : ''}`;
}

function list(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : `\n${title}\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}
