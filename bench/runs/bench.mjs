// npm run bench -- runs [--seconds 20] [--concurrency 64] [--peers restate,dbos,node-red,floor] [--no-hub]
// [--kill] [--shapes]
import { parseArgs } from 'node:util';
import { killTest } from './kill.mjs';
import { measure, startStub } from './measure.mjs';
import { barLines, bars, ratios, resultTable } from './report.mjs';
import { measureShapes } from './shapes.mjs';
import { peerNames, startHub, startPeer } from './systems.mjs';

const usage = `npm run bench -- runs [options]
  --seconds N       length of each measurement (20)
  --warm-up N       seconds before each measurement (5)
  --concurrency N   starts at once (64)
  --rate N          starts a second for the latency measurement (20)
  --peers LIST      measure these as well: ${peerNames.join(', ')} (installed on demand)
  --no-hub          the peers only
  --kill            kill -9 the hub in mid-load and count the runs that were accepted and did not end
  --shapes          only this: one run at a time of 2 to 200 tasks, 10 to 1,000 branches, 100 to 10,000 turns;
                    what each unit costs, and how that grows`;

function readOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      seconds: { type: 'string', default: '20' },
      'warm-up': { type: 'string', default: '5' },
      concurrency: { type: 'string', default: '64' },
      rate: { type: 'string', default: '20' },
      peers: { type: 'string', default: '' },
      'no-hub': { type: 'boolean', default: false },
      kill: { type: 'boolean', default: false },
      shapes: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const peers = values.peers.split(',').filter(Boolean);
  const unknown = peers.filter((name) => !peerNames.includes(name));
  if (unknown.length > 0)
    throw new Error(`Unknown peers: ${unknown.join(', ')}. Known: ${peerNames.join(', ')}.`);
  const numbers = ['seconds', 'warm-up', 'concurrency', 'rate'].map((key) => [key, Number(values[key])]);
  const wrong = numbers.find(([, value]) => !(value > 0));
  if (wrong) throw new Error(`--${wrong[0]} must be a number above 0.`);
  return { ...values, ...Object.fromEntries(numbers), peers };
}

async function measureSystem(name, start, options) {
  const stub = await startStub();
  try {
    const system = await start(stub.url);
    try {
      const loads = {};
      const common = {
        concurrency: options.concurrency,
        seconds: options.seconds,
        warmUpSeconds: options['warm-up'],
      };
      const plans = {
        w1: { ...common, workflow: 'w1' },
        w0: { ...common, workflow: 'w0' },
        lowRate: { ...common, workflow: 'w1', startsPerSecond: options.rate, warmUpSeconds: 2 },
      };
      for (const [load, plan] of Object.entries(plans)) {
        loads[load] = await measure(system, stub, plan);
        const { runsPerSecond, p50Ms, errors, errorSamples, stubRequestsPerRun } = loads[load];
        const speed = `${runsPerSecond} runs/s, p50 ${p50Ms} ms`;
        console.log(`${name} ${load}: ${speed}, ${stubRequestsPerRun} calls a run, ${errors} errors`);
        for (const sample of errorSamples) console.log(`  ${sample}`);
      }
      return loads;
    } finally {
      await system.stop();
    }
  } finally {
    stub.stop();
  }
}

/** Prints every figure for people, then all of them as one JSON line for programs. */
export async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  if (options.shapes) {
    console.log(JSON.stringify({ bench: 'runs', shapes: await measureShapes() }));
    return 0;
  }
  const systems = {};
  if (!options['no-hub']) systems.hub = await measureSystem('hub', startHub, options);
  for (const peer of options.peers)
    systems[peer] = await measureSystem(peer, (url) => startPeer(peer, url), options);
  const kill = options.kill ? await killTest(options) : null;
  const verdicts = bars(systems, { lost: kill?.lost });
  console.log(`\n${resultTable(systems).join('\n')}\n`);
  for (const [peer, { w1, w0, lowRateP50 }] of Object.entries(ratios(systems))) {
    console.log(`hub / ${peer}: W1 ${w1}, W0 ${w0}, p50 at the low rate ${lowRateP50}`);
  }
  console.log(barLines(verdicts).join('\n'));
  const { seconds, concurrency, rate } = options;
  console.log(
    JSON.stringify({
      bench: 'runs',
      seconds,
      concurrency,
      rate,
      systems,
      ratios: ratios(systems),
      bars: verdicts,
      kill,
    }),
  );
  return 0;
}
