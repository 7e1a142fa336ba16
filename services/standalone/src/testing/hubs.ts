import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, testKafka } from '@tutti/testing';
import { Client } from 'pg';
import type { Answer, CallOptions } from './api-caller.js';
import { DistributedHub } from './distributed-hub.js';
import { endLeftDatabase, HubProcess, temporaryFolder } from './hub-process.js';

/** A hub with its examples loaded, whichever way it runs: what the same tests need of both. */
export interface HubUnderTest {
  readonly api: string;
  readonly token: string;
  /** What its processes said since they were started last. */
  readonly output: string;
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  /** Kills everything at once, forgets that the examples were loaded, and starts again until they are. */
  breakOffAndStart(): Promise<void>;
  stop(): Promise<void>;
}

/** The two ways to run: `describe.each(HUBS)`. */
export const HUBS = [
  ['standalone', startStandalone],
  ['distributed', startDistributed],
] as const satisfies readonly (readonly [string, () => Promise<HubUnderTest>])[];

async function startStandalone(): Promise<HubUnderTest> {
  const folder = temporaryFolder();
  const args = ['--no-dashboard'];
  let hub = await HubProcess.start(folder.path, args);
  return {
    get api() {
      return hub.api;
    },
    get token() {
      return hub.token;
    },
    get output() {
      return hub.output;
    },
    call: (method, path, options) => hub.call(method, path, options),
    async breakOffAndStart() {
      await hub.end('SIGKILL');
      rmSync(join(folder.path, 'examples-loaded'));
      hub = await HubProcess.start(folder.path, args);
    },
    async stop() {
      await hub.end('SIGTERM');
      await endLeftDatabase(folder.path);
      folder.remove();
    },
  };
}

/** How long the examples may take to load beside other tests. */
const LOAD_MS_MAX = 180_000;

async function startDistributed(): Promise<HubUnderTest> {
  const hub = await DistributedHub.start({
    kafka: await testKafka(),
    environment: { TUTTI_EXAMPLES: 'true' },
  });
  const loaded = () =>
    eventually(async () => (await query(hub, 'SELECT 1 FROM bus_state WHERE key = $1')) > 0, LOAD_MS_MAX);
  await loaded();
  return {
    get api() {
      return hub.api;
    },
    token: hub.token,
    get output() {
      return hub.output;
    },
    call: (method, path, options) => hub.call(method, path, options),
    async breakOffAndStart() {
      const roles = Object.keys(hub.processes) as (keyof typeof hub.processes)[];
      await Promise.all(roles.map((role) => hub.kill(role)));
      await query(hub, 'DELETE FROM bus_state WHERE key = $1');
      await Promise.all(roles.map((role) => hub.restart(role)));
      await loaded();
    },
    stop: () => hub.stop(),
  };
}

/** Runs a statement about the mark of the loaded examples; answers how many rows it met. */
async function query({ databaseUrl }: DistributedHub, sql: string): Promise<number> {
  const client = new Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    return (await client.query(sql, ['examples.loaded'])).rowCount ?? 0;
  } finally {
    await client.end();
  }
}
