// Turns the figures of the distributed benchmark into a table and the bars. Pure.

const round = (value, digits = 2) => Number(value.toFixed(digits));

/** Runs for one second of processor time of everything that works for them: services, database, broker. */
export function runsPerCpuSecond({ cpuMsPerRun }) {
  const total = cpuMsPerRun.engine + cpuMsPerRun.database + (cpuMsPerRun.broker ?? 0);
  return total > 0 ? round(1_000 / total, 1) : null;
}

/** Without the broker: standalone has none, and in production it is a system of its own. */
export function runsPerOwnCpuSecond({ cpuMsPerRun }) {
  return round(1_000 / (cpuMsPerRun.engine + cpuMsPerRun.database), 1);
}

export function lineOf(name, load, figures) {
  const { runsPerSecond, p50Ms, p99Ms, cpuMsPerRun: cpu, rssMiB, errors } = figures;
  const own = runsPerOwnCpuSecond(figures);
  return (
    `${name.padEnd(28)} ${load.padEnd(8)} ${String(runsPerSecond).padStart(6)} runs/s  p50 ${p50Ms} ms  p99 ${p99Ms} ms  ` +
    `CPU ms/run: services ${cpu.engine}, database ${cpu.database}, broker ${cpu.broker}  runs/CPU-s ${own} ` +
    `(with broker ${runsPerCpuSecond(figures)})  RSS MiB ${rssMiB.engine}+${rssMiB.database}+${rssMiB.broker}  errors ${errors}`
  );
}

const serviceRoles = ['api', 'orchestrator', 'connector-host', 'collector'];

/** What each role takes of it, for who has to size them. */
export function roleLine({ cpuMsPerRun, rssMiB }) {
  const parts = serviceRoles.map((role) => `${role} ${cpuMsPerRun[role]} ms, ${rssMiB[role]} MiB`);
  return `    by role, CPU a run and memory: ${parts.join('; ')}`;
}

/**
 * The bars: half of standalone's runs per CPU-second, the mean of all its measurements, and the same cost
 * from 1 to 64 partitions.
 */
export function bars({ standalone, layouts, partitions }) {
  const share = (load) =>
    round(
      (runsPerOwnCpuSecond(layouts['1'][load]) * standalone.length) /
        standalone.reduce((sum, measured) => sum + runsPerOwnCpuSecond(measured[load]), 0),
    );
  const verdicts = {};
  for (const load of ['w1', 'w0', 'w1Wide', 'w0Wide']) {
    verdicts[`${load}-share-of-standalone`] = { value: share(load), bar: 0.5, met: share(load) >= 0.5 };
  }
  const costs = Object.values(partitions).map(
    ({ cpuMsPerRun: { engine, database, broker } }) => engine + database + broker,
  );
  const spread = round(Math.max(...costs) / Math.min(...costs));
  verdicts['cost-spread-1-to-64-partitions'] = { value: spread, bar: 1.15, met: spread <= 1.15 };
  return verdicts;
}
