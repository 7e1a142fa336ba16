// One load against one system, with the CPU and memory it took.
import { setTimeout as delay } from 'node:timers/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fork } from 'node:child_process';
import { request } from 'undici';
import { forkReady, usageOf } from './processes.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const sampleMs = 500;

/** Starts the stub in a process of its own. */
export async function startStub() {
  const { child, message } = await forkReady(join(here, 'stub.mjs'));
  const requests = async () => (await (await request(message.url)).body.json()).requests;
  return { url: message.url, pid: child.pid, requests, stop: () => child.kill() };
}

/** The value of the first message that has the key. A listener, since two messages may come in one turn. */
function messageOf(child, key) {
  return new Promise((resolve, reject) => {
    child.on('message', (message) => key in message && resolve(message[key]));
    child.once('exit', (code) => reject(new Error(`The load generator ended with code ${code}`)));
  });
}

const round = (value, digits = 2) => Number(value.toFixed(digits));

function snapshot(system, stub) {
  // Where a system says which processes are what, each of these groups as well.
  const groups = Object.entries(system.groups ?? {}).map(([name, pids]) => [name, usageOf(pids).engine]);
  return { ...usageOf(system.pids), stub: usageOf([stub.pid]).engine, ...Object.fromEntries(groups) };
}

/** Runs one plan; resolves with the load's figures, the CPU per run and the highest memory by group. */
export async function measure(system, stub, plan) {
  const child = fork(join(here, 'load.mjs'), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const result = messageOf(child, 'result');
  const measuring = messageOf(child, 'measuring');
  const measured = messageOf(child, 'measured');
  const requestsBefore = await stub.requests();
  child.send({ ...plan, url: system.urls[plan.workflow], headers: system.headers });
  await measuring;
  const before = snapshot(system, stub);
  const peak = Object.fromEntries(Object.keys(before).map((key) => [key, 0]));
  let over = false;
  const sampler = (async () => {
    while (!over) {
      const now = snapshot(system, stub);
      for (const key of Object.keys(peak)) peak[key] = Math.max(peak[key], now[key].rssMiB);
      await delay(sampleMs);
    }
  })();
  await measured;
  const after = snapshot(system, stub);
  over = true;
  await sampler;
  const figures = await result;
  const cpuMsPerRun = {};
  const rssMiB = {};
  for (const key of Object.keys(peak)) {
    cpuMsPerRun[key] = figures.runs > 0 ? round((after[key].cpuMs - before[key].cpuMs) / figures.runs) : null;
    rssMiB[key] = Math.round(peak[key]);
  }
  const stubRequests = (await stub.requests()) - requestsBefore;
  return { ...figures, cpuMsPerRun, rssMiB, stubRequestsPerRun: round(stubRequests / figures.started) };
}
