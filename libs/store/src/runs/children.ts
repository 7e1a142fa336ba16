import type { PoolClient } from 'pg';
import { acceptWaitingIn } from '../places/accept-waiting.js';
import { acceptColumns } from './run-rows.js';
import { ACCEPT, ADD_PARENTS, GIVE_COMMANDS } from './run-store.sql.js';
import type { ChildToAccept, CommandGiven, RunToAccept } from './run-store.types.js';

/**
 * A workflow was disabled after it was found to be enabled: nothing was stored, and the turn has to be
 * decided anew.
 */
export class ChildrenKeptOut extends Error {
  override readonly name = 'ChildrenKeptOut';
}

/** Stores the runs that turns start, in the turns' transaction. Throws ChildrenKeptOut. */
export async function storeChildren(client: PoolClient, children: readonly ChildToAccept[]): Promise<void> {
  // The locks in the order in which the API's statements take them: first that of the places.
  const waiting = children.filter(({ waits }) => waits).map(({ child }) => ({ ...child, queue: '' }));
  const placed = waiting.length === 0 ? [] : await acceptWaitingIn(client, waiting);
  const direct = children.filter(({ waits }) => !waits).map(({ child }) => child);
  const stored = direct.length === 0 ? 0 : await storeDirect(client, direct);
  if (stored !== direct.length || placed.some(({ accepted }) => !accepted))
    throw new ChildrenKeptOut('A workflow was disabled while runs of it were started.');
  const rows = children.map(({ child: { id, parent } }) => ({ id, ...parent }));
  await client.query(ADD_PARENTS, [JSON.stringify(rows)]);
}

async function storeDirect(client: PoolClient, runs: readonly RunToAccept[]): Promise<number> {
  const { rowCount } = await client.query({ name: 'accept', text: ACCEPT, values: acceptColumns(runs) });
  return rowCount ?? 0;
}

/** Stores commands for runs that have not ended. */
export async function giveCommands(client: PoolClient, commands: readonly CommandGiven[]): Promise<void> {
  const rows = commands.map(({ command, ...given }) => ({ ...given, command: JSON.stringify(command) }));
  await client.query(GIVE_COMMANDS, [JSON.stringify(rows)]);
}
