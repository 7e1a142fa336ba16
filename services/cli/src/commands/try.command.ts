import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { duration } from '../output/format.js';
import { facts } from '../output/table.js';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, readJson } from './arguments.js';

type Trial = components['schemas']['Trial'];
interface TryOptions {
  connection: string;
  input: string;
  yes?: boolean;
}

/** `tutti plugins try`. */
export function addTryCommand(plugins: Command, { define, act }: Pick<CommandKit, 'define' | 'act'>): void {
  define(
    plugins,
    'try <plugin> <capability>',
    'Call a capability once over a connection, outside of any run.',
  )
    .requiredOption('--connection <name>', 'the connection')
    .option('--input <json>', 'its input: JSON, @FILE, or -', '{}')
    .option('--yes', 'call it although it changes data on the other side')
    .action(
      act<TryOptions>((session, [plugin, capability], options) =>
        tryOut(session, { name: plugin as string, capability: capability as string }, options),
      ),
    );
}

async function tryOut(
  session: Session,
  path: { name: string; capability: string },
  { connection, input, yes }: TryOptions,
): Promise<void> {
  const confirm = yes ? await effectOf(session, path) : undefined;
  const { data } = await session.client.api.POST('/v1/plugins/{name}/capabilities/{capability}/try', {
    params: { path },
    body: { connection, input: await readJson(session.io, input, '--input'), ...given({ confirm }) },
  });
  if (data === undefined) return;
  if (data.status === 'failed') session.exitCode = EXIT.failed;
  session.print(data, () => trialText(data));
}

async function effectOf(
  session: Session,
  { name, capability }: { name: string; capability: string },
): Promise<Trial['effect'] | undefined> {
  const { data } = await session.client.api.GET('/v1/plugins');
  const plugin = data?.items.find((item) => item.name === name && item.state === 'loaded');
  return plugin?.capabilities.find((offer) => offer.name === capability)?.effect;
}

function trialText({ status, durationMs, traceId, confidence, usage, fate, error, output }: Trial): string {
  return (
    facts([
      ['status', fate === undefined ? status : `${status} (${fate})`],
      ['time', duration(durationMs)],
      ['confidence', confidence === undefined ? undefined : String(confidence)],
      ['usage', usage && JSON.stringify(usage)],
      ['trace', traceId],
      ['error', error && [error.title, error.detail].filter(Boolean).join(': ')],
    ]) + (output === undefined ? '' : `\n${JSON.stringify(output, null, 2)}\n`)
  );
}
