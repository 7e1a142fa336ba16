import type { Command } from 'commander';
import type { CommandKit, Session } from '../session/session.js';
import { given, readJson } from './arguments.js';

interface SignalOptions {
  type: string;
  data?: string;
  id?: string;
  source?: string;
}

/** `tutti runs signal`. */
export function addSignal(runs: Command, { define, act }: CommandKit): void {
  define(runs, 'signal <run>', 'Send an event to one run, which waits there until a task listens for it.')
    .requiredOption('--type <type>', 'the type that the run listens for')
    .option('--data <json>', 'the data: JSON, @FILE, or - for standard input')
    .option('--id <id>', 'a name for the event: sent again under it, it counts once')
    .option('--source <uri>', 'where it comes from; by default the run')
    .action(act<SignalOptions>((session, [id], options) => signal(session, id as string, options)));
}

async function signal(session: Session, runId: string, options: SignalOptions): Promise<void> {
  const { type, data: written, id, source } = options;
  const data = written === undefined ? undefined : await readJson(session.io, written, '--data');
  const { data: taken } = await session.client.api.POST('/v1/runs/{id}/events', {
    params: { path: { id: runId } },
    body: { type, ...given({ data, id, source }) },
  });
  session.print(taken, () => {
    const before = taken?.repeated ? ' already' : '';
    return `${runId} has the event ${taken?.id}${before}. See what it does: npx tutti show ${runId} --journal\n`;
  });
}
