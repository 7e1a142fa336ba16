// What a call of a plugin costs in a process of its own, against the same call in the host's process, in one
// run: latency of calls one after another, and processor time of host and child for calls that arrive
// together. Prints its figures as one JSON line last.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../../', import.meta.url);
const host = new URL('services/connector-host/dist/', root);
const { IsolatedPlugins } = await import(new URL('isolation/isolated-plugins.js', host).href);
const { inProcess } = await import(new URL('plugins/hosted-plugin.js', host).href);

const SAMPLES = 15;
const CALLS = 2_000;
const AT_ONCE = 64;
const TICK_MS = 10;
const MODULE = new URL('plugin/index.js', import.meta.url);
const input = { email: 'ada@example.org', note: 'n'.repeat(512) };
const settings = { token: 'a-secret-of-the-bench' };
const signal = new AbortController().signal;
const silent = () => undefined;

const plugins = new IsolatedPlugins({
  line: (_level, text) => console.error(text),
  count: silent,
  quarantined: async () => undefined,
  isReleased: async () => false,
});
const isolated = await plugins.load({
  name: 'util-bench',
  version: '1.0.0',
  folder: fileURLToPath(new URL('plugin/', import.meta.url)),
  module: MODULE.href,
});
const ways = { inProcess: inProcess((await import(MODULE.href)).default), isolated: isolated.plugin };
const results = {};
for (const name of Object.keys(ways)) results[name] = { latencyMs: [], cpuMs: [] };
// In turns, so that whatever else the machine does meets both.
for (let sample = 0; sample <= SAMPLES; sample++) {
  for (const [name, plugin] of Object.entries(ways)) {
    const measured = { latencyMs: await latency(plugin), cpuMs: await processorTime(plugin) };
    // The first one warms up.
    if (sample === 0) continue;
    results[name].latencyMs.push(measured.latencyMs);
    results[name].cpuMs.push(measured.cpuMs);
  }
}
await plugins.stop();
report();

/** One call as the host makes it: checked on the way in and on the way out. */
async function call({ capabilities }) {
  const capability = capabilities['util.contact'];
  const context = { input: capability.input.parse(input), settings, idempotencyKey: 'k', signal, log: {} };
  return capability.output.parse((await capability.run(context)).output);
}

/** Median of calls one after another. */
async function latency(plugin) {
  const times = [];
  for (let i = 0; i < CALLS / 4; i++) {
    const at = performance.now();
    await call(plugin);
    times.push(performance.now() - at);
  }
  return median(times);
}

/** Of host and child, per call, with many calls under way. */
async function processorTime(plugin) {
  const before = usedMs();
  let left = CALLS;
  const worker = async () => {
    while (left-- > 0) await call(plugin);
  };
  await Promise.all(Array.from({ length: AT_ONCE }, worker));
  return (usedMs() - before) / CALLS;
}

function usedMs() {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000 + childMs();
}

/** The child's, as Linux tells it; the guards' own process has the plugin's as its child. */
function childMs() {
  const pid = isolated.pid();
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  const stat = readFileSync(`/proc/${children.split(' ')[0] || pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

function median(values) {
  return [...values].sort((one, other) => one - other)[Math.floor(values.length / 2)];
}

function report() {
  const figures = Object.fromEntries(
    Object.entries(results).map(([name, { latencyMs, cpuMs }]) => [
      name,
      { latencyMs: round(median(latencyMs)), cpuMs: round(median(cpuMs)) },
    ]),
  );
  const price = {
    latencyMs: round(figures.isolated.latencyMs - figures.inProcess.latencyMs),
    cpuMs: round(figures.isolated.cpuMs - figures.inProcess.cpuMs),
  };
  const guards = isolated.guards.filter(({ held }) => held).map(({ name }) => name);
  console.log(
    `in the process: ${figures.inProcess.latencyMs} ms a call, ${figures.inProcess.cpuMs} ms processor`,
  );
  console.log(
    `isolated:       ${figures.isolated.latencyMs} ms a call, ${figures.isolated.cpuMs} ms processor`,
  );
  console.log(`price:          ${price.latencyMs} ms (below 0.3), ${price.cpuMs} ms processor (below 0.2)`);
  const ok = price.latencyMs < 0.3 && price.cpuMs < 0.2;
  console.log(
    JSON.stringify({ bench: 'plugins', ok, price, ...figures, calls: CALLS, atOnce: AT_ONCE, guards }),
  );
}

function round(value) {
  return Math.round(value * 10_000) / 10_000;
}
