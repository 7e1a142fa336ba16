import { createHash } from 'node:crypto';
import {
  PermanentError,
  TransientError,
  type DatabaseDeclaration,
  type DatabasePort,
  type DatabaseSession,
} from '@tutti/plugin-sdk';
import type { SecretBox } from '@tutti/store';
import { Pool, types, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';

/** The part of the data source's options that says where the server is. */
interface ServerAddress {
  url?: string;
  host?: string;
  port?: number;
  database?: string;
}

export interface PluginDatabasesParts {
  /** The hub's own user, who may create roles and schemas. */
  admin: DataSource;
  secretBox: SecretBox;
}

/**
 * Gives every plugin a schema of its own. The plugin's SQL runs as a login role of its own that owns the
 * schema and nothing else, so PostgreSQL itself keeps it from the hub's tables and from other plugins,
 * whatever SQL it sends.
 */
export class PluginDatabases {
  readonly #parts: PluginDatabasesParts;
  readonly #pools = new Map<string, Pool>();

  constructor(parts: PluginDatabasesParts) {
    this.#parts = parts;
  }

  /** Makes role and schema where they are missing and runs the migrations that have not run. */
  async prepare(declaration: DatabaseDeclaration): Promise<void> {
    const { schema } = declaration;
    if (this.#pools.has(schema)) return;
    await this.#makeSchema(schema);
    const pool = new Pool(await this.#poolConfig(schema));
    // An idle connection that breaks is replaced with the next query; without a listener it would end the
    // process.
    pool.on('error', () => undefined);
    try {
      await inTransaction(pool, (client) => migrate(client, declaration));
    } catch (error) {
      await pool.end();
      throw error;
    }
    this.#pools.set(schema, pool);
  }

  /** The port of a prepared schema. */
  portOf(schema: string): DatabasePort {
    const pool = this.#pools.get(schema);
    if (pool === undefined) throw new Error(`The schema "${schema}" was not prepared.`);
    return new SchemaPort(pool);
  }

  async close(): Promise<void> {
    const pools = [...this.#pools.values()];
    this.#pools.clear();
    await Promise.all(pools.map((pool) => pool.end()));
  }

  async #makeSchema(schema: string): Promise<void> {
    const role = await this.#roleOf(schema);
    const password = this.#passwordOf(schema).replaceAll("'", "''");
    try {
      await this.#parts.admin.transaction(async (client) => {
        // Roles belong to the whole server, and two hosts may start at once.
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.plugin-schemas'))`);
        const roles = (await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])) as unknown[];
        if (roles.length === 0)
          await client.query(`CREATE ROLE ${role} LOGIN NOINHERIT PASSWORD '${password}'`);
        else await client.query(`ALTER ROLE ${role} LOGIN PASSWORD '${password}'`);
        await client.query(`GRANT ${role} TO CURRENT_USER`);
        await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema} AUTHORIZATION ${role}`);
        await client.query(`REVOKE ALL ON SCHEMA ${schema} FROM PUBLIC`);
      });
    } catch (error) {
      if (codeOf(error) !== '42501') throw error;
      throw new Error(
        'The database user may not create roles, which confine plugins to their own schema. Run as an ' +
          'administrator: ' +
          'ALTER ROLE <user of the hub> CREATEROLE; GRANT CREATE ON DATABASE <database> TO <user of the ' +
          'hub>;',
        { cause: error },
      );
    }
  }

  async #poolConfig(schema: string): Promise<PoolConfig> {
    const address = this.#parts.admin.options as ServerAddress;
    const user = await this.#roleOf(schema);
    const password = this.#passwordOf(schema);
    const common: PoolConfig = {
      user,
      password,
      max: LIMITS.databaseConnectionsPerPluginMax,
      application_name: `tutti-plugin-${schema}`,
      options: `-c search_path=${schema} -c timezone=UTC`,
      statement_timeout: LIMITS.databaseStatementTimeoutMs,
      idle_in_transaction_session_timeout: LIMITS.databaseStatementTimeoutMs,
      types: { getTypeParser: typeParser },
    };
    if (address.url === undefined)
      return { ...common, host: address.host, port: address.port, database: address.database };
    const url = new URL(address.url);
    url.username = user;
    url.password = encodeURIComponent(password);
    return { ...common, connectionString: url.href };
  }

  /** Roles are known to the whole server, so the database is part of the name. */
  async #roleOf(schema: string): Promise<string> {
    const rows = (await this.#parts.admin.query('SELECT current_database() AS name')) as { name: string }[];
    const database = createHash('sha256')
      .update(rows[0]?.name ?? '')
      .digest('hex')
      .slice(0, 8);
    return `tutti_${database}_${schema}`;
  }

  /** The same on every host of the installation, and stored nowhere. */
  #passwordOf(schema: string): string {
    return this.#parts.secretBox.derive(`plugin-schema/${schema}`).toString('base64url');
  }
}

const DATE = types.builtins.DATE;
const TIMESTAMPTZ = types.builtins.TIMESTAMPTZ;

/**
 * Dates stay text, because a `Date` would move them by the process's time zone; instants become ISO 8601 in
 * UTC.
 */
function typeParser(oid: number, format?: 'text' | 'binary'): (value: string) => unknown {
  if (oid === DATE) return (value) => value;
  if (oid === TIMESTAMPTZ)
    return (value) => new Date(value.replace(' ', 'T').replace(/([+-]\d\d)$/, '$1:00')).toISOString();
  return types.getTypeParser(oid, format as 'text') as (value: string) => unknown;
}

async function migrate(client: PoolClient, { schema, migrations }: DatabaseDeclaration): Promise<void> {
  await client.query(`SELECT pg_advisory_xact_lock(hashtext($1))`, [`tutti.plugin.${schema}`]);
  await client.query(`CREATE TABLE IF NOT EXISTS plugin_migrations
    (position int PRIMARY KEY, hash text NOT NULL,
     applied_at timestamptz NOT NULL DEFAULT clock_timestamp())`);
  const { rows } = await client.query<{ position: number; hash: string }>(
    'SELECT position, hash FROM plugin_migrations ORDER BY position',
  );
  if (rows.length > migrations.length) {
    throw new Error(
      `The schema "${schema}" was written by a newer version of the plugin: install that version again.`,
    );
  }
  for (const [position, sql] of migrations.entries()) {
    const hash = createHash('sha256').update(sql).digest('hex');
    const applied = rows[position];
    if (applied !== undefined && applied.hash !== hash) {
      throw new Error(
        `Migration ${position} of the schema "${schema}" was changed after it had run: add a new one at ` +
          `the end instead.`,
      );
    }
    if (applied !== undefined) continue;
    await client.query(sql);
    await client.query('INSERT INTO plugin_migrations (position, hash) VALUES ($1, $2)', [position, hash]);
  }
}

/** Ends of a transaction after which the same work may succeed. */
const REPEATABLE = new Set(['40001', '40P01']);
/** The server is away or full: not the plugin's fault. */
const UNAVAILABLE = /^(08|53|57P)/;

class SchemaPort implements DatabasePort {
  readonly #pool: Pool;

  constructor(pool: Pool) {
    this.#pool = pool;
  }

  async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
    return classified(async () => {
      const result = await this.#pool.query(oneStatement(sql, parameters));
      return result.rows as Row[];
    });
  }

  async transaction<T>(work: (session: DatabaseSession) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await classified(() => inTransaction(this.#pool, (client) => work(sessionOf(client))));
      } catch (error) {
        if (!REPEATABLE.has(codeOf(error))) throw error;
        if (attempt >= LIMITS.databaseTransactionAttempts) {
          const message = `The transaction collided with others ${attempt} times.`;
          throw new TransientError(message, { cause: error, status: 409, reason: 'unavailable' });
        }
      }
    }
  }
}

/** The extended protocol takes one statement only, so a query cannot leave a transaction open. */
function oneStatement(sql: string, parameters: readonly unknown[]): QueryConfig {
  return { text: sql, values: [...parameters], queryMode: 'extended' } as QueryConfig;
}

function sessionOf(client: PoolClient): DatabaseSession {
  return {
    async query<Row>(sql: string, parameters: readonly unknown[] = []): Promise<Row[]> {
      const result = await client.query(oneStatement(sql, parameters));
      return result.rows as Row[];
    },
  };
}

async function inTransaction<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  let broken = false;
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK').catch(() => {
      broken = true;
    });
    throw error;
  } finally {
    client.release(broken);
  }
}

function codeOf(error: unknown): string {
  return String((error as { code?: unknown }).code ?? '');
}

/** What the database says about itself being away is transient; everything else passes. */
async function classified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) throw error;
    const { code = '', message } = error as { code?: string; message: string };
    const away =
      UNAVAILABLE.test(code) ||
      code.startsWith('E') ||
      /Connection terminated|timeout exceeded/.test(message);
    if (away)
      throw new TransientError('The database cannot be reached.', { cause: error, reason: 'unavailable' });
    throw error;
  }
}
