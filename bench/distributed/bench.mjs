// npm run bench -- distributed [--seconds 15] [--layouts 1,2,4] [--partitions 1,16,64]
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { measure, startStub } from '../runs/measure.mjs';
import { usageOf } from '../runs/processes.mjs';
import { startHub, startPeer } from '../runs/systems.mjs';
import { startBroker, startCluster } from './cluster.mjs';
import { bars, lineOf, roleLine } from './report.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const partitionsDefault = 16;
const usage = `npm run bench -- distributed [options]
  --seconds N        length of each measurement (15)
  --warm-up N        seconds before each measurement (5)
  --concurrency N    starts at once (64)
  --rate N           starts a second for the latency measurement (20)
  --layouts LIST     orchestrators, and as many hosts (1,2,4)
  --partitions LIST  partitions of the topics with one orchestrator and one host (1,16,64)
  --floor-messages N messages of the bare Kafka floor (100000)`;

function readOptions(args) {
  const text = (value) => ({ type: 'string', default: value });
  const { values } = parseArgs({
    args,
    options: {
      seconds: text('15'),
      'warm-up': text('5'),
      concurrency: text('64'),
      rate: text('20'),
      layouts: text('1,2,4'),
      partitions: text('1,16,64'),
      'floor-messages': text('100000'),
      help: { type: 'boolean', default: false },
    },
  });
  const number = (value, name) => {
    if (!(Number(value) > 0)) throw new Error(`--${name} must be a number above 0.`);
    return Number(value);
  };
  const list = (name) =>
    values[name]
      .split(',')
      .filter(Boolean)
      .map((value) => number(value, name));
  return {
    help: values.help,
    seconds: number(values.seconds, 'seconds'),
    warmUpSeconds: number(values['warm-up'], 'warm-up'),
    concurrency: number(values.concurrency, 'concurrency'),
    rate: number(values.rate, 'rate'),
    layouts: list('layouts'),
    partitions: list('partitions'),
    floorMessages: number(values['floor-messages'], 'floor-messages'),
  };
}

/** Measures the named loads of one system and ends it. */
async function measureLoads(name, start, { loads, options }) {
  const stub = await startStub();
  try {
    const system = await start(stub.url);
    try {
      const { concurrency, seconds, warmUpSeconds, rate } = options;
      const common = { concurrency, seconds, warmUpSeconds };
      const plans = {
        w1: { ...common, workflow: 'w1' },
        w0: { ...common, workflow: 'w0' },
        // A run spends its time in seven hops here: to fill their batches it takes more runs at once.
        w1Wide: { ...common, workflow: 'w1', concurrency: concurrency * 4 },
        w0Wide: { ...common, workflow: 'w0', concurrency: concurrency * 4 },
        lowRate: { ...common, workflow: 'w1', startsPerSecond: rate, warmUpSeconds: 2 },
      };
      const results = {};
      for (const load of loads) {
        results[load] = await measure(system, stub, plans[load]);
        console.log(lineOf(name, load, results[load]));
        if (system.groups) console.log(roleLine(results[load]));
        for (const sample of results[load].errorSamples) console.log(`  ${sample}`);
      }
      return results;
    } finally {
      await system.stop();
    }
  } finally {
    stub.stop();
  }
}

/** Bare kafkajs on the same broker, with the broker's own processor time. */
async function kafkaFloor(broker, messages) {
  const before = usageOf([broker.pid]).broker.cpuMs;
  const child = fork(join(here, 'kafka-floor.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  child.send({ bootstrap: broker.bootstrap, messages, bytes: 1_024 });
  const [{ result }] = await once(child, 'message');
  const brokerMs = usageOf([broker.pid]).broker.cpuMs - before;
  return { ...result, brokerCpuMsPerThousand: Number(((brokerMs / messages) * 1_000).toFixed(2)) };
}

/** Prints every figure for people, then all of them as one JSON line for programs. */
export async function main(args) {
  const options = readOptions(args);
  if (options.help) {
    console.log(usage);
    return 0;
  }
  const all = ['w1', 'w0', 'w1Wide', 'w0Wide', 'lowRate'];
  const standalone = await measureLoads('standalone', startHub, { loads: all, options });
  const groupCommit = await measureLoads('floor: group commit', (url) => startPeer('floor', url), {
    loads: ['w1', 'w0', 'lowRate'],
    options,
  });
  const broker = await startBroker();
  const layouts = {};
  const partitions = {};
  let kafka;
  try {
    kafka = await kafkaFloor(broker, options.floorMessages);
    console.log(`floor: bare kafkajs           ${JSON.stringify(kafka)}`);
    const startWith = (workers, count) => (stubUrl) =>
      startCluster({ broker, stubUrl, workers, partitions: count });
    for (const workers of options.layouts) {
      layouts[workers] = await measureLoads(
        `${workers} orchestrators, ${workers} hosts`,
        startWith(workers, partitionsDefault),
        { loads: all, options },
      );
    }
    for (const count of options.partitions) {
      const { w1Wide } = await measureLoads(`${count} partitions`, startWith(1, count), {
        loads: ['w1Wide'],
        options,
      });
      partitions[count] = w1Wide;
    }
  } finally {
    await broker.stop();
  }
  // Before and after the others: the machine is shared, and changes its speed while they are measured.
  const standaloneAfter = await measureLoads('standalone, again', startHub, { loads: all, options });
  const verdicts =
    layouts['1'] && options.partitions.length > 0
      ? bars({ standalone: [standalone, standaloneAfter], layouts, partitions })
      : {};
  const first = layouts[options.layouts[0]];
  // W1 crosses the bus seven times: the acceptance, and for each of its three calls there and back.
  const hopMs = Number(((first.lowRate.p50Ms - standalone.lowRate.p50Ms) / 7).toFixed(2));
  for (const [name, { value, bar, met }] of Object.entries(verdicts))
    console.log(`${met ? 'met   ' : 'MISSED'} ${name}: ${value} (bar ${bar})`);
  console.log(`a hop over the bus adds ${hopMs} ms (bare kafkajs ${kafka.hopP50Ms} ms)`);
  console.log(
    JSON.stringify({
      bench: 'distributed',
      options,
      standalone,
      standaloneAfter,
      floors: { groupCommit, kafka },
      layouts,
      partitions,
      hopMs,
      bars: verdicts,
    }),
  );
  return 0;
}
