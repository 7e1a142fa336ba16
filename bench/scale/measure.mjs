// What one run and one span cost the database: rows, bytes on disk and bytes of the write-ahead log. The hub
// runs as `npm start` runs it, on its embedded PostgreSQL with full durability.
import { request } from 'undici';
import pg from 'pg';
import { join } from 'node:path';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { launchHub } from '../runs/systems.mjs';
import { stop } from '../runs/processes.mjs';
import { startStub } from '../runs/measure.mjs';

const tables = {
  'runs (row, state, key)': ['runs', 'run_states', 'idempotency_keys'],
  journal: ['journal'],
  spans: ['spans', 'span_minutes'],
  other: ['run_commands', 'receipts', 'run_minutes', 'artifacts', 'bus_payloads', 'event_outbox'],
};

async function sizes(client) {
  const { rows } = await client.query(`SELECT c.relname AS name,
      sum(pg_total_relation_size(coalesce(i.inhrelid, c.oid)))::float8 AS bytes
    FROM pg_class c LEFT JOIN pg_inherits i ON i.inhparent = c.oid
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND c.relnamespace = 'public'::regnamespace GROUP BY 1`);
  return Object.fromEntries(rows.map(({ name, bytes }) => [name, bytes]));
}

async function rowsOf(client, table) {
  return Number((await client.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n);
}

/** Ends when the hub's own spans have arrived: the count stands still. */
async function settle(client) {
  for (let before = -1, same = 0; same < 3;) {
    const now = await rowsOf(client, 'spans');
    same = now === before ? same + 1 : 0;
    before = now;
    await new Promise((done) => setTimeout(done, 1_000));
  }
  await client.query('CHECKPOINT');
}

async function snapshot(client) {
  await settle(client);
  const { rows } =
    await client.query(`SELECT wal_bytes::float8 AS wal, wal_records::float8 AS records, wal_fpi::float8 AS pages,
    (SELECT sum(xact_commit)::float8 FROM pg_stat_database WHERE datname = current_database())
      AS commits FROM pg_stat_wal`);
  return {
    ...rows[0],
    sizes: await sizes(client),
    journal: await rowsOf(client, 'journal'),
    spans: await rowsOf(client, 'spans'),
  };
}

async function startRuns(hub, workflow, { runs, concurrency }) {
  const body = JSON.stringify({
    n: 1,
    customer: { name: 'Ada Example', city: 'Vienna' },
    padding: 'x'.repeat(930),
  });
  let next = 0;
  const worker = async () => {
    while (next++ < runs) {
      const answer = await request(`${hub.apiUrl}/v1/workflows/bench/${workflow}/runs`, {
        method: 'POST',
        headers: { ...hub.headers, 'content-type': 'application/json', prefer: 'wait=60' },
        body,
      });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`A run was not done: ${answer.statusCode} ${text}`);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, worker));
}

async function apply(hub, workflow, stubUrl) {
  const file = join(import.meta.dirname, '..', 'runs', 'workflows', `${workflow}.yaml`);
  const answer = await request(`${hub.apiUrl}/v1/workflows`, {
    method: 'PUT',
    headers: { ...hub.headers, 'content-type': 'application/yaml' },
    body: readFileSync(file, 'utf8').replaceAll('STUB_URL', stubUrl),
  });
  if (answer.statusCode >= 300) throw new Error(`${workflow} was refused: ${await answer.body.text()}`);
  await answer.body.dump();
}

function difference(before, after, runs) {
  const per = (value) => Math.round((value / runs) * 100) / 100;
  const grown = (names) =>
    names.reduce((sum, name) => sum + (after.sizes[name] ?? 0) - (before.sizes[name] ?? 0), 0);
  return {
    runs,
    walBytesPerRun: Math.round((after.wal - before.wal) / runs),
    walRecordsPerRun: per(after.records - before.records),
    fullPageImagesPerRun: per(after.pages - before.pages),
    commitsPerRun: per(after.commits - before.commits),
    journalRowsPerRun: per(after.journal - before.journal),
    spansPerRun: per(after.spans - before.spans),
    bytesPerRun: Object.fromEntries(
      Object.entries(tables).map(([what, names]) => [what, Math.round(grown(names) / runs)]),
    ),
    bytesPerSpan: Math.round(grown(['spans']) / Math.max(1, after.spans - before.spans)),
  };
}

/** Where the hub's own PostgreSQL listens, from its pid file. */
function socketOf(dataDir) {
  return readFileSync(join(dataDir, 'postgres', 'postmaster.pid'), 'utf8').split('\n')[4];
}

/** Measures W1 (three calls) and W0 (none); answers bytes and rows per run. */
export async function measureRows({ runs = 6_000, concurrency = 64 } = {}) {
  const dataDir = mkdtempSync(join(tmpdir(), 'tutti-bench-scale-'));
  const stub = await startStub();
  const hub = await launchHub(dataDir);
  const client = new pg.Client({ host: socketOf(dataDir), port: 5432, user: 'postgres', database: 'tutti' });
  await client.connect();
  try {
    const result = {};
    for (const workflow of ['w1', 'w0']) {
      await apply(hub, workflow, stub.url);
      await startRuns(hub, workflow, { runs: 200, concurrency });
      const before = await snapshot(client);
      await startRuns(hub, workflow, { runs, concurrency });
      result[workflow] = difference(before, await snapshot(client), runs);
    }
    return result;
  } finally {
    await client.end();
    await stop(hub.child);
    stub.stop();
    rmSync(dataDir, { recursive: true, force: true });
  }
}
