import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { instant } from '../output/format.js';
import { facts, table } from '../output/table.js';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { paged, pageOf, type PageOptions } from './pages.js';

type Item = components['schemas']['TriggerItem'];
type Detail = components['schemas']['TriggerDetail'];

/** `tutti triggers list|show|pause|resume|delete`. */
export function addTriggerCommands(program: Command, { define, act }: CommandKit): void {
  const triggers = define(program, 'triggers', 'Triggers: topics, events and plugins that start runs.');
  const listing = act<PageOptions>((session, _args, options) => list(session, options));
  triggers.action(listing);
  paged(define(triggers, 'list', 'The triggers, with what they do.')).action(listing);
  define(triggers, 'show <trigger>', 'A trigger, and how far it is.')
    .option('--yaml', 'print the document as it was applied')
    .action(
      act<{ yaml?: boolean }>((session, [name], options) =>
        show(session, name as string, options.yaml === true),
      ),
    );
  for (const enabled of [false, true]) {
    define(
      triggers,
      `${enabled ? 'resume' : 'pause'} <trigger>`,
      enabled ? 'Let a trigger go on where it was.' : 'Keep a trigger from starting runs.',
    ).action(act((session, [name]) => enable(session, name as string, enabled)));
  }
  define(triggers, 'look <trigger>', 'Have a trigger of a plugin look at the other system now.').action(
    act((session, [name]) => look(session, name as string)),
  );
  define(triggers, 'delete <trigger>', 'Remove a trigger; the runs that it started go on.').action(
    act((session, [name]) => remove(session, name as string)),
  );
}

async function list(session: Session, options: PageOptions): Promise<void> {
  const { data } = await session.client.api.GET('/v1/triggers', { params: { query: pageOf(options) } });
  if (data === undefined) return;
  session.printPage<Item>(data, {
    empty: 'There are no triggers. Make one: npx tutti apply -f TRIGGER.yaml (docs/triggers.md)',
    columns: [
      { title: 'TRIGGER', text: (item) => item.name },
      { title: 'STATE', text: (item) => item.state },
      { title: 'SOURCE', text: (item) => sourceOf(item) },
      { title: 'WORKFLOW', text: ({ workflow }) => `${workflow.namespace}/${workflow.name}` },
      { title: 'LAG', text: (item) => (item.lag === null ? '-' : String(item.lag)), right: true },
      { title: 'RUNS', text: (item) => String(item.runsStarted), right: true },
      { title: 'DEAD', text: (item) => String(item.records.dead), right: true },
      { title: 'LAST RECORD', text: (item) => instant(item.lastRecordAt) },
      { title: 'ERROR', text: (item) => item.error ?? '' },
    ],
  });
}

async function show(session: Session, name: string, yaml: boolean): Promise<void> {
  const { data } = await session.client.api.GET('/v1/triggers/{name}', { params: { path: { name } } });
  if (data === undefined) return;
  if (data.state === 'failing') session.exitCode = EXIT.failed;
  session.print(data, () => (yaml ? data.text : detailText(data, session.io.columns)));
}

function detailText(data: Detail, columns: number | null): string {
  const { records, places, workflow } = data;
  const limit = places.limit === null ? '' : ` of ${places.limit}`;
  const text = facts([
    ['trigger', data.name],
    ['state', data.state],
    ['error', data.error],
    ['source', sourceOf(data)],
    ['workflow', `${workflow.namespace}/${workflow.name}`],
    ['version', `${data.version}  ${data.contentHash.slice(0, 12)}  ${instant(data.updatedAt)}`],
    ['last record', instant(data.lastRecordAt)],
    [
      'records',
      `${records.taken} taken, ${records.filtered} filtered, ${records.dead} dead, ${records.repeated} repeated`,
    ],
    ['runs', `${data.runsStarted} started, ${places.taken}${limit} under way, ${places.waiting} waiting`],
    ['group', data.consumerGroup],
    ...pluginFacts(data),
  ]);
  if (data.partitions.length === 0) return text;
  const partitions = table(
    data.partitions,
    [
      { title: 'PARTITION', text: (item) => String(item.partition), right: true },
      { title: 'LAG', text: (item) => (item.lag === null ? '-' : String(item.lag)), right: true },
      { title: 'READ BY', text: (item) => item.process },
    ],
    columns,
  );
  return `${text}\n${partitions}`;
}

/** How far a trigger of a plugin is. */
function pluginFacts({ plugin }: Pick<Partial<Detail>, 'plugin'>): [string, string | null][] {
  if (!plugin) return [];
  const { kind, cursor, hookPath, subscribed, nextLookAt, lookedAt, events, waiting } = plugin;
  return [
    ['kind', kind ?? 'not looked at yet'],
    ['events', `${events} found, ${waiting} waiting to become runs`],
    ['cursor', cursor === null ? null : JSON.stringify(cursor)],
    ['looked at', instant(lookedAt)],
    ['next look', nextLookAt === null ? null : instant(nextLookAt)],
    ['hook', hookPath],
    ['registered', hookPath === null ? null : subscribed ? 'by the plugin, in the other system' : 'no'],
  ];
}

function sourceOf(item: Item): string {
  if (item.kind === 'cloudevents') return `events ${item.source}`;
  return item.connection === null ? item.source : `${item.source} at ${item.connection}`;
}

async function enable(session: Session, name: string, enabled: boolean): Promise<void> {
  const { data } = await session.client.api.PATCH('/v1/triggers/{name}', {
    params: { path: { name } },
    body: { enabled },
  });
  session.print(data, () => `${name} ${enabled ? 'goes on' : 'is paused'}\n`);
}

async function look(session: Session, name: string): Promise<void> {
  const path = { params: { path: { name } } };
  const { data } = await session.client.api.POST('/v1/triggers/{name}/look', path);
  session.print(data, () => `${name} is looked at\n`);
}

async function remove(session: Session, name: string): Promise<void> {
  await session.client.api.DELETE('/v1/triggers/{name}', { params: { path: { name } } });
  session.print({ name, removed: true }, () => `${name} is removed\n`);
}
