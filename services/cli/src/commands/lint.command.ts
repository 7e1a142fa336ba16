import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Finding } from '@tutti/contracts';
import { lintWorkflow, parseWorkflow } from '@tutti/workflow';
import type { Command } from 'commander';
import { findingsText } from '../output/findings.js';
import { CliError, EXIT, type Io } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { definitionsAt, statOf } from './documents.js';

interface LintFlags {
  schemaOnly?: boolean;
  strict?: boolean;
  hub?: boolean;
}

/** A text to check, under the name that its findings go by. */
interface Source {
  file: string;
  text: string;
}

/** What `tutti lint --json` prints. */
interface LintReport {
  files: number;
  errors: number;
  warnings: number;
  findings: (Finding & { file: string })[];
  /** What only a hub knows, so that it was not looked at. */
  notChecked: string[];
}

const STDIN = '-';
const OFFLINE = [
  'capabilities and their effects',
  'connections',
  'functions of catalogs and by address',
  'the timeouts and fallbacks of routing policies',
];

/** `tutti lint`: checks workflow documents; exit status 0 without errors, 1 with. */
export function addLintCommand(program: Command, { define, act }: CommandKit): void {
  define(
    program,
    'lint <files...>',
    'Check workflow documents: files, folders, or - for standard input. Needs no hub.',
  )
    .option('--schema-only', 'only against the schema of Serverless Workflow 1.0.3')
    .option('--strict', 'let warnings count as errors')
    .option('--hub', 'ask the hub, which knows capabilities, connections and policies as well')
    .action(act<LintFlags>((session, files, flags) => lint(session, files, flags)));
}

async function lint(session: Session, paths: string[], flags: LintFlags): Promise<void> {
  if (flags.hub === true && flags.schemaOnly === true)
    throw new CliError('--hub and --schema-only exclude each other: the schema needs no hub.', EXIT.usage);
  const report: LintReport = {
    files: 0,
    errors: 0,
    warnings: 0,
    findings: [],
    notChecked: flags.hub === true || flags.schemaOnly === true ? [] : OFFLINE,
  };
  const texts: string[] = [];
  for (const { file, text } of await sourcesOf(session.io, paths)) {
    const found = flags.hub === true ? await askHub(session, text) : check(text, flags.schemaOnly === true);
    const findings = flags.strict === true ? found.map(asError) : found;
    count(report, file, findings);
    texts.push(findings.length === 0 ? `${file}: no findings\n` : findingsText(file, findings));
  }
  if (report.errors > 0) session.exitCode = EXIT.failed;
  session.print(report, () => texts.join('') + summary(report));
}

function count(report: LintReport, file: string, findings: readonly Finding[]): void {
  report.files += 1;
  report.errors += findings.filter(({ severity }) => severity === 'error').length;
  report.warnings += findings.filter(({ severity }) => severity === 'warning').length;
  report.findings.push(...findings.map((finding) => ({ file, ...finding })));
}

function summary({ findings, errors, warnings, notChecked }: LintReport): string {
  const total = findings.length === 0 ? '' : `${counted(errors, 'error')}, ${counted(warnings, 'warning')}\n`;
  return notChecked.length === 0
    ? total
    : `${total}Not looked at without a hub: ${notChecked.join(', ')} (tutti lint --hub does).\n`;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function asError(finding: Finding): Finding {
  return finding.severity === 'warning' ? { ...finding, severity: 'error' } : finding;
}

function check(text: string, schemaOnly: boolean): Finding[] {
  const { document, findings, locate } = parseWorkflow(text);
  return document === undefined || schemaOnly ? findings : lintWorkflow(document, { locate });
}

async function askHub(session: Session, text: string): Promise<Finding[]> {
  return (await session.client.lintWorkflow(text)).findings;
}

async function sourcesOf(io: Io, paths: readonly string[]): Promise<Source[]> {
  const sources: Source[] = [];
  for (const path of paths) sources.push(...(path === STDIN ? [await standardInput(io)] : below(io, path)));
  if (sources.length === 0)
    throw new CliError(
      `There is no workflow below ${paths.join(', ')} (a file with a "document").`,
      EXIT.usage,
    );
  return sources;
}

async function standardInput(io: Io): Promise<Source> {
  return { file: 'stdin', text: await io.stdin() };
}

/** A file that is named is checked whatever it holds; of a folder only what are workflows. */
function below(io: Io, path: string): Source[] {
  const full = resolve(io.cwd, path);
  if (!statOf(full, path).isDirectory()) return [{ file: path, text: readFileSync(full, 'utf8') }];
  return definitionsAt(io, [path]).flatMap((definition) =>
    definition.kind === 'Workflow' ? [{ file: definition.file, text: definition.text }] : [],
  );
}
