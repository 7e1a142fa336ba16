import { uuidv7 } from '@tutti/contracts';
import type { Counters, OpenedBox, SecretBox } from '@tutti/store';
import type { DataSource } from 'typeorm';
import type { AttemptParts } from './calls/attempt.js';
import type { LogSink } from './calls/plugin-log.js';
import type { ConnectorHostConfig } from './connector-host.config.js';
import { IsolatedPlugins } from './isolation/isolated-plugins.js';
import type { IsolationLimits } from './limits.js';
import { isPluginReleased, quarantineOf, quarantinePlugin } from './plugins/plugin-rows.js';
import { ProcessCalls, type ProcessCallsParts } from './processes/process-calls.js';
import type { KnownSecrets } from './redaction/known-secrets.js';

/** What tests and the composition put in the place of the usual parts. */
export type HostReplacements = Partial<Pick<AttemptParts, 'spans' | 'log'>> & {
  knownSecrets?: KnownSecrets;
  counters?: Counters;
  instanceId?: string;
  /** Checked against the database; absent: a box of the master key alone. */
  opened?: OpenedBox;
  isolation?: Partial<IsolationLimits>;
};

/** Settings that nobody need give have the defaults of `ConnectorHostConfig`. */
export type HostConfig = Pick<ConnectorHostConfig, 'masterKey' | 'blockPrivateAddresses'> &
  Partial<Omit<ConnectorHostConfig, 'pluginFolders'>>;

/** What starts plugins in processes of their own. */
export function isolatedPlugins(
  database: DataSource,
  { log, counters, isolation: limits }: HostReplacements & { log: LogSink },
): IsolatedPlugins {
  return new IsolatedPlugins({
    line: (level, text, of) => log.write(level, text, of),
    count: (name) => counters?.add(name),
    quarantined: (plugin, why) => quarantinePlugin(database, plugin, why),
    quarantineOf: (plugin) => quarantineOf(database, plugin),
    isReleased: (plugin) => isPluginReleased(database, plugin),
    limits,
  });
}

/** What performs scripts, commands and containers. */
export function processCalls(
  parts: Pick<ProcessCallsParts, 'http' | 'spans' | 'room' | 'processes' | 'redact'>,
  config: HostConfig,
  { instanceId: host = uuidv7(), secretBox }: HostReplacements & { secretBox: SecretBox },
): ProcessCalls {
  const { allowProcesses = false, allowContainers = false, engine = {} } = config;
  const owner = { installation: installationOf(secretBox), host };
  return new ProcessCalls({ ...parts, allowProcesses, allowContainers, engine, owner });
}

/** The same for all hosts over one database, and nobody can tell the key from it. */
function installationOf(secretBox: SecretBox): string {
  return secretBox.derive('containers').toString('hex').slice(0, 32);
}
