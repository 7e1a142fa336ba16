import { CallCallbacks1763770006040 } from './1763770006040-call-callbacks.migration.js';
import { Canary1763770003460 } from './1763770003460-canary.migration.js';
import { ConnectionFacts1763770006020 } from './1763770006020-connection-facts.migration.js';
import { ConnectionDiscoveries1763770006070 } from './1763770006070-connection-discoveries.migration.js';
import { ConnectionHosts1763770005030 } from './1763770005030-connection-hosts.migration.js';
import { ConnectionTokens1763770005020 } from './1763770005020-connection-tokens.migration.js';
import { Core1763770000000 } from './1763770000000-core.migration.js';
import { Distributed1763770002000 } from './1763770002000-distributed.migration.js';
import { EventDays1763770004002 } from './1763770004002-event-days.migration.js';
import { EventSets1763770004003 } from './1763770004003-event-sets.migration.js';
import { EventSinks1763770004000 } from './1763770004000-event-sinks.migration.js';
import { EventStarts1763770004001 } from './1763770004001-event-starts.migration.js';
import { Events1763770003420 } from './1763770003420-events.migration.js';
import { MasterKeys1763770006010 } from './1763770006010-master-keys.migration.js';
import { PartialResults1763770005050 } from './1763770005050-partial-results.migration.js';
import { PluginIsolation1763770004030 } from './1763770004030-plugin-isolation.migration.js';
import { Retries1763770004011 } from './1763770004011-retries.migration.js';
import { PluginLogs1763770005031 } from './1763770005031-plugin-logs.migration.js';
import { PluginPackages1763770004040 } from './1763770004040-plugin-packages.migration.js';
import { PluginTriggers1763770005010 } from './1763770005010-plugin-triggers.migration.js';
import { Schedules1763770003300 } from './1763770003300-schedules.migration.js';
import { SubWorkflows1763770003410 } from './1763770003410-sub-workflows.migration.js';
import { Secrets1763770003440 } from './1763770003440-secrets.migration.js';
import { Telemetry1763770001000 } from './1763770001000-telemetry.migration.js';
import { Versions1763770003100 } from './1763770003100-versions.migration.js';
import { ToolRuns1763770006060 } from './1763770006060-tool-runs.migration.js';
import { WaitingPlaces1763770004010 } from './1763770004010-waiting-places.migration.js';

/**
 * All migrations in their order. A name that the database has and this list has not means that the data is
 * newer than the program.
 */
export const MIGRATIONS = [
  Core1763770000000,
  Telemetry1763770001000,
  Distributed1763770002000,
  Versions1763770003100,
  Schedules1763770003300,
  SubWorkflows1763770003410,
  Canary1763770003460,
  Events1763770003420,
  Secrets1763770003440,
  EventSinks1763770004000,
  EventStarts1763770004001,
  EventDays1763770004002,
  EventSets1763770004003,
  WaitingPlaces1763770004010,
  Retries1763770004011,
  PluginIsolation1763770004030,
  PluginPackages1763770004040,
  PluginTriggers1763770005010,
  ConnectionHosts1763770005030,
  PluginLogs1763770005031,
  PartialResults1763770005050,
  ConnectionTokens1763770005020,
  MasterKeys1763770006010,
  ConnectionFacts1763770006020,
  CallCallbacks1763770006040,
  ToolRuns1763770006060,
  ConnectionDiscoveries1763770006070,
];
