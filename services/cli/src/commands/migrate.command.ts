import type { components } from '@tutti/client';
import type { Command } from 'commander';
import { EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, splitName } from './arguments.js';

type Migrations = components['schemas']['RunMigrations'];

interface MigrateOptions {
  from?: string;
  run: string[];
  q?: string;
  startedFrom?: string;
  startedTo?: string;
  dryRun?: boolean;
}

/** Runs of each kind that are named; the others are counted. */
const SHOWN = 20;

/** `tutti workflows migrate`. */
export function addMigrateCommand(workflows: Command, { define, act }: CommandKit): void {
  define(
    workflows,
    'migrate <workflow> <version>',
    'Let runs that wait go on with another version (its number, or the beginning of its hash).',
  )
    .option('--from <version>', 'only runs of this version')
    .option(
      '--run <id>',
      'only this run (repeatable)',
      (value: string, before: string[]) => [...before, value],
      [],
    )
    .option('--q <text>', 'id or its start, or text in the input')
    .option('--started-from <instant>', 'started at or after, ISO 8601')
    .option('--started-to <instant>', 'started before, ISO 8601')
    .option('--dry-run', 'say which can, and why the others cannot, and ask none')
    .action(
      act<MigrateOptions>((session, [name, version], options) =>
        migrate(session, { name: name as string, version: version as string }, options),
      ),
    );
}

async function migrate(
  session: Session,
  { name, version }: { name: string; version: string },
  { run, dryRun, ...filter }: MigrateOptions,
): Promise<void> {
  const pages: Migrations[] = [];
  let cursor: string | undefined;
  do {
    const { data } = await session.client.api.POST('/v1/workflows/{namespace}/{name}/migrate', {
      params: { path: splitName(name) },
      body: {
        to: version,
        limit: 200,
        dryRun: dryRun === true,
        ...given({ ...filter, cursor, runs: run.length === 0 ? undefined : run }),
      },
    });
    if (data === undefined) return;
    pages.push(data);
    cursor = data.nextCursor ?? undefined;
  } while (cursor !== undefined);
  const whole = wholeOf(pages);
  if (whole.cannot > 0) session.exitCode = EXIT.failed;
  session.print(whole, () => textOf(name, whole));
}

/** The pages as one. */
function wholeOf(pages: readonly Migrations[]): Migrations {
  const sum = (of: (page: Migrations) => number) => pages.reduce((total, page) => total + of(page), 0);
  return {
    ...(pages[0] as Migrations),
    can: sum(({ can }) => can),
    cannot: sum(({ cannot }) => cannot),
    asked: sum(({ asked }) => asked),
    items: pages.flatMap(({ items }) => items),
    nextCursor: null,
  };
}

function textOf(name: string, { dryRun, to, can, cannot, asked, items }: Migrations): string {
  const kept = items.filter((item) => !item.can);
  const lines = [
    ...kept
      .slice(0, SHOWN)
      .map(({ id, number, reasons }) => `${id} stays on #${number}: ${reasons.join('; ')}`),
    ...(kept.length > SHOWN ? [`and ${kept.length - SHOWN} more that stay`] : []),
    dryRun
      ? `${can} runs can go on with ${name} #${to.number}, ${cannot} cannot`
      : `${asked} runs are asked to go on with ${name} #${to.number}, ${cannot} stay. Each is checked again when it does: ` +
        'run.migrated or run.migration-refused in its journal',
  ];
  return lines.map((line) => `${line}\n`).join('');
}
