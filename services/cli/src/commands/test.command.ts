import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { duration } from '../output/format.js';
import { junitXml } from '../output/junit.js';
import { runTestFile, type TestResult } from '../rehearsal/test-runner.js';
import { CliError, EXIT } from '../session/io.js';
import type { CommandKit, Session } from '../session/session.js';
import { statOf } from './documents.js';

interface TestFlags {
  junit?: string;
  grep?: string;
}

const KIND = /^kind:\s*['"]?WorkflowTest\b/m;

/** `tutti test`: workflows on cassettes; exit status 0 when all tests pass, 1 when one does not. */
export function addTestCommand(program: Command, { define, act }: CommandKit): void {
  define(
    program,
    'test [paths...]',
    'Run tests of workflows (files of kind WorkflowTest) on cassettes. Needs no hub and no network.',
  )
    .option('--junit <file>', 'write a report in JUnit’s XML')
    .option('--grep <text>', 'only tests whose name has this text')
    .action(act<TestFlags>((session, paths, flags) => test(session, paths.filter(Boolean), flags)));
}

async function test(session: Session, paths: string[], { junit, grep }: TestFlags): Promise<void> {
  const files = (paths.length === 0 ? ['.'] : paths).flatMap((path) => testFiles(session, path));
  if (files.length === 0)
    throw new CliError(
      `There is no test below ${paths.join(', ') || 'this folder'} (a YAML file with "kind: WorkflowTest"). ` +
        'tutti record RUN --test FILE writes a first one.',
      EXIT.usage,
    );
  const results = files
    .flatMap((file) => runTestFile(session.io, file))
    .filter(({ name }) => name.includes(grep ?? ''));
  if (results.length === 0) throw new CliError(`No test has "${grep}" in its name.`, EXIT.usage);
  const failed = results.filter(({ problems }) => problems.length > 0).length;
  if (junit !== undefined)
    writeFileSync(
      session.path(junit),
      junitXml(results.map((result) => ({ suite: result.file, ...result }))),
    );
  if (failed > 0) session.exitCode = EXIT.failed;
  const passed = results.length - failed;
  const report = {
    passed,
    failed,
    tests: results.map(({ tasks: _all, reached: _some, ...result }) => result),
  };
  session.print({ ...report, coverage: coverageOf(results) }, () => textOf(results, { passed, failed }));
}

function testFiles(session: Session, path: string): string[] {
  const full = session.path(path);
  if (!statOf(full, path).isDirectory()) return [path];
  return readdirSync(full, { recursive: true, withFileTypes: true })
    .filter(
      (entry) => entry.isFile() && /\.ya?ml$/.test(entry.name) && !/node_modules/.test(entry.parentPath),
    )
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => KIND.test(readFileSync(file, 'utf8')))
    .sort();
}

/** Tasks of the workflow that no test of a file came to. */
function coverageOf(results: readonly TestResult[]) {
  const files = new Map<string, { tasks: Set<string>; reached: Set<string> }>();
  for (const { file, tasks, reached } of results) {
    const sum = files.get(file) ?? { tasks: new Set(), reached: new Set() };
    files.set(file, sum);
    for (const task of tasks) if (task !== '') sum.tasks.add(task);
    for (const task of reached) sum.reached.add(task);
  }
  return [...files].map(([file, { tasks, reached }]) => ({
    file,
    tasks: tasks.size,
    notReached: [...tasks].filter((task) => !reached.has(task)),
  }));
}

function textOf(
  results: readonly TestResult[],
  { passed, failed }: { passed: number; failed: number },
): string {
  const lines: string[] = [];
  let file = '';
  for (const result of results) {
    if (result.file !== file) lines.push(result.file);
    file = result.file;
    lines.push(`  ${result.problems.length === 0 ? 'ok  ' : 'FAIL'} ${result.name} (${duration(result.ms)})`);
    lines.push(...result.problems.map((problem) => `         ${problem}`));
  }
  for (const { file: of, tasks, notReached } of coverageOf(results)) {
    const rest = notReached.length === 0 ? '' : `; not reached: ${notReached.join(', ')}`;
    lines.push(`${of}: ${tasks - notReached.length} of ${tasks} tasks reached${rest}`);
  }
  return `${lines.join('\n')}\n${passed} passed, ${failed} failed\n`;
}
