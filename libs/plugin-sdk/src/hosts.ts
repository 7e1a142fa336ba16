import type { DeclaredHosts } from '@tutti/contracts';
import type { Plugin } from './plugin.js';

type Settings = Record<string, unknown>;

/** A host as it is declared: `name`, `name:port`, or `*.name.tld` for all that lie below it. */
export const HOST_PATTERN =
  /^(?:\*\.(?:[a-z0-9-]+\.)+[a-z0-9-]+|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;

/** Whether one of the patterns means the host, which is written as in `URL.host`. */
export function matchesHost(patterns: Iterable<string>, host: string): boolean {
  for (const pattern of patterns)
    if (pattern === host || (pattern.startsWith('*.') && host.endsWith(pattern.slice(1)))) return true;
  return false;
}

/** What a plugin says before it knows any settings; undefined: the hosts are known with the settings only. */
export function declaredHosts({
  hosts,
  hostsFrom = [],
}: Pick<Plugin, 'hosts' | 'hostsFrom'>): DeclaredHosts | undefined {
  const patterns = Array.isArray(hosts) ? lowerCase(hosts as readonly string[]) : [];
  return patterns.length + hostsFrom.length === 0 ? undefined : { patterns, settings: [...hostsFrom] };
}

/** Whether the plugin calls other systems. */
export function reachesOut({ hosts, hostsFrom }: Pick<Plugin, 'hosts' | 'hostsFrom'>): boolean {
  return hosts !== undefined || hostsFrom !== undefined;
}

/** The hosts that a connection with these settings may call, as the plugin names them. */
export function hostsOf(plugin: Pick<Plugin, 'hosts' | 'hostsFrom'>, settings: Settings): string[] {
  if (typeof plugin.hosts === 'function') return lowerCase(plugin.hosts(settings));
  const declared = declaredHosts(plugin);
  return declared === undefined ? [] : allowedHosts(declared, settings);
}

/** All that a declaration allows to a connection with these settings. */
export function allowedHosts({ patterns, settings: names }: DeclaredHosts, settings: Settings): string[] {
  return [...patterns, ...names.map((name) => hostIn(settings[name])).filter((host) => host !== null)];
}

/** The host that a setting names, an address or `name[:port]`; null: it names none. */
function hostIn(value: unknown): string | null {
  if (typeof value !== 'string' || value === '') return null;
  const address = /^[a-z][a-z0-9+.-]*:\/\//i.test(value) ? value : `https://${value}`;
  return URL.canParse(address) ? new URL(address).host : null;
}

function lowerCase(hosts: readonly string[]): string[] {
  return hosts.map((host) => host.toLowerCase());
}
