import type { PluginVersionDetail, PluginVersionItem } from '@tutti/contracts';

export interface Section {
  title: string;
  lines: { text: string; breaking: boolean }[];
}

/** What somebody has to know of a version before it is approved; sections without a line are left out. */
export function approvalSections(of: PluginVersionDetail): Section[] {
  const { permissions, changes, touched, capabilities, source } = of;
  return [
    section('It may', permissions === null ? [] : permissionLines(permissions)),
    section('Where it comes from', [
      source.kind === 'npm' ? `${source.spec} from ${source.registry}` : 'a file',
      source.signed ? "the registry's signature is right" : 'no signature',
      source.provenance ? 'the provenance attestation is right' : 'no provenance attestation',
    ]),
    section(
      'It offers',
      (capabilities ?? []).map(({ name, summary }) => `${name}: ${summary}`),
    ),
    {
      title: 'What changes',
      lines: (changes ?? []).map(({ what, name, detail, breaking }) => ({
        text: `${what} ${name}: ${detail}`,
        breaking,
      })),
    },
    section('Workflows that stay with the active version', touched.map(userLine)),
  ].filter(({ lines }) => lines.length > 0);
}

/** Why a version does not work, if it does not: a host that cannot load it, or its own log. */
export function troubleOf({ hosts, log }: Pick<PluginVersionItem, 'hosts' | 'log'>): string | null {
  return hosts.find(({ state }) => state !== 'loaded')?.log ?? log;
}

type Permissions = NonNullable<PluginVersionDetail['permissions']>;

export function permissionLines(of: Permissions): string[] {
  const { secrets, database } = of;
  return [
    reachLine(of),
    secrets.length > 0 ? `have these secrets used for it: ${secrets.join(', ')}` : 'use no secrets',
    ...(database ? ['keep tables of its own'] : []),
  ];
}

function reachLine({ network, hosts }: Permissions): string {
  if (!network) return 'call no other system';
  if (hosts === null) return 'call other systems; you confirm which ones for each connection';
  const settings = hosts.settings.map((name) => `the host that the setting "${name}" of a connection names`);
  return `call ${[...hosts.patterns, ...settings].join(', ')}`;
}

function userLine({ workflow, version, runs }: PluginVersionDetail['touched'][number]): string {
  return runs > 0 ? `${workflow} ${version}, ${runs} runs under way` : `${workflow} ${version}`;
}

function section(title: string, texts: readonly string[]): Section {
  return { title, lines: texts.map((text) => ({ text, breaking: false })) };
}
