import type { Command } from 'commander';
import { duration, instant } from '../output/format.js';
import { diffText } from '../output/line-diff.js';
import type { CommandKit, Session } from '../session/session.js';
import { EXIT } from '../session/io.js';
import { readText, splitName } from './arguments.js';
import { addMigrateCommand } from './migrate.command.js';
import { paged, pageOf, type PageOptions } from './pages.js';
import { previewText } from './preview-text.js';
import { addPublishCommands } from './publish.commands.js';
import { addWorkflowShow } from './workflow-show.js';

const HASH_SHOWN = 12;

/** `tutti workflows` (or `workflow`) with its versions, publish, canary, disable and enable. */
export function addWorkflowCommands(program: Command, kit: CommandKit): void {
  const { define, act } = kit;
  const workflows = define(program, 'workflows', 'The workflows, with their last 24 hours.').alias(
    'workflow',
  );
  const listing = act<PageOptions>((session, _args, options) => list(session, options));
  for (const command of [workflows, define(workflows, 'list', 'The same.')])
    paged(command).option('--q <text>', 'text in the name or the document').action(listing);

  paged(
    define(workflows, 'versions <workflow>', 'The versions of a workflow (NAMESPACE/NAME), newest first.'),
  ).action(act<PageOptions>((session, [name], options) => versions(session, name as string, options)));
  addPublishCommands(workflows, kit);
  addMigrateCommand(workflows, kit);
  addWorkflowShow(workflows, kit);
  define(workflows, 'disable <workflow>', 'Keep a workflow from starting runs. Runs under way go on.')
    .requiredOption('--reason <text>', 'why; told to everybody whose run is refused')
    .action(
      act<{ reason: string }>((session, [name], options) => disable(session, name as string, options.reason)),
    );
  define(workflows, 'diff <file>', 'What an apply of the file would change and break; changes nothing.')
    .option('--no-text', 'leave the difference of the texts out')
    .action(
      act<{ text: boolean }>((session, [file], options) => diff(session, file as string, options.text)),
    );
  define(workflows, 'enable <workflow>', 'Let a disabled workflow start runs again.').action(
    act((session, [name]) => enable(session, name as string)),
  );
}

async function list(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/workflows', { params: { query: pageOf(options) } });
  if (data)
    session.printPage(data, {
      empty: 'There are no workflows. Apply some: npx tutti apply -f FOLDER',
      columns: [
        { title: 'WORKFLOW', text: (item) => `${item.namespace}/${item.name}` },
        { title: 'VERSION', text: (item) => item.version },
        { title: 'ENABLED', text: (item) => (item.enabled ? 'yes' : 'no') },
        { title: 'RUNS 24 H', text: (item) => String(item.recent.runs), right: true },
        { title: 'FAULTED', text: (item) => String(item.recent.faulted), right: true },
        { title: 'ACTIVE', text: (item) => String(item.recent.active), right: true },
        { title: 'P50', text: (item) => duration(item.recent.p50Ms), right: true },
        { title: 'TITLE', text: (item) => item.title ?? '' },
      ],
    });
}

/** The current version, and the canary with its share. */
function markOf({ current, canaryPercent }: { current: boolean; canaryPercent: number | null }): string {
  if (current) return '*';
  return canaryPercent === null ? '' : `${canaryPercent}%`;
}

async function versions(session: Session, name: string, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/workflows/{namespace}/{name}/versions', {
    params: { path: splitName(name), query: pageOf(options) },
  });
  if (data)
    session.printPage(data, {
      empty: 'There is no version.',
      columns: [
        { title: '', text: markOf },
        { title: '#', text: (item) => String(item.number), right: true },
        { title: 'VERSION', text: (item) => item.version },
        { title: 'HASH', text: (item) => item.contentHash.slice(0, HASH_SHOWN) },
        { title: 'APPLIED', text: (item) => instant(item.createdAt) },
        { title: 'BY', text: (item) => item.createdBy },
        { title: 'UNDER WAY', text: (item) => String(item.runsUnderWay), right: true },
        { title: 'NOTE', text: (item) => item.note ?? '' },
      ],
    });
}

async function diff(session: Session, file: string, withText: boolean): Promise<void> {
  const text = readText(session.io, file);
  const preview = await session.client.previewWorkflow(text);
  const { namespace, name, change, current } = preview;
  if (preview.breaks.length > 0) session.exitCode = EXIT.failed;
  let lines = '';
  if (withText && !session.flags.json && change === 'updated' && current !== null) {
    const { data } = await session.client.api.GET('/v1/workflows/{namespace}/{name}', {
      params: { path: { namespace, name }, query: { version: current.contentHash } },
    });
    lines = diffText(data?.source ?? '', text);
  }
  session.print(preview, () => previewText(preview) + (lines === '' ? '' : `\n${lines}`));
}

async function disable(session: Session, name: string, reason: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/workflows/{namespace}/{name}/disable', {
    params: { path: splitName(name) },
    body: { reason },
  });
  session.print(
    data,
    () =>
      `${name} is disabled: it starts no runs, ${data?.recent.active ?? 0} under way go on, its Kafka triggers hold. ` +
      `Enable it: npx tutti workflows enable ${name}\n`,
  );
}

async function enable(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.POST('/v1/workflows/{namespace}/{name}/enable', {
    params: { path: splitName(name) },
  });
  session.print(data, () => `${name} is enabled\n`);
}
