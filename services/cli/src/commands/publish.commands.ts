import type { components } from '@tutti/client';
import type { Finding } from '@tutti/contracts';
import type { Command } from 'commander';
import { duration, money } from '../output/format.js';
import { findingsText } from '../output/findings.js';
import { table } from '../output/table.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf, splitName } from './arguments.js';

type Figures = components['schemas']['VersionFigures'];
type Published = components['schemas']['WorkflowPublished'];

const HASH_SHOWN = 12;

interface PublishOptions {
  note?: string;
  percent?: string;
  force?: boolean;
  dryRun?: boolean;
}

/** `tutti workflows publish` and `canary`. */
export function addPublishCommands(workflows: Command, { define, act }: CommandKit): void {
  define(
    workflows,
    'publish <workflow> <version>',
    'Make a version (its number, or the beginning of its hash) the current one: roll back, or forward.',
  )
    .option('--note <text>', 'why; kept in the audit trail')
    .option('--percent <n>', 'only for this share of the new runs (1 to 99), beside the current version')
    .option('--force', 'although lint finds errors in it now')
    .option('--dry-run', 'say what lint finds in it now, and change nothing')
    .action(
      act<PublishOptions>((session, [name, version], options) =>
        publish(session, { name: name as string, version: version as string }, options),
      ),
    );
  define(
    workflows,
    'canary <workflow>',
    'The version that takes a share of the new runs, beside the current one.',
  )
    .option('--stop', 'let all new runs start on the current version again')
    .action(
      act<{ stop?: boolean }>((session, [name], options) =>
        (options.stop ? stop : show)(session, name as string),
      ),
    );
}

async function publish(
  session: Session,
  { name, version }: { name: string; version: string },
  { note, percent, force, dryRun }: PublishOptions,
): Promise<void> {
  const share = percent === undefined ? undefined : numberOf(percent, '--percent');
  const { data } = await session.client.api.POST(
    '/v1/workflows/{namespace}/{name}/versions/{version}/publish',
    {
      params: { path: { ...splitName(name), version } },
      body: given({ note, percent: share, force, dryRun }),
    },
  );
  if (data === undefined) return;
  session.print(
    data,
    () =>
      findingsText(`${name} #${data.version.number}`, data.findings as Finding[]) +
      publishedText(name, data, { share, dryRun: dryRun === true }),
  );
}

function publishedText(
  name: string,
  { change, version }: Published,
  { share = 100, dryRun }: { share: number | undefined; dryRun: boolean },
): string {
  const what = `${name} #${version.number} (${version.contentHash.slice(0, HASH_SHOWN)})`;
  if (change === 'unchanged')
    return share < 100
      ? `${what} takes ${share} % of the new runs already\n`
      : `${what} is the current version already\n`;
  if (dryRun)
    return `${what} would ${change === 'canary' ? `take ${share} % of the new runs` : 'be the current version'}\n`;
  return change === 'canary'
    ? `${what} takes ${share} % of the new runs. See how it does: npx tutti workflows canary ${name}\n`
    : `${what} is the current version; runs under way stay on theirs\n`;
}

async function show(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.GET('/v1/workflows/{namespace}/{name}/canary', {
    params: { path: splitName(name) },
  });
  if (data === undefined) return;
  const { canary } = data;
  session.print(data, () => {
    if (canary === null)
      return `${name} has no canary. Begin one: npx tutti workflows publish ${name} VERSION --percent 10\n`;
    const { number } = canary.canary.version;
    return (
      figuresText([canary.current, canary.canary], session.io.columns) +
      `#${number} takes ${canary.percent} % of the new runs since ${canary.since.slice(0, 19)}Z\n` +
      `for all: npx tutti workflows publish ${name} ${number}   none: npx tutti workflows canary ${name} --stop\n`
    );
  });
}

function figuresText(figures: readonly Figures[], columns: number | null): string {
  return table<Figures>(
    figures,
    [
      { title: '', text: ({ version }) => (version.current ? 'current' : 'canary') },
      { title: '#', text: ({ version }) => String(version.number), right: true },
      { title: 'RUNS', text: ({ runs }) => String(runs), right: true },
      { title: 'ENDED', text: ({ ended }) => String(ended), right: true },
      {
        title: 'FAULTED',
        text: ({ faulted, faultedShare }) => shareText(faulted, faultedShare),
        right: true,
      },
      { title: 'P50', text: ({ p50Ms }) => duration(p50Ms), right: true },
      { title: 'P95', text: ({ p95Ms }) => duration(p95Ms), right: true },
      { title: 'COST', text: ({ costMicros, currency }) => money(costMicros, currency), right: true },
    ],
    columns,
  );
}

function shareText(faulted: number, share: number | null): string {
  return share === null ? '-' : `${faulted} (${(share * 100).toFixed(1)} %)`;
}

async function stop(session: Session, name: string): Promise<void> {
  const { data } = await session.client.api.DELETE('/v1/workflows/{namespace}/{name}/canary', {
    params: { path: splitName(name) },
  });
  session.print(data, () => `all new runs of ${name} start on the current version\n`);
}
