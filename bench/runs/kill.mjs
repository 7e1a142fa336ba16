// kill -9 in mid-load: every run that the hub accepted (202) must end after the hub is started again.
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';
import { startStub } from './measure.mjs';
import { launchHub, startHub } from './systems.mjs';
import { stop } from './processes.mjs';

const endSecondsMax = 120;
const ended = new Set(['completed', 'faulted', 'cancelled']);

async function startRuns(api, { stopped, accepted, headers }) {
  while (!stopped()) {
    try {
      const body = JSON.stringify({ n: accepted.length });
      const answer = await api.request({
        path: '/v1/workflows/bench/w1/runs',
        method: 'POST',
        headers,
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode === 202) accepted.push(JSON.parse(text).id);
      else await delay(50);
    } catch {
      // The hub is down: nothing was accepted, which is what the caller is told too.
      await delay(50);
    }
  }
}

async function statusOf(api, id, headers) {
  const answer = await api.request({ path: `/v1/runs/${id}`, method: 'GET', headers });
  const text = await answer.body.text();
  if (answer.statusCode === 404) return 'missing';
  if (answer.statusCode !== 200) return `http-${answer.statusCode}`;
  const body = JSON.parse(text);
  return body.status ?? body.run?.status;
}

/** Asks for every accepted run until all have ended or the time is over. */
async function awaitEnds(api, { accepted, headers }) {
  const statuses = new Map(accepted.map((id) => [id, 'unknown']));
  const deadline = Date.now() + endSecondsMax * 1_000;
  for (;;) {
    const open = accepted.filter((id) => !ended.has(statuses.get(id)));
    if (open.length === 0 || Date.now() > deadline) return statuses;
    for (let from = 0; from < open.length; from += 32) {
      const slice = open.slice(from, from + 32);
      const found = await Promise.all(slice.map((id) => statusOf(api, id, headers)));
      slice.forEach((id, index) => statuses.set(id, found[index]));
    }
    await delay(500);
  }
}

function count(statuses) {
  const counts = {};
  for (const status of statuses.values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
}

async function loadAndKill(system, options) {
  const accepted = [];
  const headers = { authorization: system.headers.authorization, 'content-type': 'application/json' };
  let over = false;
  const api = new Pool(system.hub.apiUrl, { connections: options.concurrency });
  const state = { stopped: () => over, accepted, headers };
  const workers = Array.from({ length: options.concurrency }, () => startRuns(api, state));
  await delay(Math.min(options.seconds, 5) * 1_000);
  system.hub.child.kill('SIGKILL');
  await delay(200);
  over = true;
  await Promise.all(workers);
  await api.destroy();
  return { accepted, headers };
}

/** Resolves with how many runs were accepted before the kill and how many of them did not end after it. */
export async function killTest(options) {
  const stub = await startStub();
  const system = await startHub(stub.url);
  const { accepted, headers } = await loadAndKill(system, options);
  console.log(`kill: hub killed after ${accepted.length} accepted runs; starting it again`);
  const startedAt = Date.now();
  const hub = await launchHub(system.dataDir);
  const restartMs = Date.now() - startedAt;
  const api = new Pool(hub.apiUrl, { connections: 32 });
  const statuses = await awaitEnds(api, { accepted, headers });
  await api.close();
  await stop(hub.child);
  stub.stop();
  const counts = count(statuses);
  const lost = [...statuses.values()].filter((status) => !ended.has(status)).length;
  console.log(
    `kill: ready again after ${restartMs} ms; ${lost} lost of ${accepted.length}: ${JSON.stringify(counts)}`,
  );
  await system.stop();
  return { accepted: accepted.length, lost, counts, restartMs };
}
