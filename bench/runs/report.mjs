// Turns the figures into tables, ratios and the bars of the issue that asked for this benchmark. Pure.

const durablePeers = ['restate', 'dbos'];
const show = (value) => (value === null || value === undefined ? '–' : String(value));
const ratio = (a, b) => (a && b ? Number((a / b).toFixed(2)) : null);

function table(headings, rows) {
  const lines = [headings, ...rows].map((row) => row.map(show));
  const widths = headings.map((_, column) => Math.max(...lines.map((row) => row[column].length)));
  return lines.map((row) =>
    row
      .map((cell, column) => (column ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  '),
  );
}

/** One line per system and workflow. */
export function resultTable(systems) {
  const headings = [
    'system',
    'load',
    'runs/s',
    'p50 ms',
    'p99 ms',
    'CPU ms/run: engine',
    'database',
    'stub',
    'RSS MiB: engine',
    'database',
    'stub',
    'errors',
  ];
  const rows = Object.entries(systems).flatMap(([name, loads]) =>
    Object.entries(loads).map(([load, figures]) => {
      const { runsPerSecond, p50Ms, p99Ms, cpuMsPerRun, rssMiB, errors } = figures;
      const groups = ['engine', 'database', 'stub'];
      return [
        name,
        load,
        runsPerSecond,
        p50Ms,
        p99Ms,
        ...groups.map((key) => cpuMsPerRun[key]),
        ...groups.map((key) => rssMiB[key]),
        errors,
      ];
    }),
  );
  return table(headings, rows);
}

/** The hub's runs/s (and inverted latency) as multiples of each peer's. */
export function ratios(systems) {
  const { hub, ...peers } = systems;
  if (!hub) return {};
  return Object.fromEntries(
    Object.entries(peers).map(([name, loads]) => [
      name,
      {
        w1: ratio(hub.w1?.runsPerSecond, loads.w1?.runsPerSecond),
        w0: ratio(hub.w0?.runsPerSecond, loads.w0?.runsPerSecond),
        lowRateP50: ratio(hub.lowRate?.p50Ms, loads.lowRate?.p50Ms),
      },
    ]),
  );
}

const best = (systems, read, pick) => {
  const values = durablePeers
    .map((name) => systems[name] && read(systems[name]))
    .filter((value) => value > 0);
  return values.length > 0 ? pick(...values) : null;
};

function bar(name, value, { limit, atLeast }) {
  const met =
    value === null || value === undefined || limit === null
      ? null
      : atLeast
        ? value >= limit
        : value <= limit;
  return { name, value: value ?? null, limit, met };
}

/** The bars: null where the peer to compare with was not measured. */
export function bars(systems, { lost = null } = {}) {
  const { hub } = systems;
  if (!hub) return [];
  const w1 = best(systems, (peer) => peer.w1?.runsPerSecond, Math.max);
  const w0 = best(systems, (peer) => peer.w0?.runsPerSecond, Math.max);
  const p50 = best(systems, (peer) => peer.lowRate?.p50Ms, Math.min);
  const rss = Math.max(...Object.values(hub).map(({ rssMiB }) => rssMiB.engine));
  return [
    bar('W1 runs/s, at least 2 times the faster durable peer', hub.w1?.runsPerSecond, {
      limit: w1 && w1 * 2,
      atLeast: true,
    }),
    bar('W0 runs/s, at least 3 times the faster durable peer', hub.w0?.runsPerSecond, {
      limit: w0 && w0 * 3,
      atLeast: true,
    }),
    bar('p50 ms at the low rate, no worse than the best durable peer', hub.lowRate?.p50Ms, {
      limit: p50,
      atLeast: false,
    }),
    bar('hub RSS in MiB, under 450', rss, { limit: 450, atLeast: false }),
    bar('runs lost by kill -9 in mid-load', lost, { limit: 0, atLeast: false }),
  ];
}

/** One line per bar. */
export function barLines(list) {
  const verdict = { true: 'met', false: 'MISSED', null: 'not measured' };
  return list.map(
    ({ name, value, limit, met }) => `${verdict[met]}: ${name}: ${show(value)} (limit ${show(limit)})`,
  );
}
