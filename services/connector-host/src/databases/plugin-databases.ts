import { createHash } from 'node:crypto';
import {
  PermanentError,
  TransientError,
  type DatabaseDeclaration,
  type DatabasePort,
  type DatabaseSession,
} from '@tutti/plugin-sdk';
import { isDatabaseAway, type SecretBox, surviveLostConnections } from '@tutti/store';
import { Client, Pool, types, type PoolClient, type PoolConfig, type QueryConfig } from 'pg';
import type { DataSource } from 'typeorm';
import { LIMITS } from '../limits.js';

/** The part of the data source's options that says where the server is. */
interface ServerAddress {
  url?: string;
  host?: string;
  port?: number;
  database?: string;
}

/** Who a plugin is in the database. */
interface Role {
  plugin: string;
  schema: string;
  name: string;
}

/** PostgreSQL cuts names after 63 bytes; the other parts of a role's name take 24 of them. */
const SCHEMA_PART_LENGTH = 36;

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
  async prepare(declaration: DatabaseDeclaration, plugin: string): Promise<void> {
    const role: Role = {
      plugin,
      schema: declaration.schema,
      name: await this.#roleOf(plugin, declaration.schema),
    };
    // Hosts that start later change nothing, so any number may start at once, also as a user without
    // CREATEROLE.
    if (!(await this.#isThere(role))) await this.#makeSchema(role);
    if (this.#pools.has(role.schema)) return;
    const pool = surviveLostConnections(new Pool(this.#poolConfig(role)));
    try {
      await inTransaction(pool, async (client) => {
        await assertConfined(client, role);
        await migrate(client, declaration);
      });
    } catch (error) {
      await pool.end();
      throw error;
    }
    this.#pools.set(role.schema, pool);
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

  /** Whether the role can log in already and owns its schema. */
  async #isThere(role: Role): Promise<boolean> {
    const owned = (await this.#parts.admin.query(
      `SELECT 1 FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
       WHERE n.nspname = $1 AND r.rolname = $2 AND r.rolcanlogin`,
      [role.schema, role.name],
    )) as unknown[];
    if (owned.length === 0) return false;
    const client = new Client(this.#poolConfig(role));
    // The error that follows a refused login is told by connect too.
    client.on('error', () => undefined);
    try {
      await client.connect();
      return true;
    } catch (error) {
      // Its password is of another master key.
      if (codeOf(error).startsWith('28')) return false;
      throw error;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  async #makeSchema(role: Role): Promise<void> {
    const password = this.#passwordOf(role);
    try {
      await this.#parts.admin.transaction(async (client) => {
        // Two hosts may start at once.
        await client.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.plugin-schemas'))`);
        const roles = (await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [
          role.name,
        ])) as unknown[];
        const verb = roles.length === 0 ? 'CREATE' : 'ALTER';
        await client.query(`${verb} ROLE ${role.name} LOGIN NOINHERIT PASSWORD '${password}'`);
        await client.query(`GRANT ${role.name} TO CURRENT_USER`);
        await client.query(`CREATE SCHEMA IF NOT EXISTS ${role.schema} AUTHORIZATION ${role.name}`);
        await assertOwner(client, role);
      });
    } catch (error) {
      if (codeOf(error) !== '42501') throw error;
      throw new Error(
        'The database user may not create roles, which confine plugins to their own schema. Run as an ' +
          'administrator: ALTER ROLE <user of the hub> CREATEROLE; ' +
          'GRANT CREATE ON DATABASE <database> TO <user of the hub>; then start the connector hosts again.',
        { cause: error },
      );
    }
  }

  #poolConfig(role: Role): PoolConfig {
    return {
      ...serverOf(this.#parts.admin.options as ServerAddress),
      user: role.name,
      password: this.#passwordOf(role),
      max: LIMITS.databaseConnectionsPerPluginMax,
      application_name: `tutti-plugin-${role.schema}`,
      options: `-c search_path=${role.schema} -c timezone=UTC`,
      statement_timeout: LIMITS.databaseStatementTimeoutMs,
      idle_in_transaction_session_timeout: LIMITS.databaseStatementTimeoutMs,
      types: { getTypeParser: typeParser },
    };
  }

  /**
   * Roles are known to the whole server, so the database is part of the name; the plugin is, so that a plugin
   * which claims another one's schema gets another role, which may do nothing there.
   */
  async #roleOf(plugin: string, schema: string): Promise<string> {
    const rows = (await this.#parts.admin.query('SELECT current_database() AS name')) as { name: string }[];
    const [database, owner] = [shortHash(rows[0]?.name ?? ''), shortHash(plugin)];
    return `tutti_${database}_${owner}_${schema.slice(0, SCHEMA_PART_LENGTH)}`;
  }

  /** The same on every host of the installation, and stored nowhere. */
  #passwordOf(role: Role): string {
    return this.#parts.secretBox.derive(`plugin-schema/${role.plugin}/${role.schema}`).toString('base64url');
  }
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}

/** Only where the server is: user and password of the hub must not come along, wherever a URL holds them. */
function serverOf(address: ServerAddress): PoolConfig {
  if (address.url === undefined)
    return { host: address.host, port: address.port, database: address.database };
  const { host, port, database, ssl } = new Client({ connectionString: address.url }) as Client & PoolConfig;
  return { host, port, database, ssl };
}

interface Queries {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

async function assertOwner(client: Queries, role: Role): Promise<void> {
  const sql = `SELECT nspowner = $2::regrole AS own FROM pg_namespace WHERE nspname = $1`;
  const rows = (await client.query(sql, [role.schema, role.name])) as { own: boolean }[];
  if (rows[0]?.own === true) return;
  throw new Error(
    `The schema "${role.schema}" belongs to someone else: choose another name in \`database.schema\`.`,
  );
}

/** Refuses connections that are not the plugin's own, whatever the server's settings made of them. */
async function assertConfined(client: PoolClient, role: Role): Promise<void> {
  const { rows } = await client.query<{ name: string; super: boolean }>(
    `SELECT session_user::text AS name, rolsuper AS super FROM pg_roles WHERE rolname = session_user`,
  );
  if (rows[0]?.name === role.name && !rows[0].super) return;
  throw new Error(
    `The database let plugin "${role.plugin}" in as "${rows[0]?.name}" instead of its own role.`,
  );
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

/** SQLSTATE class of values that no column takes: a zero character, a number that is too long. */
const VALUE_REFUSED = /^22/;

/**
 * What the database says about itself being away is transient, a value that it refuses permanent; everything
 * else passes.
 */
async function classified<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PermanentError || error instanceof TransientError) throw error;
    // The server is away or full: not the plugin's fault.
    if (isDatabaseAway(error))
      throw new TransientError('The database cannot be reached.', { cause: error, reason: 'unavailable' });
    if (VALUE_REFUSED.test(codeOf(error)))
      throw new PermanentError(`The database refuses a value: ${(error as Error).message}`, {
        status: 422,
        cause: error,
      });
    throw error;
  }
}
