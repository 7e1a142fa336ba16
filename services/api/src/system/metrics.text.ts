import type { InstanceItem, System } from '@tutti/contracts';

/** The media type of Prometheus's text format. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** What the metrics of one process are made of. */
export type MetricsInstance = Pick<
  InstanceItem,
  'id' | 'role' | 'host' | 'version' | 'alive' | 'bus' | 'counters'
>;

interface Metric {
  name: string;
  type: 'gauge' | 'counter';
  help: string;
  values: { labels: Record<string, string>; value: number }[];
}

/**
 * The processes in Prometheus's text format. On the health port of a process: that process alone; on the API:
 * all that live.
 */
export function renderMetrics(instances: readonly MetricsInstance[]): string {
  const alive = instances.filter((instance) => instance.alive);
  const of = (pick: (instance: MetricsInstance) => number | undefined) =>
    alive.flatMap((instance) => {
      const value = pick(instance);
      return value === undefined ? [] : [{ labels: labelsOf(instance), value }];
    });
  const lag = alive.flatMap((instance) =>
    Object.entries(instance.bus?.lag ?? {}).map(([topic, value]) => ({
      labels: { ...labelsOf(instance), topic },
      value,
    })),
  );
  return textOf([
    {
      name: 'tutti_instance_info',
      type: 'gauge',
      help: 'A living process of the hub; always 1.',
      values: alive.map((instance) => ({
        labels: { ...labelsOf(instance), host: instance.host, version: instance.version },
        value: 1,
      })),
    },
    gauge('tutti_bus_connected', 'Whether the process can send and receive.', of(connected)),
    gauge('tutti_bus_lag', 'Messages of a topic that no process has taken, as this one sees it.', lag),
    gauge(
      'tutti_bus_sending',
      'Messages that wait to be sent.',
      of(({ bus }) => bus?.sending),
    ),
    gauge(
      'tutti_bus_handling',
      'Messages delivered and not done yet.',
      of(({ bus }) => bus?.handling),
    ),
    gauge(
      'tutti_bus_shards_owned',
      'Shards of runs that the process owns.',
      of(({ bus }) => bus?.shards.owned.length),
    ),
    ...counters(alive),
  ]);
}

/** The hub as a whole, beside its processes. */
export function renderHubMetrics({
  runs,
  deadLetters,
  outbox,
  database,
  at,
}: Omit<System, 'warnings'>): string {
  const one = (name: string, help: string, value: number) => gauge(name, help, [{ labels: {}, value }]);
  const age = (since: string | null) =>
    since === null ? 0 : Math.max(0, (Date.parse(at) - Date.parse(since)) / 1000);
  return textOf([
    one('tutti_runs_pending', 'Runs that wait for a place.', runs.pending),
    one('tutti_runs_running', 'Runs under way.', runs.running),
    one('tutti_runs_waiting', 'Runs that wait for a person, an event or a clock.', runs.waiting),
    one('tutti_runs_suspended', 'Runs that were suspended.', runs.suspended),
    one('tutti_runs_queued', 'Accepted runs without a first step.', runs.queued),
    one('tutti_runs_queued_oldest_seconds', 'Age of the oldest of them.', age(runs.oldestQueuedAt)),
    one('tutti_runs_overdue', 'Runs whose alarm is more than 30 seconds late.', runs.overdue),
    one('tutti_dead_letters_open', 'Dead letters that nobody has looked after.', deadLetters.open),
    one('tutti_outbox_events', 'Events of workflows that wait to be published.', outbox.events),
    one('tutti_outbox_oldest_seconds', 'Age of the oldest of them.', age(outbox.oldestAt)),
    one('tutti_database_size_bytes', 'Size of the database.', database.bytes),
    one('tutti_database_connections', 'Connections to the database server.', database.connections),
    one('tutti_database_connections_max', 'Connections that it allows.', database.connectionsMax),
  ]);
}

const labelsOf = ({ id, role }: MetricsInstance) => ({ role, instance_id: id });

const connected = ({ bus }: MetricsInstance) => (bus === null ? undefined : Number(bus.connected));

function gauge(name: string, help: string, values: Metric['values']): Metric {
  return { name, type: 'gauge', help, values };
}

/** `calls.repeated` becomes `tutti_calls_repeated_total`. */
function counters(instances: readonly MetricsInstance[]): Metric[] {
  const names = [...new Set(instances.flatMap((instance) => Object.keys(instance.counters)))].sort();
  return names.map((counter) => ({
    name: `tutti_${counter.replaceAll(/[^a-zA-Z0-9]+/g, '_')}_total`,
    type: 'counter',
    help: `The counter ${counter} of the process, since it started.`,
    values: instances.flatMap((instance) => {
      const value = instance.counters[counter];
      return value === undefined ? [] : [{ labels: labelsOf(instance), value }];
    }),
  }));
}

function textOf(metrics: readonly Metric[]): string {
  return metrics
    .filter(({ values }) => values.length > 0)
    .map(({ name, type, help, values }) => {
      const lines = values.map(({ labels, value }) => `${name}${labelText(labels)} ${value}\n`);
      return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
    })
    .join('');
}

function labelText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
