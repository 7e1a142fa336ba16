import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';
import { uuidv7 } from '@tutti/contracts';
import type { DataSource } from 'typeorm';
import { StartError } from '../embedded/embedded-postgres.js';
import { KEY_BYTES, MasterKey } from './master-key.js';
import { rowsNotUnder, SEALED_PLACES } from './sealed-rows.js';
import { LEGACY_FORMAT, SecretBox, type SecretOwner } from './secret-box.js';

type Queryable = Pick<DataSource, 'query'>;

/** The master keys that a process is given: 64 hex digits each. */
export interface GivenKeys {
  masterKey: string;
  /** The one before it, until the rotation has ended. */
  previousKey?: string | undefined;
  /** The id of a key that nobody has any more: secrets under it are given up. `legacy`: of unknown id. */
  lostKeyId?: string | undefined;
}

type KeyState = 'next' | 'active' | 'old' | 'retired' | 'lost';

const WATCH_MS = 5_000;
/** SQL: a process that was not seen for longer does not live any more. */
export const HOLDER_ALIVE = `seen_at > clock_timestamp() - interval '15 seconds'`;
const INSTALLATION: SecretOwner = { workspaceId: '', kind: 'installation', of: 'secret' };
/** So many values of a place are tried with a key that the database does not know yet. */
const SAMPLES = 20;

/** A box that follows the database: which master key seals is decided there. */
export interface OpenedBox {
  box: SecretBox;
  /** Looks now which key seals, and tells the others which keys this process has. */
  look(): Promise<void>;
  /** Ends the looking. */
  close(): Promise<void>;
}

/**
 * Checks the keys against the database and opens the box of the process. Throws StartError with the remedy
 * when the secrets there are under a key that is not given.
 */
export async function openSecretBox(database: DataSource, given: GivenKeys): Promise<OpenedBox> {
  const key = new MasterKey(given.masterKey);
  const others = given.previousKey === undefined ? [] : [new MasterKey(given.previousKey)];
  const keys = [key, ...others.filter(({ id }) => id !== key.id)];
  const holder = { id: uuidv7(), keys: keys.map(({ id }) => id) };
  const box = await database.transaction(async (manager) => {
    await lockMasterKeys(manager);
    await giveUp(manager, given.lostKeyId);
    const active = (await activeKey(manager, keys)) ?? (await firstKey(manager, keys, given));
    const installationSecret = await installationSecretOf(manager, keys, active);
    await announce(manager, key, active.id);
    const opened = new SecretBox(active, { others: keys, installationSecret });
    await hold(manager, { ...holder, sealing: active.id });
    return opened;
  });
  return following(database, box, holder);
}

/** One process at a time changes which keys there are, or begins with those that it has. */
export async function lockMasterKeys(database: Queryable): Promise<void> {
  await database.query(`SELECT pg_advisory_xact_lock(hashtext('tutti.master-keys'))`);
}

/** The given key that seals now; undefined: there is none yet. Throws when it is not among the given. */
async function activeKey(database: Queryable, keys: readonly MasterKey[]): Promise<MasterKey | undefined> {
  const needed = (await database.query(
    `SELECT id, state FROM master_keys WHERE state IN ('active', 'old') ORDER BY state`,
  )) as { id: string; state: KeyState }[];
  for (const { id, state } of needed) {
    if (keys.some((key) => key.id === id)) continue;
    throw refusal(
      keys,
      state === 'active'
        ? `the secrets of this hub are under the master key ${id}`
        : `a rotation has not ended, and secrets are still under the master key ${id}`,
      id,
    );
  }
  const active = needed.find(({ state }) => state === 'active');
  return keys.find(({ id }) => id === active?.id);
}

function refusal(keys: readonly MasterKey[], why: string, id: string): StartError {
  const given = keys.map((key) => key.id).join(' and ');
  return new StartError(
    `The master key is not the right one: ${why}, and this process was given ${given}. Put the right one back ` +
      `(TUTTI_MASTER_KEY, or TUTTI_MASTER_KEY_PREVIOUS beside a new one; in the data folder master-key and master-key.previous). ` +
      `When it is lost for good, start once with TUTTI_MASTER_KEY_LOST=${id}: the secrets under it have to be entered again.`,
  );
}

/** The first start with keys in the database: it may have secrets from before. */
async function firstKey(
  database: Queryable,
  keys: readonly MasterKey[],
  { lostKeyId }: GivenKeys,
): Promise<MasterKey> {
  const fits = await legacyKey(database, keys);
  if (fits === undefined && lostKeyId === undefined)
    throw refusal(keys, 'it opens none of the secrets in the database', 'legacy');
  const active = fits ?? (keys[0] as MasterKey);
  await setKeyState(database, active.id, 'active');
  return active;
}

/** The key that opens secrets without data keys; the first when there are none, undefined: no key does. */
async function legacyKey(database: Queryable, keys: readonly MasterKey[]): Promise<MasterKey | undefined> {
  let seen = false;
  for (const place of SEALED_PLACES) {
    const rows = await rowsNotUnder(database, place, { keyId: '', after: null, limit: SAMPLES });
    for (const row of rows.filter(({ sealed }) => sealed[0] === LEGACY_FORMAT)) {
      seen = true;
      const key = keys.find((one) => opens(one, row.sealed, place.ownerOf(row)));
      if (key !== undefined) return key;
    }
  }
  return seen ? undefined : keys[0];
}

function opens(key: MasterKey, sealed: Buffer, owner: SecretOwner): boolean {
  try {
    new SecretBox(key).open(sealed, owner);
    return true;
  } catch {
    return false;
  }
}

/**
 * What everything else is derived from that is not stored. A hub from before goes on with what its first
 * master key gave, so that its plugins' databases and its containers stay its own.
 */
async function installationSecretOf(
  database: Queryable,
  keys: readonly MasterKey[],
  active: MasterKey,
): Promise<Buffer> {
  const [row] = (await database.query('SELECT sealed FROM installation_secret')) as { sealed: Buffer }[];
  const box = new SecretBox(active, { others: keys });
  if (row !== undefined) {
    try {
      return Buffer.from(box.open(row.sealed, INSTALLATION).secret as string, 'hex');
    } catch {
      throw refusal(keys, "the installation's own secret does not open", active.id);
    }
  }
  const [{ before }] = (await database.query('SELECT EXISTS (SELECT FROM plugins) AS before')) as [
    { before: boolean },
  ];
  const secret = before ? active.bytes : randomBytes(KEY_BYTES);
  const sealed = box.seal({ secret: secret.toString('hex') }, INSTALLATION);
  await database.query('INSERT INTO installation_secret (sealed) VALUES ($1)', [sealed]);
  return secret;
}

/** A key that does not seal yet waits for the rotation. Of two such, only one can be meant. */
async function announce(database: Queryable, { id }: MasterKey, activeId: string): Promise<void> {
  const rows = (await database.query(`SELECT id, state FROM master_keys WHERE id = $1 OR state = 'next'`, [
    id,
  ])) as { id: string; state: KeyState }[];
  const state = rows.find((row) => row.id === id)?.state;
  if (id === activeId || state === 'next' || state === 'old') return;
  const next = rows.find((row) => row.state === 'next');
  if (next !== undefined) {
    const holders = (await database.query(
      `SELECT 1 FROM master_key_holders WHERE $1 = ANY (keys) AND ${HOLDER_ALIVE} LIMIT 1`,
      [next.id],
    )) as unknown[];
    if (holders.length > 0)
      throw new StartError(
        `Other processes of this hub were started with the new master key ${next.id}, this one with ${id}. ` +
          'Give all of them the same one.',
      );
    await database.query('DELETE FROM master_keys WHERE id = $1', [next.id]);
  }
  await setKeyState(database, id, 'next');
}

/** Secrets under a key that nobody has any more are given up; those that are there stay until replaced. */
async function giveUp(database: Queryable, keyId: string | undefined): Promise<void> {
  if (keyId === undefined) return;
  const [rows] = (await database.query(
    `UPDATE master_keys m SET state = 'lost', changed_at = clock_timestamp() FROM master_keys before
     WHERE m.id = $1 AND m.state IN ('active', 'old') AND before.id = m.id RETURNING before.state`,
    [keyId],
  )) as [{ state: KeyState }[], number];
  if (rows[0]?.state === 'active') await database.query('DELETE FROM installation_secret');
}

export async function setKeyState(database: Queryable, id: string, state: KeyState): Promise<void> {
  await database.query(
    `INSERT INTO master_keys (id, state) VALUES ($1, $2)
     ON CONFLICT (id) DO UPDATE SET state = excluded.state, changed_at = clock_timestamp()`,
    [id, state],
  );
}

interface Holder {
  id: string;
  keys: readonly string[];
  sealing: string;
}

/** Tells the others what this process has; answers which key seals. */
async function hold(database: Queryable, { id, keys, sealing }: Holder): Promise<string | undefined> {
  const [row] = (await database.query(
    `WITH gone AS (DELETE FROM master_key_holders WHERE id <> $1 AND seen_at < clock_timestamp() - interval '1 day')
     INSERT INTO master_key_holders (id, host, pid, keys, sealing) VALUES ($1, $2, $3, $4, $5)
     ON CONFLICT (id) DO UPDATE SET sealing = excluded.sealing, seen_at = clock_timestamp()
     RETURNING (SELECT m.id FROM master_keys m WHERE m.state = 'active') AS active`,
    [id, hostname(), process.pid, keys, sealing],
  )) as { active: string | null }[];
  return row?.active ?? undefined;
}

function following(database: DataSource, box: SecretBox, holder: Omit<Holder, 'sealing'>): OpenedBox {
  let looking: Promise<void> = Promise.resolve();
  const look = () => {
    looking = looking.catch(() => undefined).then(() => lookOnce(database, box, holder));
    return looking;
  };
  // Without a database nothing can be sealed for it either.
  const timer = setInterval(() => void look().catch(() => undefined), WATCH_MS).unref();
  return {
    box,
    look,
    close: async () => {
      clearInterval(timer);
      await looking.catch(() => undefined);
      if (!database.isInitialized) return;
      await database
        .query('DELETE FROM master_key_holders WHERE id = $1', [holder.id])
        .catch(() => undefined);
    },
  };
}

async function lookOnce(database: Queryable, box: SecretBox, holder: Omit<Holder, 'sealing'>): Promise<void> {
  const active = await hold(database, { ...holder, sealing: box.sealingKeyId });
  if (active === undefined || active === box.sealingKeyId) return;
  box.sealUnder(active);
  await hold(database, { ...holder, sealing: active });
}
