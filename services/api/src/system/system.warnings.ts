import type { InstanceItem, System, SystemWarning } from '@tutti/contracts';
import { counted } from '../problems/counted.js';

const SKEW_MS_MAX = 2_000;
const LAG_GROWS_MIN = 1_000;
const LAG_SAMPLES = 6;
const QUEUED_MS_MAX = 60_000;
const OUTBOX_MS_MAX = 60_000;
const CONNECTIONS_SHARE_MAX = 0.9;

/** What each part of the hub does, and which role a process must have to do it. */
const PARTS = [
  ['orchestrator', 'no run makes a step'],
  ['connector-host', 'no call to a system is made'],
  ['collector', 'no telemetry is stored'],
] as const;

type Facts = Omit<System, 'warnings'>;

/** What a person should look at, the worst first. Pure, so that every rule is tested by itself. */
export function warningsOf(facts: Facts): SystemWarning[] {
  const all = [
    ...missingParts(facts),
    ...disconnected(facts),
    ...lateWork(facts),
    ...growingLag(facts),
    ...deadLetters(facts),
    ...differences(facts),
    ...database(facts),
  ];
  return [
    ...all.filter(({ severity }) => severity === 'error'),
    ...all.filter(({ severity }) => severity === 'warning'),
  ];
}

/** The other side of a connection has something else now than what a person approved. */
export function capabilitiesChanged({ name, refused }: { name: string; refused: number }): SystemWarning {
  const use = refused === 0 ? '' : ` Calls of ${counted(refused, 'tool')} are refused.`;
  return {
    code: 'capabilities-changed',
    severity: 'warning',
    message: `The connection "${name}" found other capabilities than those that were approved.${use}`,
    fix: `Look at the difference, and approve it: npx tutti connections capabilities ${name}`,
  };
}

const living = ({ instances }: Facts) => instances.filter(({ alive }) => alive);

/** A process that holds all roles has a name of its own; those that hold one are called by it. */
function missingParts(facts: Facts): SystemWarning[] {
  const alive = living(facts);
  const roles = new Set(alive.map(({ role }) => role));
  const distributed =
    alive.length > 0 && alive.every(({ role }) => role === 'api' || PARTS.some(([part]) => part === role));
  if (!distributed) return [];
  return PARTS.filter(([part]) => !roles.has(part)).map(([part, effect]) => ({
    code: `no-${part}`,
    severity: 'error',
    message: `No ${part} is alive, so ${effect}.`,
    fix: `Start one: npx tutti serve ${part}. Its log says why the last one ended.`,
  }));
}

function disconnected(facts: Facts): SystemWarning[] {
  const cut = living(facts).filter(({ bus }) => bus !== null && !bus.connected);
  if (cut.length === 0) return [];
  return [
    {
      code: 'bus-disconnected',
      severity: 'error',
      message: `${namesOf(cut)} cannot reach the bus: work waits and nothing is lost.`,
      fix: 'Look whether the Kafka brokers run, and whether TUTTI_KAFKA_BROKERS is right where those processes run.',
    },
  ];
}

function lateWork({ at, runs, outbox }: Facts): SystemWarning[] {
  const found: SystemWarning[] = [];
  if (runs.oldestQueuedAt !== null && Date.parse(at) - Date.parse(runs.oldestQueuedAt) > QUEUED_MS_MAX)
    found.push({
      code: 'runs-queued',
      severity: 'warning',
      message:
        `${counted(runs.queued, 'accepted run')} made no step yet, the oldest ` +
        `since ${second(runs.oldestQueuedAt)}.`,
      fix: 'Add orchestrators, or look at the limits of the workflows: a run may wait for a place.',
    });
  if (runs.overdue > 0)
    found.push({
      code: 'runs-overdue',
      severity: 'warning',
      message: `${counted(runs.overdue, 'run')} should have woken more than 30 seconds ago.`,
      fix: 'Look whether an orchestrator is alive and whether the database is slow.',
    });
  if (outbox.oldestAt !== null && Date.parse(at) - Date.parse(outbox.oldestAt) > OUTBOX_MS_MAX)
    found.push({
      code: 'outbox-stuck',
      severity: 'warning',
      message:
        `${counted(outbox.events, 'event')} of workflows wait to be published, ` +
        `since ${second(outbox.oldestAt)}.`,
      fix: 'Look whether the receiving topic or address takes events; the log names what refuses them.',
    });
  return found;
}

function growingLag({ history }: Facts): SystemWarning[] {
  const last = history.slice(-LAG_SAMPLES);
  const newest = last.at(-1);
  if (last.length < LAG_SAMPLES || newest === undefined) return [];
  return Object.entries(newest.lag)
    .filter(([topic, lag]) => lag >= LAG_GROWS_MIN && grows(last.map((sample) => sample.lag[topic] ?? 0)))
    .map(([topic, lag]) => ({
      code: 'lag-grows',
      severity: 'warning',
      message: `The lag of ${topic} grows: ${counted(lag, 'message')} wait.`,
      fix: 'More comes in than is worked off: add processes of the role that reads this topic.',
    }));
}

const grows = (values: readonly number[]) =>
  values.every((value, i) => i === 0 || value > (values[i - 1] as number));

function deadLetters({ deadLetters: { open, oldestAt } }: Facts): SystemWarning[] {
  if (open === 0) return [];
  return [
    {
      code: 'dead-letters',
      severity: 'warning',
      message:
        `${counted(open, 'dead letter')} ${open === 1 ? 'is' : 'are'} open, ` +
        `the oldest since ${second(oldestAt)}.`,
      fix: 'Look at them: npx tutti dead-letters list. What waits for such a message waits until it is redriven.',
    },
  ];
}

function differences(facts: Facts): SystemWarning[] {
  const alive = living(facts);
  const versions = [...new Set(alive.map(({ version }) => version))].sort();
  const skewed = alive.filter(
    ({ clockSkewMs }) => clockSkewMs !== null && Math.abs(clockSkewMs) > SKEW_MS_MAX,
  );
  const found: SystemWarning[] = [];
  if (versions.length > 1)
    found.push({
      code: 'versions-differ',
      severity: 'warning',
      message: `Processes of ${counted(versions.length, 'version')} run side by side: ${versions.join(', ')}.`,
      fix: 'That is right during a rolling upgrade only. Finish it, or take the odd ones back.',
    });
  if (skewed.length > 0)
    found.push({
      code: 'clock-skew',
      severity: 'warning',
      message: `The clock of ${namesOf(skewed)} is off the database's by ${worstSkew(skewed)} ms.`,
      fix: 'Let NTP set the clocks of those machines: alarms and time-outs go by them.',
    });
  return found;
}

const worstSkew = (instances: readonly InstanceItem[]) =>
  Math.max(...instances.map(({ clockSkewMs }) => Math.abs(clockSkewMs ?? 0)));

function database({ database: { connections, connectionsMax } }: Facts): SystemWarning[] {
  if (connections < connectionsMax * CONNECTIONS_SHARE_MAX) return [];
  return [
    {
      code: 'database-connections',
      severity: 'warning',
      message: `${connections} of the database's ${connectionsMax} connections are taken.`,
      fix: 'Raise max_connections of PostgreSQL, or put PgBouncer (in session mode) before it.',
    },
  ];
}

/** An instant to the second, for a sentence. */
const second = (at: string | null) => (at === null ? 'now' : `${at.slice(0, 19).replace('T', ' ')} UTC`);

function namesOf(instances: readonly InstanceItem[]): string {
  const names = instances.slice(0, 3).map(({ role, host }) => `${role} on ${host}`);
  const more = instances.length - names.length;
  return names.join(', ') + (more > 0 ? ` and ${more} more` : '');
}
