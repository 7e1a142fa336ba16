import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { isDatabaseAway, StartError } from '@tutti/store';
import { Client } from 'pg';

/** A database that starts together with the services is waited for so long. */
const WAIT_MS_MAX = 60_000;
const TRY_MS = 500;
const CONNECT_MS_MAX = 5_000;

/**
 * Resolves when the database answers. Throws StartError when it refuses (a wrong password, no such database)
 * or is still away after a minute.
 */
export async function awaitDatabase(url: string, stopped: AbortSignal): Promise<void> {
  const { host } = new URL(url);
  const end = performance.now() + WAIT_MS_MAX;
  let said = false;
  for (;;) {
    const error = await tryDatabase(url);
    if (error === null) return;
    if (!isDatabaseAway(error))
      throw new StartError(
        `The database at ${host} refuses: ${error.message}. Check TUTTI_DATABASE_URL, and that the database and its user exist.`,
      );
    if (performance.now() > end)
      throw new StartError(
        `The database at ${host} does not answer (${error.message}). Start it, or correct TUTTI_DATABASE_URL.`,
      );
    if (!said) new Logger('Start').warn(`The database at ${host} does not answer yet (${error.message}).`);
    said = true;
    await sleep(TRY_MS, undefined, { signal: stopped });
  }
}

async function tryDatabase(url: string): Promise<Error | null> {
  const client = new Client({ connectionString: url, connectionTimeoutMillis: CONNECT_MS_MAX });
  // A connection that is lost while it is being made says so twice.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('SELECT 1');
    return null;
  } catch (error) {
    const message = (error as Error).message || (error as { code?: string }).code || 'no reason given';
    return Object.assign(error as Error, { message });
  } finally {
    await client.end().catch(() => undefined);
  }
}
