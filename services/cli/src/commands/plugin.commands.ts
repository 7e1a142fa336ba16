import { setTimeout as sleep } from 'node:timers/promises';
import { PLUGIN_KINDS } from '@tutti/plugin-sdk';
import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { oneLine } from '../output/table.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given } from './arguments.js';
import { installableOf, readBundle, writeBundle } from './plugin-archives.js';
import { createPlugin, type PluginCreateOptions } from './plugin-create.js';
import { type PluginTestOptions, testPlugin } from './plugin-test.js';
import { type PluginVersion, type PluginVersionItem, versionText } from './plugin-text.js';

const POLL_MS = 300;
/** How long a connector host may take to read what a package offers. */
const DESCRIBED_MS_MAX = 60_000;

interface ApproveOptions {
  approve?: boolean;
  moveWorkflows?: boolean;
}
const MOVE = 'workflows that are there already go on with it, runs under way included';

/** Commands that change nothing. */
function addLookingCommands(plugin: Command, { define, act }: CommandKit): void {
  define(plugin, 'list', 'The installed versions with their states.').action(act((session) => list(session)));
  define(plugin, 'show <name> [version]', 'What a version may do and offers; default: the newest.').action(
    act((session, [name, version]) => show(session, name as string, version)),
  );
  define(plugin, 'outdated', 'Ask the registry for newer versions of what came from it.').action(
    act((session) => outdated(session)),
  );
}

/** `tutti plugin`. */
export function addPluginCommands(program: Command, { define, act }: CommandKit): void {
  const plugin = define(program, 'plugin', 'Plugins that were installed, version by version.');
  plugin.action(act((session) => list(session)));
  addLookingCommands(plugin, { define, act });
  define(plugin, 'install <what>', 'Propose a package: an npm name, a tarball, a folder or a bundle (.tar).')
    .option('--integrity <sha512>', 'refuse anything else')
    .option('--approve', 'make it the active version at once')
    .option('--move-workflows', MOVE)
    .action(
      act<ApproveOptions & { integrity?: string }>((session, [what], options) =>
        install(session, what as string, options),
      ),
    );
  define(plugin, 'upgrade <name> [range]', 'Propose a newer version from npm; default: the latest.')
    .option('--approve', 'make it the active version at once')
    .option('--move-workflows', MOVE)
    .action(
      act<ApproveOptions>((session, [name, range], options) =>
        upgrade(session, { name: name as string, range: range || 'latest' }, options),
      ),
    );
  define(plugin, 'approve <name> [version]', 'Make a version the active one; default: the newest proposed.')
    .option('--move-workflows', MOVE)
    .action(
      act<ApproveOptions>((session, [name, version], options) =>
        approve(session, { name: name as string, version }, options),
      ),
    );
  define(plugin, 'retry <name> [version]', 'Have a version read again that could not be read.').action(
    act((session, [name, version]) => retry(session, { name: name as string, version })),
  );
  define(plugin, 'log <name> [version]', 'The last lines that it, and the hub about it, have said.').action(
    act((session, [name, version]) => log(session, name as string, version)),
  );
  define(plugin, 'rollback <name>', 'Withdraw the active version and go back to the one before.').action(
    act((session, [name]) => rollBack(session, name as string)),
  );
  define(plugin, 'remove <name> <version>', 'Remove a version.')
    .option('--force', 'even if it is in use')
    .action(
      act<{ force?: boolean }>((session, [name, version], options) =>
        remove(session, { name: name as string, version: version as string }, options),
      ),
    );
  define(plugin, 'create [name]', 'Make the folder of a new plugin: source, examples, tests, SDK.')
    .option('--kind <kind>', `${PLUGIN_KINDS.join(', ')}; default: as the name begins`)
    .option('--dir <folder>', 'where; default: a folder of its name here')
    .option('--sdk-only', "put this hub's SDK into a plugin that is there")
    .action(
      act<PluginCreateOptions>((session, [name], options) =>
        Promise.resolve(createPlugin(session, name ?? '', options)),
      ),
    );
  define(plugin, 'test [folder]', 'Run the conformance suite over a plugin, without a hub; default: here.')
    .option('--junit <file>', 'write the results as JUnit XML too')
    .option('--strict', 'let warnings count as failures')
    .action(
      act<PluginTestOptions>((session, [folder], options) =>
        Promise.resolve(testPlugin(session, folder ?? '', options)),
      ),
    );
  define(plugin, 'bundle [names...]', 'Write installed plugins into an archive for a hub without a network.')
    .option('-o, --output <file>', 'the archive', 'plugins.tar')
    .action(act<{ output: string }>((session, names, { output }) => bundle(session, names, output)));
}

async function list(session: Session): Promise<void> {
  const { data } = await session.client.api.GET('/v1/plugins/packages');
  if (data)
    session.printPage(data, {
      empty: 'No plugin was installed. Install one: npx tutti plugin install NAME, FILE or FOLDER',
      columns: [
        { title: 'PLUGIN', text: (item) => item.name },
        { title: 'VERSION', text: (item) => item.version },
        { title: 'STATE', text: (item) => stateText(item) },
        { title: 'PACKAGE', text: (item) => item.packageName },
        { title: 'REQUESTED', text: (item) => instant(item.requestedAt) },
        { title: 'BY', text: (item) => item.requestedBy },
      ],
    });
}

/** A host that cannot load a version is worth more attention than the state that it is to have. */
function stateText({ state, hosts, log }: PluginVersionItem): string {
  const failing = hosts.find((host) => host.state !== 'loaded');
  if (failing) return `${state}, ${failing.state} on a host: ${oneLine(failing.log ?? '')}`;
  return log === null ? state : `${state}: ${oneLine(log)}`;
}

async function show(session: Session, name: string, version?: string): Promise<void> {
  const shown = await detail(session, await keyOf(session, { name, version }, () => true));
  session.print(shown, () => versionText(shown));
}

async function install(
  session: Session,
  what: string,
  options: ApproveOptions & { integrity?: string },
): Promise<void> {
  const wanted = installableOf(session.io, what);
  const { integrity } = options;
  if (wanted.kind === 'bundle') {
    for (const { name, version, tarball, integrity: locked } of readBundle(wanted.path)) {
      if (await isThere(session, { name, version, integrity: locked })) continue;
      await proposed(session, await upload(session, tarball, locked), options);
    }
    return;
  }
  const made =
    wanted.kind === 'npm'
      ? await fromNpm(session, wanted.spec, integrity)
      : await upload(session, wanted.bytes, integrity);
  await proposed(session, made, options);
}

async function upgrade(
  session: Session,
  { name, range }: { name: string; range: string },
  options: ApproveOptions,
): Promise<void> {
  const [newest] = await versionsOf(session, name);
  await proposed(session, await fromNpm(session, `${newest?.packageName}@${range}`), options);
}

async function fromNpm(session: Session, spec: string, integrity?: string): Promise<PluginVersion> {
  const body = { spec, ...given({ integrity }) };
  return dataOf(await session.client.api.POST('/v1/plugins/packages/npm', { body }));
}

async function upload(session: Session, bytes: Uint8Array, integrity?: string): Promise<PluginVersion> {
  return dataOf(
    await session.client.api.POST('/v1/plugins/packages/tarball', {
      params: { query: given({ integrity }) },
      body: bytes as never,
      bodySerializer: (body: unknown) => body as NonNullable<RequestInit['body']>,
      headers: { 'content-type': 'application/gzip' },
    }),
  );
}

/** Waits until a host has read the package, then shows it or approves of it. */
async function proposed(session: Session, made: PluginVersion, options: ApproveOptions): Promise<void> {
  const read = await described(session, made);
  if (read.state === 'failed') session.exitCode = EXIT.failed;
  if (options.approve && read.state === 'proposed')
    return approve(session, { name: read.name, version: read.version }, options, read.revision);
  const next =
    read.state === 'proposed'
      ? `\nNothing of it runs yet. Approve of it: npx tutti plugin approve ${read.name} ${read.version}\n`
      : '';
  session.print(read, () => versionText(read) + next);
}

async function outdated(session: Session): Promise<void> {
  const { data } = await session.client.api.POST('/v1/plugins/updates');
  if (data === undefined) return;
  if (data.items.some(({ error }) => error !== null)) session.exitCode = EXIT.failed;
  session.printPage(
    { ...data, nextCursor: null },
    {
      empty: 'No plugin that serves came from the registry, so there is nothing to ask it for.',
      columns: [
        { title: 'PLUGIN', text: (item) => item.name },
        { title: 'SERVES', text: (item) => item.active },
        { title: 'REGISTRY', text: (item) => item.latest ?? 'unknown' },
        {
          title: '',
          text: ({ name, active, latest, error }) =>
            error ?? (latest === active ? 'up to date' : `npx tutti plugin upgrade ${name}`),
        },
      ],
    },
  );
}

async function described(session: Session, made: PluginVersion): Promise<PluginVersion> {
  const endsAtMs = performance.now() + DESCRIBED_MS_MAX;
  let read = made;
  while (read.state === 'waiting' && performance.now() < endsAtMs) {
    await sleep(POLL_MS);
    read = await detail(session, read);
  }
  if (read.state === 'waiting')
    throw new CliError(
      `${read.name} ${read.version} is stored, but no connector host has read it yet. Look again with ` +
        `"npx tutti plugin show ${read.name}"; "npx tutti system" lists the hosts.`,
    );
  return read;
}

async function approve(
  session: Session,
  at: { name: string; version?: string | undefined },
  { moveWorkflows = false }: ApproveOptions,
  revision?: number,
): Promise<void> {
  const path = await keyOf(session, at, ({ state }) => state === 'proposed');
  const { data } = await session.client.api.POST('/v1/plugins/packages/{name}/versions/{version}/approve', {
    params: { path, header: given({ 'If-Match': revision === undefined ? undefined : `"${revision}"` }) },
    body: { moveWorkflows },
  });
  session.print(data, () => `${path.name} ${path.version} is active\n`);
}

async function retry(session: Session, at: { name: string; version?: string | undefined }): Promise<void> {
  const path = await keyOf(session, at, ({ state }) => state === 'failed');
  const { data } = await session.client.api.POST('/v1/plugins/packages/{name}/versions/{version}/retry', {
    params: { path },
  });
  if (data) await proposed(session, data as PluginVersion, {});
}

async function log(session: Session, name: string, version?: string): Promise<void> {
  const { items } = dataOf(
    await session.client.api.GET('/v1/plugins/{name}/log', {
      params: { path: { name }, query: given({ version }) },
    }),
  );
  const lines = items.map(
    (line) => `${instant(line.at)} ${line.version} ${line.level} ${oneLine(line.text)}\n`,
  );
  session.print({ items }, () => (lines.length === 0 ? `${name} has said nothing yet.\n` : lines.join('')));
}

async function rollBack(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/plugins/packages/{name}/rollback', {
    params: { path: { name } },
  });
  session.print(data, () => `${name} is back at ${data?.version}\n`);
}

async function remove(
  session: Session,
  path: { name: string; version: string },
  { force }: { force?: boolean },
): Promise<void> {
  await session.client.api.DELETE('/v1/plugins/packages/{name}/versions/{version}', {
    params: { path, query: given({ force: force ? ('true' as const) : undefined }) as never },
  });
  session.print({ ...path, removed: true }, () => `${path.name} ${path.version} is removed\n`);
}

async function bundle(session: Session, names: readonly string[], output: string): Promise<void> {
  const { items } = dataOf(await session.client.api.GET('/v1/plugins/packages'));
  const unknown = names.find((name) => !items.some((item) => item.name === name));
  if (unknown !== undefined) throw new CliError(`No plugin "${unknown}" was installed.`, EXIT.usage);
  const chosen = items.filter(
    ({ name, state }) => state === 'active' && (names.length === 0 || names.includes(name)),
  );
  if (chosen.length === 0) throw new CliError('There is no active plugin to put into a bundle.');
  const plugins = await Promise.all(
    chosen.map(async ({ name, version, integrity }) => {
      const { data } = await session.client.api.GET(
        '/v1/plugins/packages/{name}/versions/{version}/tarball',
        {
          params: { path: { name, version } },
          parseAs: 'arrayBuffer',
        },
      );
      return { name, version, integrity, tarball: new Uint8Array(data as unknown as ArrayBuffer) };
    }),
  );
  writeBundle(session.path(output), plugins);
  const told = plugins.map(({ tarball: _, ...about }) => about);
  const count = `${told.length} plugin${told.length === 1 ? '' : 's'}`;
  session.print(
    { file: output, plugins: told },
    () => `${output} has ${count}. Install it elsewhere: npx tutti plugin install ${output}\n`,
  );
}

async function isThere(
  session: Session,
  { name, version, integrity }: { name: string; version: string; integrity: string },
): Promise<boolean> {
  const { items } = dataOf(await session.client.api.GET('/v1/plugins/packages'));
  const there = items.find((item) => item.name === name && item.version === version);
  if (there?.integrity !== integrity) return false;
  session.print(there, () => `${name} ${version} is there already (${there.state})\n`);
  return true;
}

async function detail(session: Session, of: { name: string; version: string }): Promise<PluginVersion> {
  const { name, version } = of;
  const path = { name, version };
  return dataOf(
    await session.client.api.GET('/v1/plugins/packages/{name}/versions/{version}', { params: { path } }),
  );
}

async function versionsOf(session: Session, name: string): Promise<PluginVersionItem[]> {
  const params = { path: { name } };
  return dataOf(await session.client.api.GET('/v1/plugins/packages/{name}', { params })).items;
}

/** The version that was named, or the newest that fits. */
async function keyOf(
  session: Session,
  { name, version }: { name: string; version?: string | undefined },
  fits: (item: PluginVersionItem) => boolean,
): Promise<{ name: string; version: string }> {
  if (version) return { name, version };
  const found = (await versionsOf(session, name)).find(fits);
  if (found === undefined)
    throw new CliError(`No version of ${name} is in a state for that; name the version.`);
  return { name, version: found.version };
}

/** Failures are thrown before, so that an answer without data is a defect of the hub. */
function dataOf<T>({ data }: { data?: T }): T {
  if (data === undefined) throw new CliError('The hub gave no answer.');
  return data;
}
