import { CONNECTION_STATES, type ConnectionState } from '@tutti/contracts';
import { type Command, Option } from 'commander';
import { duration, instant } from '../output/format.js';
import { oneLine } from '../output/table.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, readJson, readText, splitPair } from './arguments.js';
import { paged, pageOf, type PageOptions } from './pages.js';
import { addCapabilitiesCommand } from './connection-capabilities.js';
import { show } from './connection-show.js';
import { authorize, signOut } from './connection-sign-in.js';
import { changedLimits, type LimitOptions, limitsText } from './connection-limits.js';

interface SetOptions extends LimitOptions {
  plugin?: string;
  setting: string[];
  secret: string[];
  settings?: string;
  owner?: string;
  environment?: string;
  disable?: boolean;
  enable?: boolean;
}

interface ListOptions extends PageOptions {
  plugin?: string;
  environment?: string;
  state?: ConnectionState;
}

const collect = (value: string, before: string[]): string[] => [...before, value];

/** `tutti connections list|show|set|test|hosts|capabilities|authorize|sign-out|remove`. */
export function addConnectionCommands(program: Command, { define, act }: CommandKit): void {
  const connections = define(program, 'connections', 'Connections: configured instances of connectors.');
  const listing = act<ListOptions>((session, _args, options) => list(session, options));
  connections.action(listing);
  paged(define(connections, 'list', 'The connections.'))
    .option('--plugin <plugin>', 'those of a plugin')
    .option('--environment <environment>', 'those of an environment')
    .addOption(new Option('--state <state>', 'those in a state').choices(CONNECTION_STATES))
    .action(listing);
  define(
    connections,
    'show <name>',
    'A connection: its state, what it did, who uses it, its last tests and its settings.',
  ).action(act((session, [name]) => show(session, name as string)));
  define(connections, 'set <name>', 'Create a connection, or change some of its settings.')
    .option('--plugin <plugin>', 'its plugin; needed for a new one')
    .option('--setting <key=value>', 'a setting, as JSON or text (repeatable)', collect, [])
    .option(
      '--secret <key=@file>',
      'a secret out of a file, or - for standard input; secrets do not belong on a command line (repeatable)',
      collect,
      [],
    )
    .option('--settings <json>', 'all settings: JSON, @FILE, or -')
    .option('--concurrency <n>', 'calls at once, over all connector hosts together; "none": 16')
    .option(
      '--rate-limit <n/time>',
      'calls in any stretch of time, over all connector hosts together, such as 60/min; "none": as the plugin says',
    )
    .option('--owner <owner>', 'who looks after it; "": nobody')
    .option('--environment <environment>', 'such as production or test; "": none')
    .option('--disable', 'keep it out of use')
    .option('--enable', 'put it to use')
    .action(act<SetOptions>((session, [name], options) => set(session, name as string, options)));
  define(connections, 'test <name>', 'Try a connection out.').action(
    act((session, [name]) => test(session, name as string)),
  );
  define(connections, 'hosts <name>', 'The hosts that its plugin wants to call, if it declares none.')
    .option('--confirm', 'let it call them')
    .action(
      act<{ confirm?: boolean }>((session, [name], { confirm }) => hosts(session, name as string, confirm)),
    );
  addCapabilitiesCommand(connections, { define, act });
  define(connections, 'authorize <name>', 'Sign in to the system behind a connection, with a browser.')
    .option('--no-wait', 'print the address and end')
    .action(
      act<{ wait: boolean }>((session, [name], options) => authorize(session, name as string, options)),
    );
  define(connections, 'sign-out <name>', 'Forget what a connection is signed in with.').action(
    act((session, [name]) => signOut(session, name as string)),
  );
  define(connections, 'remove <name>', 'Remove a connection.').action(
    act((session, [name]) => remove(session, name as string)),
  );
}

async function list(session: Session, options: ListOptions): Promise<void> {
  const { plugin, environment, state } = options;
  const query = { ...pageOf(options), ...given({ plugin, environment, state }) };
  const { data } = await session.client.api.GET('/v1/connections', { params: { query } });
  if (data)
    session.printPage(data, {
      empty: 'There are no connections. Make one: npx tutti connections set NAME --plugin PLUGIN',
      columns: [
        { title: 'CONNECTION', text: (item) => item.name },
        { title: 'PLUGIN', text: (item) => item.plugin },
        { title: 'ENVIRONMENT', text: (item) => item.environment ?? '-' },
        { title: 'STATE', text: (item) => item.state },
        { title: 'CALLS 24 H', text: (item) => String(item.recent.calls), right: true },
        { title: 'FAILED', text: (item) => String(item.recent.failed), right: true },
        { title: 'P50', text: (item) => duration(item.recent.p50Ms), right: true },
        { title: 'P95', text: (item) => duration(item.recent.p95Ms), right: true },
        { title: 'OWNER', text: (item) => item.owner ?? '-' },
        { title: 'LIMITS', text: (item) => limitsText(item.limits) },
        { title: 'CHECKED', text: (item) => instant(item.checkedAt) },
        { title: 'CAPABILITIES', text: (item) => item.capabilities.join(', ') },
      ],
    });
}

/**
 * The settings and limits that are not named stay as they are; a secret that is shown as a mask goes back as
 * one, which keeps it.
 */
async function set(session: Session, name: string, options: SetOptions): Promise<void> {
  const old = await existingConnection(session, name);
  const plugin = options.plugin ?? old?.plugin;
  const { owner, environment } = options;
  if (plugin === undefined)
    throw new CliError(`There is no connection "${name}" yet; name its plugin with --plugin.`, EXIT.usage);
  const settings = {
    ...(old?.plugin === plugin ? old.settings : {}),
    ...(await settingsOf(session, options)),
  };
  const enabled = options.disable ? false : options.enable ? true : (old?.enabled ?? true);
  const { data } = await session.client.api.PUT('/v1/connections/{name}', {
    params: { path: { name } },
    body: {
      plugin,
      settings,
      enabled,
      ...given({ limits: changedLimits(old?.limits, options), owner, environment }),
    },
  });
  session.print(
    data,
    () => `${name} is ${old ? 'changed' : 'created'}. Try it: npx tutti connections test ${name}\n`,
  );
}

async function settingsOf(session: Session, options: SetOptions): Promise<Record<string, unknown>> {
  const whole =
    options.settings === undefined ? {} : await readJson(session.io, options.settings, '--settings');
  const single = options.setting
    .map((pair) => splitPair(pair, '--setting'))
    .map(([key, value]) => [key, jsonOrText(value)]);
  const secrets: [string, string][] = [];
  for (const pair of options.secret) {
    const [key, source] = splitPair(pair, '--secret');
    if (source !== '-' && !source.startsWith('@'))
      throw new CliError(
        `--secret ${key}: write ${key}=@FILE or ${key}=-, so that the secret stays out of the shell's history.`,
        EXIT.usage,
      );
    secrets.push([
      key,
      (source === '-' ? await session.io.stdin() : readText(session.io, source.slice(1))).trim(),
    ]);
  }
  return { ...(whole as object), ...(Object.fromEntries([...single, ...secrets]) as object) };
}

function jsonOrText(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/** The connection, or undefined when there is none. */
export async function existingConnection(session: Session, name: string) {
  const { data } = await session.client.api
    .GET('/v1/connections/{name}', { params: { path: { name } } })
    .catch((error: unknown) => {
      if (error instanceof Error && 'code' in error && error.code === 'not-found') return { data: undefined };
      throw error;
    });
  return data;
}

async function test(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/connections/{name}/test', {
    params: { path: { name } },
  });
  if (data === undefined) return;
  if (!data.ok) session.exitCode = EXIT.failed;
  session.print(
    data,
    () =>
      `${name} ${data.ok ? 'works' : 'does not work'} (${duration(data.durationMs)}): ` +
      `${oneLine(data.detail)}\n`,
  );
}

async function hosts(session: Session, name: string, confirm = false): Promise<void> {
  const params = { path: { name } };
  const { data: found } = await session.client.api.GET('/v1/connections/{name}/hosts', { params });
  if (found === undefined) return;
  if (!confirm || found.waiting.length === 0) return session.print(found, () => hostsText(name, found));
  const { data } = await session.client.api.POST('/v1/connections/{name}/hosts', {
    params,
    body: { hosts: found.asked },
  });
  session.print(data, () => `${name} may call ${data?.confirmed.join(', ')}\n`);
}

function hostsText(name: string, { confirmed, waiting }: { confirmed: string[]; waiting: string[] }): string {
  const next = `npx tutti connections hosts ${name} --confirm`;
  if (waiting.length > 0) return `${name} wants to call ${waiting.join(', ')}. Confirm it: ${next}\n`;
  return confirmed.length > 0
    ? `${name} may call ${confirmed.join(', ')}\n`
    : `${name} asks for no hosts: its plugin declares them or comes with the hub, or was not tested yet.\n`;
}

async function remove(session: Session, name: string): Promise<void> {
  await session.client.api.DELETE('/v1/connections/{name}', { params: { path: { name } } });
  session.print({ name, removed: true }, () => `${name} is removed\n`);
}
