import { type MasterKeyRotation, type MasterKeys, uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { instant } from '../instant.js';
import { HOLDER_ALIVE, lockMasterKeys, type OpenedBox, setKeyState } from './open-secret-box.js';
import { countByKey, replaceSealed, rowsNotUnder, SEALED_PLACES, type SealedPlace } from './sealed-rows.js';
import { nameOf } from './secret-box.js';

type Queryable = Pick<DataSource, 'query'>;

const BATCH = 100;
const UNREADABLE_MAX = 100;
const COLUMNS = `id, key_id AS "keyId", state, detail, total, moved, unreadable, started_by AS "startedBy",
  ${instant('started_at')} AS "startedAt", ${instant('ended_at')} AS "endedAt"`;

/** Which keys there are, who has them, and what is under which. */
export async function keyStatus(database: Queryable): Promise<MasterKeys> {
  const keys = (await database.query(
    `SELECT id, state, ${instant('changed_at')} AS since FROM master_keys ORDER BY created_at`,
  )) as MasterKeys['keys'];
  const processes = (await database.query(
    `SELECT DISTINCT host, pid, keys, sealing FROM master_key_holders WHERE ${HOLDER_ALIVE} ORDER BY host, pid`,
  )) as MasterKeys['processes'];
  const uses: MasterKeys['uses'] = [];
  for (const place of SEALED_PLACES)
    for (const { keyId, count } of await countByKey(database, place))
      uses.push({ what: place.what, keyId, count });
  const [rotation] = await rotations(database, 'true');
  return { keys, processes, uses, rotation: rotation ?? null };
}

/** Begins a rotation in the transaction, or answers the one that is under way. */
export async function beginRotation(
  manager: Queryable,
  of: { workspaceId: string; by: string },
): Promise<{ rotation: MasterKeyRotation; begun: boolean }> {
  await lockMasterKeys(manager);
  const [open] = await rotations(manager, 'ended_at IS NULL');
  if (open !== undefined) return { rotation: open, begun: false };
  await manager.query(
    `INSERT INTO key_rotations (id, key_id, state, detail, workspace_id, started_by)
     SELECT $1, id, 'waiting', '', $2, $3 FROM master_keys
     WHERE state IN ('next', 'active') ORDER BY state = 'next' DESC LIMIT 1`,
    [uuidv7(), of.workspaceId, of.by],
  );
  const [rotation] = await rotations(manager, 'ended_at IS NULL');
  if (rotation === undefined) throw new Error('No process has told which master key it has.');
  return { rotation, begun: true };
}

/**
 * Brings every secret under one master key while the hub works: what is done is in the rows themselves, so
 * that any process goes on where another one was ended.
 */
export class KeyRotation {
  readonly #database: DataSource;
  readonly #opened: OpenedBox;

  constructor(database: DataSource, opened: OpenedBox) {
    this.#database = database;
    this.#opened = opened;
  }

  /**
   * Does what can be done now. Answers the rotation when it has just ended; null: there is nothing more to do
   * at present. One process at a time; the others find nothing to do.
   */
  async work(): Promise<MasterKeyRotation | null> {
    const [open] = await rotations(this.#database, 'ended_at IS NULL');
    if (open === undefined) return null;
    const runner = this.#database.createQueryRunner();
    const name = `hashtext('tutti.key-rotation')`;
    try {
      const [lock] = (await runner.query(`SELECT pg_try_advisory_lock(${name}) AS got`)) as {
        got: boolean;
      }[];
      if (lock?.got !== true) return null;
      try {
        return await this.#advance(open);
      } finally {
        await runner.query(`SELECT pg_advisory_unlock(${name})`);
      }
    } finally {
      await runner.release();
    }
  }

  async #advance(rotation: MasterKeyRotation): Promise<MasterKeyRotation | null> {
    const { id, keyId } = rotation;
    const waits = (await this.#lacking('NOT ($1 = ANY (keys))', keyId)) ?? (await this.#switch(keyId));
    if (waits !== null) return this.#tell(id, `Waits for ${waits} to have the master key ${keyId}.`);
    await this.#opened.look();
    const behind = await this.#lacking('sealing <> $1', keyId);
    if (behind !== null) return this.#tell(id, `Waits for ${behind} to seal under the master key ${keyId}.`);
    const unreadable: string[] = [];
    await this.#database.query(
      `UPDATE key_rotations SET state = 'moving', detail = '', total = greatest(total, moved + $2),
         updated_at = clock_timestamp() WHERE id = $1`,
      [id, await this.#left(keyId)],
    );
    for (const place of SEALED_PLACES) await this.#move(rotation, place, unreadable);
    return (await this.#left(keyId)) > unreadable.length ? null : this.#end(rotation, unreadable);
  }

  /** Living processes for which something holds, as text; null: there are none. */
  async #lacking(what: string, keyId: string): Promise<string | null> {
    const rows = (await this.#database.query(
      `SELECT DISTINCT host, pid FROM master_key_holders WHERE ${HOLDER_ALIVE} AND ${what} ORDER BY host, pid`,
      [keyId],
    )) as { host: string; pid: number }[];
    return rows.length === 0 ? null : rows.map(({ host, pid }) => `process ${pid} on ${host}`).join(', ');
  }

  /** From now on the key seals. Looks again under the lock: a process may just have begun without it. */
  async #switch(keyId: string): Promise<string | null> {
    return this.#database.transaction(async (manager) => {
      await lockMasterKeys(manager);
      const late = await this.#lacking('NOT ($1 = ANY (keys))', keyId);
      if (late !== null) return late;
      const [active] = (await manager.query(`SELECT id FROM master_keys WHERE state = 'active'`)) as {
        id: string;
      }[];
      if (active?.id === keyId) return null;
      if (active !== undefined) await setKeyState(manager, active.id, 'old');
      await setKeyState(manager, keyId, 'active');
      return null;
    });
  }

  async #tell(id: string, detail: string): Promise<null> {
    await this.#database.query(
      'UPDATE key_rotations SET detail = $2, updated_at = clock_timestamp() WHERE id = $1',
      [id, detail],
    );
    return null;
  }

  async #move({ id, keyId }: MasterKeyRotation, place: SealedPlace, unreadable: string[]): Promise<void> {
    for (let after: string | null = null; ;) {
      const rows = await rowsNotUnder(this.#database, place, { keyId, after, limit: BATCH });
      if (rows.length === 0) return;
      const changes = rows.flatMap((row) => {
        const owner = place.ownerOf(row);
        try {
          const to = this.#opened.box.rewrap(row.sealed, owner);
          return to === null ? [] : [{ key: row.key, from: row.sealed, to }];
        } catch {
          unreadable.push(nameOf(owner));
          return [];
        }
      });
      await this.#database.transaction(async (manager) => {
        const moved = await replaceSealed(manager, place, changes);
        await manager.query(
          'UPDATE key_rotations SET moved = moved + $2, updated_at = clock_timestamp() WHERE id = $1',
          [id, moved],
        );
      });
      after = (rows.at(-1) as { key: string }).key;
    }
  }

  async #left(keyId: string): Promise<number> {
    let left = 0;
    for (const place of SEALED_PLACES)
      for (const use of await countByKey(this.#database, place)) if (use.keyId !== keyId) left += use.count;
    return left;
  }

  /** Nothing is under an old key any more, but for what no key opens. */
  async #end({ id, keyId }: MasterKeyRotation, unreadable: readonly string[]): Promise<MasterKeyRotation> {
    const detail =
      `Everything is under the master key ${keyId}. The one before it can go: take it away ` +
      '(TUTTI_MASTER_KEY_PREVIOUS, or master-key.previous of the data folder) and start the processes again.' +
      (unreadable.length === 0 ? '' : ` What no key opens has to be entered again (${unreadable.length}).`);
    return this.#database.transaction(async (manager) => {
      await lockMasterKeys(manager);
      await manager.query(
        `UPDATE master_keys SET state = 'retired', changed_at = clock_timestamp() WHERE state = 'old'`,
      );
      await manager.query(
        `UPDATE key_rotations SET state = 'done', detail = $2, unreadable = $3, updated_at = clock_timestamp(),
           ended_at = clock_timestamp() WHERE id = $1`,
        [id, detail, JSON.stringify(unreadable.slice(0, UNREADABLE_MAX))],
      );
      const [ended] = await rotations(manager, `id = '${id}'`);
      return ended as MasterKeyRotation;
    });
  }
}

/** Rotations of which something holds, the newest first. */
async function rotations(database: Queryable, where: string): Promise<MasterKeyRotation[]> {
  const rows = (await database.query(
    `SELECT ${COLUMNS} FROM key_rotations WHERE ${where} ORDER BY started_at DESC LIMIT 1`,
  )) as (Omit<MasterKeyRotation, 'unreadable'> & { unreadable: string })[];
  return rows.map((row) => ({ ...row, unreadable: JSON.parse(row.unreadable) as string[] }));
}
