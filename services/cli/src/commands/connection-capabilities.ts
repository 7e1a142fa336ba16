import type { Command } from 'commander';
import type { ConnectionCapabilities, ConnectionCapability } from '@tutti/contracts';
import { Effect } from '@tutti/contracts';
import { oneLine } from '../output/table.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, splitPair } from './arguments.js';

interface CapabilitiesOptions {
  find?: boolean;
  approve?: boolean;
  effect: string[];
  mode?: string;
  prefix?: string;
}

/** `tutti connections capabilities`. */
export function addCapabilitiesCommand(
  connections: Command,
  { define, act }: Pick<CommandKit, 'define' | 'act'>,
): void {
  define(
    connections,
    'capabilities <name>',
    'What it found that it can do: tools of an MCP server and the like.',
  )
    .option('--find', 'ask it now')
    .option('--approve', 'let workflows call what it found')
    .option(
      '--effect <name=effect>',
      'with --approve: read, idempotent-write or write (repeatable)',
      (pair: string, before: string[]) => [...before, pair],
      [],
    )
    .option('--mode <mode>', 'pin: changes wait for approval; follow: they are taken at once')
    .option('--prefix <name>', 'names are tools.PREFIX.NAME; "none": the name of the connection')
    .action(
      act<CapabilitiesOptions>((session, [name], options) => capabilities(session, name as string, options)),
    );
}

/** What a connection found that it can do, and what of it may be called. */
async function capabilities(
  session: Session,
  name: string,
  { find, approve, effect, mode, prefix }: CapabilitiesOptions,
): Promise<void> {
  const { api } = session.client;
  const params = { path: { name } };
  const effects = effectsOf(effect);
  const settings = given({ mode: modeOf(mode), prefix: prefix === 'none' ? null : prefix });
  if (find) await api.POST('/v1/connections/{name}/capabilities/find', { params });
  if (Object.keys(settings).length > 0) {
    await api.PATCH('/v1/connections/{name}/capabilities', { params, body: settings });
    await api.POST('/v1/connections/{name}/capabilities/find', { params });
  }
  const { data } = await api.GET('/v1/connections/{name}/capabilities', { params });
  if (data === undefined) return;
  if (!approve) return session.print(data, () => text(data));
  if (data.hash === null)
    throw new CliError(`The connection "${name}" has found nothing yet: ask it with --find.`, EXIT.failed);
  const { data: approved } = await api.POST('/v1/connections/{name}/capabilities/approve', {
    params,
    body: { hash: data.hash, effects },
  });
  if (approved) session.print(approved, () => text(approved));
}

function modeOf(mode: string | undefined): 'pin' | 'follow' | undefined {
  if (mode === undefined || mode === 'pin' || mode === 'follow') return mode;
  throw new CliError(`--mode is pin or follow, not "${mode}".`, EXIT.usage);
}

function effectsOf(pairs: string[]): Record<string, Effect> {
  const parsed = pairs.map((pair): [string, Effect] => {
    const [name, value] = splitPair(pair, '--effect');
    const effect = Effect.safeParse(value);
    if (effect.success) return [name, effect.data];
    throw new CliError(`--effect ${name}: write read, idempotent-write or write.`, EXIT.usage);
  });
  return Object.fromEntries(parsed);
}

const STATES = {
  none: 'finds nothing by itself: its plugin declares all that it can do',
  waiting: 'was not asked yet: add --find',
  new: 'waits for approval: add --approve when this is right',
  approved: 'has what was approved',
  changed: 'has changed since it was approved: add --approve when this is right',
} as const;

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

function text(data: ConnectionCapabilities): string {
  const { connection, state, mode, error, items, leftOut } = data;
  const lines = [
    `${connection} ${STATES[state]}${mode === 'follow' ? ' (changes are taken at once)' : ''}`,
    ...(error === null ? [] : [`The last look failed: ${oneLine(error)}`]),
    ...items.flatMap(itemLines),
    ...leftOut.map(({ name, why }) => `! ${name} is left out: ${oneLine(why)}`),
  ];
  return `${lines.join('\n')}\n`;
}

function itemLines(item: ConnectionCapability): string[] {
  const { name, effect, hinted, use, change, parts, title, description } = item;
  const about = oneLine(title ?? description ?? '');
  const changed = parts.length === 0 ? '' : ` [${parts.join(', ')} changed]`;
  const said = hinted ? ', as the other side says' : '';
  const sign = change === null ? ' ' : SIGNS[change];
  return [`${sign} ${name} (${effect}${said}; ${use})${changed}${about && `: ${about}`}`];
}
