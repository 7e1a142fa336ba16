import { setTimeout as pause } from 'node:timers/promises';
import type { MasterKeyRotation, MasterKeys } from '@tutti/contracts';
import type { Command } from 'commander';
import { duration, instant } from '../output/format.js';
import { facts, table } from '../output/table.js';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';

/** How often the hub is asked how far it is. */
const ASK_EVERY_MS = 500;

/** `tutti secrets status|rotate`. */
export function addMasterKeyCommands(secrets: Command, { define, act }: CommandKit): void {
  define(
    secrets,
    'status',
    'Which master keys there are, which processes have them, what is under which.',
  ).action(act((session) => status(session)));
  define(
    secrets,
    'rotate',
    'Bring all secrets under the new master key that the processes were started with. The hub goes on working.',
  )
    .option('--no-wait', 'begin it, and do not wait for its end')
    .action(act<{ wait: boolean }>((session, _args, { wait }) => rotate(session, wait)));
}

async function status(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/v1/master-keys');
  if (data) session.print(data, () => statusText(data, session.io.columns));
}

async function rotate(session: Session, wait: boolean): Promise<void> {
  const { data: begun } = await session.client.api.POST('/v1/master-keys/rotation');
  if (begun === undefined) return;
  const rotation = wait ? await untilDone(session, begun) : begun;
  if (rotation.unreadable.length > 0) session.exitCode = EXIT.failed;
  session.print(rotation, () => rotationText(rotation));
}

/** Follows a rotation to its end, and tells what it does or waits for whenever that is something else. */
async function untilDone(session: Session, begun: MasterKeyRotation): Promise<MasterKeyRotation> {
  let told = '';
  for (let rotation = begun; ; await pause(ASK_EVERY_MS)) {
    const { data } = await session.client.api.GET('/v1/master-keys');
    if (data?.rotation?.id === begun.id) rotation = data.rotation;
    if (rotation.state === 'done') return rotation;
    const line = rotation.detail || `${rotation.moved} of ${rotation.total} secrets moved`;
    if (line !== told && !session.flags.json) session.io.stderr(`${line}\n`);
    told = line;
  }
}

function statusText({ keys, processes, uses, rotation }: MasterKeys, columns: number | null): string {
  const parts = [
    table(
      keys,
      [
        { title: 'MASTER KEY', text: ({ id }) => id },
        { title: 'STATE', text: ({ state }) => state },
        { title: 'SINCE', text: ({ since }) => instant(since) },
      ],
      columns,
    ),
    table(
      processes,
      [
        { title: 'PROCESS', text: ({ host, pid }) => `${pid} on ${host}` },
        { title: 'HAS', text: (process) => process.keys.join(', ') },
        { title: 'SEALS UNDER', text: ({ sealing }) => sealing },
      ],
      columns,
    ),
    table(
      uses,
      [
        { title: 'WHAT', text: ({ what }) => what },
        { title: 'UNDER', text: ({ keyId }) => keyId },
        { title: 'VALUES', text: ({ count }) => String(count), right: true },
      ],
      columns,
    ),
    rotation === null ? 'No rotation was ever begun.\n' : rotationText(rotation),
  ];
  return parts.join('\n');
}

function rotationText(rotation: MasterKeyRotation): string {
  const { keyId, state, detail, moved, total, unreadable, startedBy, startedAt, endedAt } = rotation;
  const tookMs = endedAt === null ? null : Date.parse(endedAt) - Date.parse(startedAt);
  return facts([
    ['rotation to', keyId],
    ['state', tookMs === null ? state : `${state}, after ${duration(tookMs)}`],
    ['moved', `${moved} of ${total}`],
    ['begun', `${instant(startedAt)} by ${startedBy}`],
    ['', detail],
    ...unreadable.map((name) => ['no key opens', name] as const),
  ]);
}
