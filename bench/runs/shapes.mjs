// One run at a time through the hub, in shapes that grow: tasks one after the other, branches of a fork,
// turns of a loop. What a task, branch or turn costs must not depend on how many there are, nor the hub's
// memory.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { request } from 'undici';
import { startStub } from './measure.mjs';
import { usageOf } from './processes.mjs';
import { applyDocument, startHub } from './systems.mjs';

const pollMs = 100;
const runSecondsMax = 600;
const ended = new Set(['completed', 'faulted', 'cancelled']);

const document = (name, tasks) =>
  JSON.stringify({ document: { dsl: '1.0.3', namespace: 'bench', name, version: '1.0.0' }, do: tasks });
const callOf = (url) => ({ call: 'http', with: { method: 'post', endpoint: url, body: { n: 1, step: 1 } } });
const listOf = (count, task) => Array.from({ length: count }, (_, i) => ({ [`t${i}`]: task }));
const loopOf = (task) => [
  {
    loop: {
      for: { in: '[range(0; $input.turns)]' },
      do: [{ turn: { ...task, output: { as: '{ n: 1 }' } } }],
    },
  },
];

/** Each shape in sizes that grow tenfold or so; the last is the one that the figure is about. */
const shapes = {
  tasks: { sizes: [2, 20, 200], tasksOf: (size, url) => listOf(size, callOf(url)) },
  fork: {
    sizes: [10, 100, 1_000],
    tasksOf: (size, url) => [{ fork: { fork: { branches: listOf(size, callOf(url)) } } }],
  },
  loop: { sizes: [100, 1_000, 10_000], tasksOf: () => loopOf({ set: '${ { n: $item } }' }) },
  callLoop: { sizes: [100, 1_000, 10_000], tasksOf: (_, url) => loopOf(callOf(url)) },
};

/** A connection to the hub's own database, beside the hub. */
async function connect(dataDir) {
  const files = ['postgres', 'database', 'pg', '.'].map((path) => join(dataDir, path, 'postmaster.pid'));
  const lines = readFileSync(files.find(existsSync), 'utf8').split('\n');
  const client = new pg.Client({
    host: lines[4],
    port: Number(lines[3]),
    user: 'postgres',
    database: 'tutti',
  });
  await client.connect();
  return client;
}

async function writtenBytes(database) {
  const { rows } = await database.query(
    `SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), '0/0')::float8 AS bytes`,
  );
  return rows[0].bytes;
}

async function journalOf(database, runId) {
  const text = `SELECT count(*)::int AS turns, sum(length(event) + length(entries))::float8 AS bytes
    FROM journal WHERE run_id = $1`;
  return (await database.query(text, [runId])).rows[0];
}

async function callHub(hub, path, options = {}) {
  const { statusCode, body } = await request(`${hub.apiUrl}${path}`, {
    ...options,
    headers: { ...hub.headers, 'content-type': 'application/json' },
  });
  const text = await body.text();
  if (statusCode >= 300) throw new Error(`${path}: ${statusCode} ${text.slice(0, 300)}`);
  return JSON.parse(text);
}

async function runToEnd(hub, name, turns) {
  const path = `/v1/workflows/bench/${name}/runs`;
  const { id } = await callHub(hub, path, { method: 'POST', body: JSON.stringify({ turns }) });
  const until = Date.now() + runSecondsMax * 1_000;
  for (;;) {
    const answer = await callHub(hub, `/v1/runs/${id}`);
    const status = answer.status ?? answer.run?.status;
    if (status === 'completed') return id;
    if (ended.has(status))
      throw new Error(`The run of ${name} is ${status}: ${JSON.stringify(answer).slice(0, 500)}`);
    if (Date.now() > until) throw new Error(`The run of ${name} took more than ${runSecondsMax} s.`);
    await delay(pollMs);
  }
}

async function measureSize({ system, database }, name, size) {
  const before = { usage: usageOf(system.pids), bytes: await writtenBytes(database), at: performance.now() };
  const id = await runToEnd(system.hub, name, size);
  const seconds = (performance.now() - before.at) / 1_000;
  const usage = usageOf(system.pids);
  const journal = await journalOf(database, id);
  const cpuMs = (group) => usage[group].cpuMs - before.usage[group].cpuMs;
  const each = (value, digits = 2) => Number((value / size).toFixed(digits));
  return {
    size,
    seconds: Number(seconds.toFixed(1)),
    engineMsEach: each(cpuMs('engine')),
    databaseMsEach: each(cpuMs('database')),
    journalBytesEach: each(journal.bytes, 0),
    writtenBytesEach: each((await writtenBytes(database)) - before.bytes, 0),
    turnsCommitted: journal.turns,
    rssMiB: [Math.round(before.usage.engine.rssMiB), Math.round(usage.engine.rssMiB)],
  };
}

/** How many times a figure of the middle size that of the largest is; 1 is linear. */
function growth(rows) {
  const [, middle, last] = rows;
  const ratio = (read) => Number((read(last) / read(middle)).toFixed(2));
  return {
    cpu: ratio((row) => row.engineMsEach + row.databaseMsEach),
    journal: ratio((row) => row.journalBytesEach),
    written: ratio((row) => row.writtenBytesEach),
  };
}

/** Measures every shape; prints a line for each size. */
export async function measureShapes() {
  const stub = await startStub();
  const system = await startHub(stub.url);
  const database = await connect(system.dataDir);
  const results = {};
  try {
    for (const [shape, { sizes, tasksOf }] of Object.entries(shapes)) {
      const rows = [];
      for (const size of sizes) {
        const name = `${shape.toLowerCase()}-${size}`;
        await applyDocument(system.hub, name, document(name, tasksOf(size, stub.url)));
        // The first run compiles the workflow and warms what it is the first to use: the second counts.
        if (size < sizes[2]) await runToEnd(system.hub, name, size);
        rows.push(await measureSize({ system, database }, name, size));
        console.log(`${shape}: ${JSON.stringify(rows.at(-1))}`);
      }
      results[shape] = { rows, ratio: growth(rows) };
      console.log(
        `${shape}: per unit at ${sizes[2]} to ${sizes[1]}: ${JSON.stringify(results[shape].ratio)}`,
      );
    }
  } finally {
    await database.end();
    await system.stop();
    stub.stop();
  }
  return results;
}
