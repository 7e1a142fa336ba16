import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import type { Cassette } from '@tutti/contracts';
import type { Command } from 'commander';
import { stringify } from 'yaml';
import { replayCassette } from '../rehearsal/test-runner.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { given, numberOf, splitName } from './arguments.js';

interface RecordFlags {
  workflow?: string;
  status?: string;
  last?: string;
  out: string;
  redact?: string;
  test?: string;
}

/** A cassette in its file, and why it does not lead to the end that was recorded, if it does not. */
interface Written {
  file: string;
  cassette: Cassette;
  differs: string[];
}

/** `tutti record`: what runs did, as cassettes for `tutti test`. */
export function addRecordCommand(program: Command, { define, act }: CommandKit): void {
  define(
    program,
    'record [runs...]',
    'Write cassettes of runs that have ended: what they asked and were answered, without secrets and personal data.',
  )
    .option('--workflow <name>', 'the newest runs of a workflow (NAMESPACE/NAME) in place of named ones')
    .option('--last <n>', 'how many of them', '1')
    .option('--status <status>', 'only runs that ended so', 'completed')
    .option('--out <folder>', 'where the cassettes go', 'cassettes')
    .option('--redact <names>', 'names of properties, with commas, whose values are replaced as well')
    .option('--test <file>', 'write a first test of the runs; the file must not be there')
    .action(act<RecordFlags>((session, runs, flags) => record(session, runs.filter(Boolean), flags)));
}

async function record(session: Session, named: string[], flags: RecordFlags): Promise<void> {
  if (named.length > 0 === (flags.workflow !== undefined))
    throw new CliError('Name the runs, or give --workflow NAMESPACE/NAME.', EXIT.usage);
  if (flags.test !== undefined && existsSync(session.path(flags.test)))
    throw new CliError(`${flags.test} is there already: it is not written over.`, EXIT.usage);
  const runs = named.length > 0 ? named : await newestRuns(session, flags);
  const written: Written[] = [];
  for (const run of runs) written.push(await recordRun(session, run, flags));
  if (flags.test !== undefined) writeTest(session, flags.test, written);
  if (written.some(({ differs }) => differs.length > 0)) session.exitCode = EXIT.failed;
  session.print(
    written.map(({ file, cassette, differs }) => ({
      file,
      run: cassette.run.id,
      redacted: cassette.redacted,
      differs,
    })),
    () =>
      written.map(writtenText).join('') +
      (flags.test === undefined ? '' : `${flags.test}: tutti test runs it\n`),
  );
}

async function newestRuns(session: Session, { workflow = '', last, status }: RecordFlags): Promise<string[]> {
  splitName(workflow);
  const { data } = await session.client.api.GET('/v1/runs', {
    params: { query: given({ workflow, status, limit: numberOf(last ?? '1', '--last') }) },
  });
  const ids = data?.items.map(({ id }) => id) ?? [];
  if (ids.length === 0) throw new CliError(`There is no run of ${workflow} that is ${status}.`);
  return ids;
}

async function recordRun(session: Session, id: string, { out, redact }: RecordFlags): Promise<Written> {
  const { data } = await session.client.api.GET('/v1/runs/{id}/cassette', {
    params: { path: { id }, query: given({ redact }) },
  });
  const cassette = data as unknown as Cassette;
  const folder = session.path(out);
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${cassette.workflow.name}-${id.slice(-12)}.cassette.yaml`);
  writeFileSync(file, stringify(cassette, { lineWidth: 0, aliasDuplicateObjects: false }));
  return { file: relative(session.io.cwd, file), cassette, differs: replayCassette(cassette) };
}

function writtenText({ file, cassette, differs }: Written): string {
  const { calls, children, reviews, redacted } = cassette;
  const counts = [`${calls.length} calls`, `${reviews.length} reviews`, `${children.length} sub-workflows`];
  const replaced = Object.entries(redacted).map(([kind, count]) => `${count} ${kind}`);
  const lines = [
    `${file}: ${counts.join(', ')}${replaced.length === 0 ? '' : `; replaced: ${replaced.join(', ')}`}`,
    ...(differs.length === 0
      ? []
      : [
          '  It does not lead to the end that was recorded. A value that was replaced may have decided the course:',
        ]),
    ...differs.map((difference) => `  ${difference}`),
  ];
  return `${lines.join('\n')}\n`;
}

function writeTest(session: Session, path: string, written: readonly Written[]): void {
  const folder = dirname(session.path(path));
  const tests = written.map(({ file, cassette }) => ({
    name: `${cassette.workflow.name} ${cassette.run.id.slice(-12)} ends as it was recorded`,
    cassette: relative(folder, resolve(session.io.cwd, file)),
    expect: {
      status: cassette.status,
      ...(cassette.output !== undefined && { output: cassette.output }),
      calls: callCounts(cassette),
    },
  }));
  mkdirSync(folder, { recursive: true });
  const head =
    '# Name the files under work, so that they are tested in place of what was recorded:\n' +
    '# workflow: workflow.yaml\n# policies: [policy.yaml]\n';
  writeFileSync(session.path(path), `kind: WorkflowTest\n${head}${stringify({ tests }, { lineWidth: 0 })}`);
}

function callCounts({ calls }: Cassette): { capability: string; times: number }[] {
  const counts = new Map<string, number>();
  for (const { capability } of calls)
    if (capability !== undefined) counts.set(capability, (counts.get(capability) ?? 0) + 1);
  return [...counts].map(([capability, times]) => ({ capability, times }));
}
