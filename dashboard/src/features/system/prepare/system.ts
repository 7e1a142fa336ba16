import type { InstanceItem, System } from '@tutti/contracts';

/** What each role does, for people who did not build it. */
const ROLES: Record<string, string> = {
  api: 'Takes requests and starts runs',
  orchestrator: 'Decides what each run does next',
  'connector-host': 'Calls models, tools and business systems',
  collector: 'Stores telemetry',
};

/** Counters in plain words; the others are shown by their name. */
const COUNTERS: Record<string, string> = {
  'bus.sent': 'messages sent',
  'bus.retried': 'messages sent again after an error',
  'bus.received': 'messages received',
  'bus.repeated': 'messages that may have come before',
  'bus.losses': 'times the bus had lost messages',
  'dead-letters': 'messages that became dead letters',
  'events.sent': 'events of workflows published',
  'events.retried': 'events that were tried again',
  'events.dropped': 'events given up because too many waited for their sink',
  'events.expired': 'events given up as too old',
  'events.refused': 'events given up because the database refuses them',
  'events.not-started': 'events that found no room in the workflow they start, now dead letters',
  'events.half-met': 'sets of events whose others did not come, now dead letters',
  'limits.throttled': 'calls that waited for a rate limit',
  'calls.performed': 'calls made',
  'calls.repeated': 'calls that came twice and were recognised',
  'claims.waited': 'calls left to the process that had begun them',
  'claims.taken-over': 'calls taken over from a process that died',
  'inbox.repeated': 'messages of runs that came twice and were recognised',
  'inbox.unknown': 'messages of runs that are not known',
  'results.ignored': 'results that came too late to matter',
  'orphans.sent': 'runs found without a first step, and sent again',
  'spans.dropped': 'spans that could not be kept',
};

export function roleText(role: string): string {
  return ROLES[role] ?? 'Does everything in one process';
}

export function counterText(name: string): string {
  return COUNTERS[name] ?? name;
}

export interface RoleGroup {
  role: string;
  alive: InstanceItem[];
  gone: InstanceItem[];
  handling: number;
  sending: number;
  shardsOwned: number;
  shards: number;
  counters: [string, number][];
}

const ORDER = ['api', 'orchestrator', 'connector-host', 'collector'];
/** A process that is gone for longer says nothing about now. */
const GONE_SHOWN_MS = 3_600_000;

/** The processes by role, with what they hold together. */
export function rolesOf({ instances, at }: Pick<System, 'instances' | 'at'>): RoleGroup[] {
  const shown = instances.filter(
    ({ alive, seenAt }) => alive || Date.parse(at) - Date.parse(seenAt) < GONE_SHOWN_MS,
  );
  const roles = [...new Set(shown.map(({ role }) => role))];
  const place = (role: string) => (ORDER.includes(role) ? ORDER.indexOf(role) : -1);
  return roles.sort((a, b) => place(a) - place(b) || a.localeCompare(b)).map((role) => groupOf(role, shown));
}

function groupOf(role: string, instances: readonly InstanceItem[]): RoleGroup {
  const alive = instances.filter((instance) => instance.role === role && instance.alive);
  const sum = (pick: (instance: InstanceItem) => number) =>
    alive.reduce((total, each) => total + pick(each), 0);
  return {
    role,
    alive,
    gone: instances.filter((instance) => instance.role === role && !instance.alive),
    handling: sum(({ bus }) => bus?.handling ?? 0),
    sending: sum(({ bus }) => bus?.sending ?? 0),
    shardsOwned: new Set(alive.flatMap(({ bus }) => bus?.shards.owned ?? [])).size,
    shards: Math.max(0, ...alive.map(({ bus }) => bus?.shards.count ?? 0)),
    counters: countersOf(alive),
  };
}

function countersOf(instances: readonly InstanceItem[]): [string, number][] {
  const sums = new Map<string, number>();
  for (const { counters } of instances) {
    for (const [name, value] of Object.entries(counters)) sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return [...sums].filter(([, value]) => value > 0).sort(([a], [b]) => a.localeCompare(b));
}

/** The lag of one topic over the last minutes; missing samples are gaps. */
export function lagSeries(history: System['history'], topic: string): (number | null)[] {
  return history.map(({ lag }) => lag[topic] ?? null);
}

/** A line through the values in a box of this size; a gap ends a part of it. */
export function sparkline(values: readonly (number | null)[], width: number, height: number): string {
  const largest = Math.max(1, ...values.map((value) => value ?? 0));
  const step = values.length > 1 ? width / (values.length - 1) : 0;
  let pen = 'M';
  return values
    .map((value, i) => {
      if (value === null) {
        pen = 'M';
        return '';
      }
      const point = `${pen}${(i * step).toFixed(1)} ${(height - (value / largest) * height).toFixed(1)}`;
      pen = 'L';
      return point;
    })
    .join('');
}
