import { createHash } from 'node:crypto';
import { canonicalJson, type LeftOutCapability, type NamedCapability } from '@tutti/contracts';
import type { DataSource } from 'typeorm';

interface Queryable {
  query(sql: string, parameters?: unknown[]): Promise<unknown>;
}

/** `pin`: what was approved is called; `follow`: what was found last, at once. */
export type DiscoveryMode = 'pin' | 'follow';

/** A connection whose capabilities are to be looked for. */
export interface DueDiscovery {
  workspaceId: string;
  connection: string;
}

/** What is stored of a connection's discovery. */
export interface StoredDiscovery {
  connectionId: string;
  mode: DiscoveryMode;
  /** Of the names of its capabilities; null: the connection's name. */
  prefix: string | null;
  /** Null: nothing was approved yet. */
  approved: NamedCapability[] | null;
  approvedHash: string | null;
  approvedBy: string | null;
  approvedAt: Date | null;
  /** Names of what was approved, and is something else or gone now. */
  refused: string[];
  /** Null: it was not found out yet. */
  found: NamedCapability[] | null;
  foundHash: string | null;
  leftOut: LeftOutCapability[];
  foundAt: Date | null;
  /** Why the last look failed; null: it did not. */
  error: string | null;
  lookedAt: Date | null;
}

export interface Approval {
  by: string;
  /** Effects in place of those that were found, by name. */
  effects?: Readonly<Record<string, NamedCapability['effect']>>;
}

/** The lists of capabilities that connections find. Times are the database's. */
export class DiscoveryStore {
  readonly #database: Pick<DataSource, 'query' | 'transaction'>;

  constructor(database: Pick<DataSource, 'query' | 'transaction'>) {
    this.#database = database;
  }

  /**
   * Connections of the plugins that are to be looked at: new or changed ones, and those whose time has come.
   * They are nobody else's for `leaseMs`.
   */
  async takeDue(of: { plugins: readonly string[]; leaseMs: number; max: number }): Promise<DueDiscovery[]> {
    const { plugins, leaseMs, max } = of;
    if (plugins.length === 0) return [];
    await this.align(plugins);
    return (await this.#database.query(TAKE_DUE, [plugins, leaseMs, max])) as DueDiscovery[];
  }

  /** From now on the connections of these plugins are looked at. */
  async align(plugins: readonly string[]): Promise<void> {
    await this.#database.query(ALIGN, [plugins]);
  }

  /** What the names of its capabilities begin with; null: the connection's name. */
  async prefixOf(of: DueDiscovery): Promise<string | null> {
    return (await readDiscovery(this.#database, of))?.prefix ?? null;
  }

  /** What a connection found; looks again after `nextMs`. In mode `follow` it is approved at once. */
  async keep(
    of: DueDiscovery,
    result: { found: readonly NamedCapability[]; leftOut: readonly LeftOutCapability[]; nextMs: number },
  ): Promise<void> {
    await this.#database.transaction(async (manager) => {
      const stored = await readDiscovery(manager, of, 'lock');
      if (stored === null) return;
      const { found, leftOut, nextMs } = result;
      await manager.query(FOUND, [
        stored.connectionId,
        JSON.stringify(found),
        listHash(found),
        JSON.stringify(leftOut),
        nextMs,
      ]);
      if (stored.mode === 'follow')
        return approve(manager, stored, { capabilities: followed(found, stored), by: 'hub' });
      const refused = refusedOf(stored.approved ?? [], found);
      if (canonicalJson(refused) !== canonicalJson(stored.refused))
        await changed(manager, REFUSED, [stored.connectionId, JSON.stringify(refused)]);
    });
  }

  /** The look failed; what was found before stays. */
  async fail(of: DueDiscovery, error: string, nextMs: number): Promise<void> {
    await this.#database.query(FAILED, [of.workspaceId, of.connection, error, nextMs]);
  }

  /** A call noticed that something is not as it was: the next look is now. */
  async lookSoon(of: DueDiscovery): Promise<void> {
    await this.#database.query(LOOK_SOON, [of.workspaceId, of.connection]);
  }

  /** In the transaction of `manager`; null when the connection finds nothing by itself. */
  static read(manager: Queryable, of: DueDiscovery, lock?: 'lock'): Promise<StoredDiscovery | null> {
    return readDiscovery(manager, of, lock);
  }

  /** Approves what was found last, in the transaction of `manager`. `stored` was read with a lock. */
  static async approve(
    manager: Queryable,
    stored: StoredDiscovery,
    { by, effects = {} }: Approval,
  ): Promise<void> {
    const capabilities = (stored.found ?? []).map(({ hinted: _said, ...one }) => ({
      ...one,
      effect: effects[one.capability] ?? one.effect,
    }));
    await approve(manager, stored, { capabilities, by });
  }

  /** Says how changes are taken, and how names begin; the connection is looked at anew. */
  static async settle(
    manager: Queryable,
    stored: StoredDiscovery,
    { mode, prefix }: Pick<StoredDiscovery, 'mode' | 'prefix'>,
  ): Promise<void> {
    await manager.query(SETTLE, [stored.connectionId, mode, prefix]);
  }
}

/** SHA-256 (hex) over what was found, whatever the order in which it was told. */
function listHash(capabilities: readonly NamedCapability[]): string {
  const parts = capabilities.map(({ capability, hash }) => `${capability} ${hash}`).sort();
  return createHash('sha256').update(parts.join('\n')).digest('hex');
}

/** An effect that only the other side speaks of is believed where a person has approved just that. */
function followed(found: readonly NamedCapability[], { approved }: StoredDiscovery): NamedCapability[] {
  const known = new Map((approved ?? []).map((one) => [one.hash, one]));
  return found.map(({ hinted, ...one }) => {
    const before = known.get(one.hash);
    const same = before?.capability === one.capability ? before.effect : undefined;
    return { ...one, effect: same ?? (hinted ? 'write' : one.effect) };
  });
}

function refusedOf(approved: readonly NamedCapability[], found: readonly NamedCapability[]): string[] {
  const now = new Map(found.map(({ capability, hash }) => [capability, hash]));
  return approved
    .filter(({ capability, hash }) => now.get(capability) !== hash)
    .map(({ capability }) => capability);
}

async function approve(
  manager: Queryable,
  { connectionId, approved }: StoredDiscovery,
  { capabilities, by }: { capabilities: readonly NamedCapability[]; by: string },
): Promise<void> {
  const text = JSON.stringify(capabilities);
  if (by === 'hub' && text === JSON.stringify(approved)) return;
  const offers = capabilities.map(({ capability: name, effect }) => ({ name, effect }));
  await changed(manager, APPROVE, [connectionId, text, listHash(capabilities), JSON.stringify(offers), by]);
}

/** Hosts and orchestrators read the connection anew; the look that is under way counts as one after it. */
async function changed(manager: Queryable, sql: string, parameters: unknown[]): Promise<void> {
  await manager.query(CONNECTION_CHANGED, [parameters[0]]);
  await manager.query(sql, parameters);
}

async function readDiscovery(
  manager: Queryable,
  { workspaceId, connection }: DueDiscovery,
  lock?: 'lock',
): Promise<StoredDiscovery | null> {
  const sql = lock === undefined ? READ : `${READ} FOR UPDATE`;
  const [row] = (await manager.query(sql, [workspaceId, connection])) as (Omit<StoredDiscovery, JsonColumn> &
    Record<JsonColumn, string | null>)[];
  if (row === undefined) return null;
  const parsed = JSON_COLUMNS.map((name) => [
    name,
    row[name] === null ? null : (JSON.parse(row[name]) as unknown),
  ]);
  return { ...row, ...Object.fromEntries(parsed) } as StoredDiscovery;
}

const JSON_COLUMNS = ['approved', 'refused', 'found', 'leftOut'] as const;
type JsonColumn = (typeof JSON_COLUMNS)[number];

const OF_CONNECTION = `FROM connections c WHERE c.id = d.connection_id AND c.workspace_id = $1 AND c.name = $2`;

/** A connection that got another plugin begins anew. */
const ALIGN = `
INSERT INTO connection_discoveries AS d (connection_id, plugin)
SELECT id, plugin FROM connections c WHERE plugin = ANY ($1::text[]) AND enabled
   AND NOT EXISTS (SELECT 1 FROM connection_discoveries o WHERE o.connection_id = c.id AND o.plugin = c.plugin)
ON CONFLICT (connection_id) DO UPDATE SET plugin = excluded.plugin, approved = NULL, approved_hash = NULL, approved_by = NULL,
  approved_at = NULL, offers = NULL, refused = '[]', found = NULL, found_hash = NULL, left_out = '[]', found_at = NULL, error = NULL,
  looked_at = NULL, next_at = clock_timestamp()`;

const TAKE_DUE = `
WITH taken AS (
  UPDATE connection_discoveries SET looked_at = clock_timestamp(), next_at = clock_timestamp() + $2 * interval '1 millisecond'
   WHERE connection_id IN (
     SELECT d.connection_id FROM connection_discoveries d JOIN connections c ON c.id = d.connection_id AND c.plugin = d.plugin
      WHERE c.enabled AND d.plugin = ANY ($1::text[])
        AND (d.next_at <= clock_timestamp() OR d.looked_at IS NULL OR d.looked_at < c.updated_at)
      ORDER BY d.next_at LIMIT $3 FOR UPDATE OF d SKIP LOCKED)
  RETURNING connection_id)
SELECT c.workspace_id AS "workspaceId", c.name AS connection FROM taken JOIN connections c ON c.id = taken.connection_id`;

const FOUND = `
UPDATE connection_discoveries SET found = $2, found_hash = $3, left_out = $4, found_at = clock_timestamp(), error = NULL,
  next_at = clock_timestamp() + $5 * interval '1 millisecond' WHERE connection_id = $1`;

const FAILED = `
UPDATE connection_discoveries d SET error = $3, next_at = clock_timestamp() + $4 * interval '1 millisecond' ${OF_CONNECTION}`;

const LOOK_SOON = `UPDATE connection_discoveries d SET next_at = clock_timestamp() ${OF_CONNECTION}`;

const REFUSED = `UPDATE connection_discoveries SET refused = $2, looked_at = clock_timestamp() WHERE connection_id = $1`;

const APPROVE = `
UPDATE connection_discoveries SET approved = $2, approved_hash = $3, offers = $4, approved_by = $5, refused = '[]',
  approved_at = clock_timestamp(), looked_at = clock_timestamp() WHERE connection_id = $1`;

const SETTLE = `
UPDATE connection_discoveries SET mode = $2, prefix = $3, next_at = clock_timestamp() WHERE connection_id = $1`;

const CONNECTION_CHANGED = `
UPDATE connections SET revision = revision + 1, updated_at = clock_timestamp() WHERE id = $1`;

const READ = `
SELECT d.connection_id AS "connectionId", d.mode, d.prefix, d.approved, d.approved_hash AS "approvedHash",
  d.approved_by AS "approvedBy", d.approved_at AS "approvedAt", d.refused, d.found, d.found_hash AS "foundHash",
  d.left_out AS "leftOut", d.found_at AS "foundAt", d.error, d.looked_at AS "lookedAt"
  FROM connection_discoveries d WHERE d.connection_id =
    (SELECT id FROM connections c WHERE c.workspace_id = $1 AND c.name = $2 AND c.plugin = d.plugin)`;
