import type { ConnectionOptions } from 'node:tls';
import { Pool, types } from 'pg';
import type { Settings } from './settings.js';

/** Databases whose connections are kept; of more the one asked longest ago is closed. */
const POOLS_MAX = 50;
const IDLE_MS = 30_000;
const CONNECT_MS = 10_000;

/** The schema in which the keys of writes are kept, in the database that is written. */
export const KEYS_SCHEMA = 'tutti';

const pools = new Map<string, Pool>();

/** Connections to the database of the settings; one set for all calls with the same settings. */
export function poolFor(settings: Settings): Pool {
  const key = JSON.stringify(settings);
  const known = pools.get(key);
  pools.delete(key);
  const pool = known ?? newPool(settings);
  pools.set(key, pool);
  const [oldest] = pools.keys();
  if (pools.size > POOLS_MAX && oldest !== undefined) void closePool(oldest);
  return pool;
}

/** Closes all connections; tests end with it. */
export async function closePools(): Promise<void> {
  await Promise.all([...pools.keys()].map(closePool));
}

async function closePool(key: string): Promise<void> {
  const pool = pools.get(key);
  pools.delete(key);
  await pool?.end();
}

function newPool({ host, port, database, user, password, schema, connections, ...tls }: Settings): Pool {
  const pool = new Pool({
    host,
    port,
    database,
    user,
    ...(password !== undefined && { password }),
    ssl: tlsOf(tls),
    max: connections,
    idleTimeoutMillis: IDLE_MS,
    connectionTimeoutMillis: CONNECT_MS,
    allowExitOnIdle: true,
    application_name: 'tutti',
    // Names of the keys' schema are found last: nothing of the user's is hidden by it.
    options: `-c search_path=${schema},${KEYS_SCHEMA} -c timezone=UTC`,
    types: { getTypeParser: typeParser },
  });
  // The server ends idle sessions when it restarts; the next call opens a new one.
  pool.on('error', () => undefined);
  return pool;
}

function tlsOf({
  tls,
  certificateAuthority,
}: Pick<Settings, 'tls' | 'certificateAuthority'>): false | ConnectionOptions {
  if (tls === 'off') return false;
  const authority = certificateAuthority === undefined ? {} : { ca: certificateAuthority };
  return { rejectUnauthorized: tls === 'verify', ...authority };
}

/** Dates stay text, instants are ISO 8601; numeric and bigint are text, as they may not fit a number. */
function typeParser(oid: number): (value: string) => unknown {
  const { DATE, TIMESTAMP, TIMESTAMPTZ, TIME, INTERVAL, BYTEA } = types.builtins;
  if ([DATE, TIMESTAMP, TIME, INTERVAL, BYTEA].includes(oid)) return (value) => value;
  if (oid === TIMESTAMPTZ)
    return (value) => new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString();
  return types.getTypeParser(oid) as (value: string) => unknown;
}
