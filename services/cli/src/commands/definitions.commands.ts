import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Applied, ApiProblem } from '@tutti/client';
import type { Finding } from '@tutti/contracts';
import { lintWorkflow, parseWorkflow } from '@tutti/workflow';
import type { Command } from 'commander';
import { parse } from 'yaml';
import { problemText } from '../output/errors.js';
import { facts, oneLine } from '../output/table.js';
import { instant } from '../output/format.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { splitName } from './arguments.js';

interface Document {
  file: string;
  text: string;
  kind: 'Workflow' | 'RoutingPolicy';
}

interface Outcome {
  file: string;
  applied?: Applied;
  problem?: ApiProblem['problem'];
}

/** `tutti apply`, `tutti lint`, `tutti workflow`. */
export function addDefinitionCommands(program: Command, { define, act }: CommandKit): void {
  define(program, 'apply', 'Apply workflows and routing policies from a file or a folder.')
    .requiredOption('-f, --file <path...>', 'files, or folders with .yaml, .yml and .json files')
    .option('--plan', 'say what would change, and change nothing')
    .action(act<{ file: string[]; plan?: boolean }>((session, _args, options) => apply(session, options)));

  define(program, 'lint <files...>', 'Check workflow documents without a hub.')
    .option('--schema-only', 'only against the schema of Serverless Workflow 1.0.3')
    .action(
      act<{ schemaOnly?: boolean }>((session, files, options) =>
        lint(session, files, options.schemaOnly === true),
      ),
    );

  const workflow = define(program, 'workflow', 'One workflow.');
  define(workflow, 'show <workflow>', 'A workflow (NAMESPACE/NAME) with its versions.')
    .option('--yaml', 'print the document as it was applied')
    .action(
      act<{ yaml?: boolean }>((session, [name], options) =>
        show(session, name as string, options.yaml === true),
      ),
    );
  for (const enabled of [true, false]) {
    define(
      workflow,
      `${enabled ? 'enable' : 'disable'} <workflow>`,
      enabled ? 'Let a workflow start runs.' : 'Keep a workflow from starting runs.',
    ).action(act((session, [name]) => enable(session, name as string, enabled)));
  }
}

async function apply(session: Session, options: { file: string[]; plan?: boolean }): Promise<void> {
  const documents = options.file.flatMap((path) => documentsAt(session, path));
  if (documents.length === 0)
    throw new CliError(
      'There is nothing to apply: no file holds a workflow or a routing policy.',
      EXIT.usage,
    );
  const outcomes: Outcome[] = [];
  // Policies first, so that a workflow that is applied with them finds its routes.
  for (const document of documents.sort((a, b) => a.kind.localeCompare(b.kind))) {
    outcomes.push(await applyOne(session, document, options.plan === true));
  }
  if (outcomes.some((outcome) => outcome.problem)) session.exitCode = EXIT.failed;
  session.print(outcomes, () =>
    outcomes.map((outcome) => outcomeText(outcome, options.plan === true)).join(''),
  );
}

async function applyOne(session: Session, document: Document, plan: boolean): Promise<Outcome> {
  const { file, text, kind } = document;
  try {
    const applied =
      kind === 'Workflow'
        ? await session.client.applyWorkflow(text, { plan })
        : await session.client.applyPolicy(text, { plan });
    return { file, applied };
  } catch (error) {
    if (!(error instanceof ApiProblem) || error.code === 'unreachable' || error.code === 'unauthorized')
      throw error;
    return { file, problem: error.problem };
  }
}

function outcomeText(outcome: Outcome, plan: boolean): string {
  if (outcome.problem) return `${outcome.file}: ${problemText(new ApiProblem(outcome.problem))}`;
  const { kind, namespace, name, version, change, findings } = outcome.applied as Applied;
  const what = plan && change !== 'unchanged' ? `would be ${change}` : change;
  return `${outcome.file}: ${kind} ${namespace ? `${namespace}/` : ''}${name} ${version} ${what}\n${findingsText(outcome.file, findings as Finding[])}`;
}

function documentsAt(session: Session, path: string): Document[] {
  const full = resolve(session.io.cwd, path);
  const folder = statOf(full, path).isDirectory();
  const files = folder ? filesBelow(full) : [full];
  return files.flatMap((file) => {
    const shown = relative(session.io.cwd, file) || file;
    const text = readFileSync(file, 'utf8');
    const kind = kindOf(text);
    if (kind !== null) return [{ file: shown, text, kind }];
    // A folder may hold data beside its definitions; a file that was named must be one.
    if (folder) return [];
    throw new CliError(
      `${shown} is neither a workflow (it has no "document") nor a RoutingPolicy (it has no "kind").`,
      EXIT.usage,
    );
  });
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter(
      (entry) =>
        entry.isFile() && /\.(ya?ml|json)$/.test(entry.name) && !/node_modules/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

/** A text that does not parse is sent as a workflow: the hub then says in which line it is wrong. */
function kindOf(text: string): Document['kind'] | null {
  try {
    const value = parse(text, { logLevel: 'silent' }) as {
      kind?: unknown;
      document?: { dsl?: unknown };
    } | null;
    if (value?.kind === 'RoutingPolicy') return 'RoutingPolicy';
    return typeof value?.document === 'object' && value.document !== null ? 'Workflow' : null;
  } catch {
    return /^kind:\s*RoutingPolicy/m.test(text)
      ? 'RoutingPolicy'
      : /^document:/m.test(text)
        ? 'Workflow'
        : null;
  }
}

async function lint(session: Session, files: string[], schemaOnly: boolean): Promise<void> {
  const results = files.map((path) => {
    const full = resolve(session.io.cwd, path);
    statOf(full, path);
    return { file: path, findings: lintText(readFileSync(full, 'utf8'), schemaOnly) };
  });
  if (results.some(({ findings }) => findings.some(({ severity }) => severity === 'error')))
    session.exitCode = EXIT.failed;
  session.print(results, () =>
    results
      .map(({ file, findings }) =>
        findings.length === 0 ? `${file}: no findings\n` : findingsText(file, findings),
      )
      .join(''),
  );
  await Promise.resolve();
}

function lintText(text: string, schemaOnly: boolean): Finding[] {
  const { document, findings, locate } = parseWorkflow(text);
  return document === undefined || schemaOnly
    ? findings
    : [...findings, ...lintWorkflow(document, { locate })];
}

function findingsText(file: string, findings: readonly Finding[]): string {
  return findings
    .map(({ line, column, severity, code, message, fix, pointer }) => {
      const place = line === undefined ? '' : `:${line}${column === undefined ? '' : `:${column}`}`;
      return `${file}${place}: ${severity} ${code}: ${oneLine(message)}${pointer && line === undefined ? ` (at ${pointer})` : ''}${fix ? ` Fix: ${oneLine(fix)}` : ''}\n`;
    })
    .join('');
}

async function show(session: Session, name: string, yaml: boolean): Promise<void> {
  const { data } = await session.client.api.GET('/v1/workflows/{namespace}/{name}', {
    params: { path: splitName(name) },
  });
  if (data === undefined) return;
  session.print(data, () =>
    yaml
      ? data.source
      : facts([
          ['workflow', `${data.namespace}/${data.name}`],
          ['title', data.title],
          ['version', data.version],
          ['enabled', data.enabled ? 'yes' : 'no'],
          ['updated', instant(data.updatedAt)],
          ['summary', data.summary],
          ...data.versions.map(
            (version) =>
              [
                version.current ? 'current' : 'before',
                `${version.version}  ${version.contentHash.slice(0, 12)}  ${instant(version.createdAt)}  ${version.createdBy}`,
              ] as const,
          ),
        ]),
  );
}

async function enable(session: Session, name: string, enabled: boolean): Promise<void> {
  const { data } = await session.client.api.PATCH('/v1/workflows/{namespace}/{name}', {
    params: { path: splitName(name) },
    body: { enabled },
  });
  session.print(data, () => `${name} is ${enabled ? 'enabled' : 'disabled'}\n`);
}

function statOf(full: string, shown: string) {
  try {
    return statSync(full);
  } catch (error) {
    throw new CliError(`${shown} cannot be read (${(error as NodeJS.ErrnoException).code}).`, EXIT.usage);
  }
}
