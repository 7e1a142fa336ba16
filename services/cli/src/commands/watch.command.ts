import { setTimeout as pause } from 'node:timers/promises';
import { RUN_ENDED, type PartialOutput, type RunStatus } from '@tutti/contracts';
import type { Command } from 'commander';
import type { CommandKit, Session } from '../session/session.js';

/** How often the hub is asked. */
const ASK_EVERY_MS = 500;

/** `tutti runs watch`. */
export function addWatch(runs: Command, { define, act }: CommandKit): void {
  define(
    runs,
    'watch <run>',
    'Show what the calls of a run write while they write it, until the run ends.',
  ).action(act((session, [id]) => watch(session, id as string)));
}

async function watch(session: Session, id: string): Promise<void> {
  const printed = new Map<string, string>();
  for (;;) {
    const { data } = await session.client.api.GET('/v1/runs/{id}/partial-outputs', {
      params: { path: { id } },
    });
    for (const part of data?.items ?? []) print(session, part, printed);
    const run = await session.client.getRun(id);
    if (RUN_ENDED.has(run.status as RunStatus)) {
      session.print(
        run,
        () => `${printed.size > 0 ? '\n' : ''}${id} ${run.status}. Its output: npx tutti show ${id}\n`,
      );
      return;
    }
    await pause(ASK_EVERY_MS);
  }
}

/** What is new of a part; as JSON, all of it, a line each. */
function print(session: Session, part: PartialOutput, printed: Map<string, string>): void {
  const call = `${part.callId} ${part.attempt}`;
  const before = printed.get(call);
  if (before === part.text) return;
  printed.set(call, part.text);
  if (session.flags.json) return session.io.stdout(`${JSON.stringify(part)}\n`);
  const goesOn = before !== undefined && part.text.startsWith(before);
  if (!goesOn) session.io.stdout(`${printed.size > 1 ? '\n\n' : ''}${part.task}, attempt ${part.attempt}\n`);
  session.io.stdout(goesOn ? part.text.slice(before.length) : part.text);
}
