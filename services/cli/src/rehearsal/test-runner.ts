import { readFileSync } from 'node:fs';
import { dirname, relative, resolve } from 'node:path';
import { Cassette } from '@tutti/contracts';
import { type Rehearsal, rehearse } from '@tutti/engine';
import { compile, JqRuntimeError, JqSyntaxError, type Program } from '@tutti/jq';
import { parse } from 'yaml';
import { z } from 'zod';
import { CliError, EXIT, type Io } from '../session/io.js';
import { CassetteWorld, NotRecorded } from './cassette-world.js';
import { unmet } from './expectations.js';
import { rehearsedDefinition, type Source, type Tested } from './rehearsed-definition.js';
import { type Case, type Expectation, WorkflowTest } from './test-document.js';

/** How one test ended. */
export interface TestResult {
  file: string;
  name: string;
  /** What is not as expected; none: it passed. */
  problems: string[];
  /** Time that the test itself took, milliseconds. */
  ms: number;
  /** JSON pointers of the workflow's tasks, and of those the ones that were reached. */
  tasks: readonly string[];
  reached: readonly string[];
}

/** Runs the tests of one file. Throws CliError for a file that is none, or names what is not there. */
export function runTestFile(io: Io, path: string): TestResult[] {
  const file = relative(io.cwd, resolve(io.cwd, path)) || path;
  const folder = dirname(resolve(io.cwd, path));
  const document = checked(WorkflowTest, read(io.cwd, path));
  const besideIt = (name: string) => read(folder, name);
  const tested: Tested = {
    workflow: document.workflow === undefined ? null : besideIt(document.workflow),
    policies: document.policies?.map(besideIt) ?? null,
  };
  const ignore = ignoring(document.ignore, file);
  const cassettes = new Map<string, Cassette>();
  return document.tests.map((test) => {
    const name = test.cassette ?? document.cassette;
    if (name === undefined)
      throw new CliError(`${file}: the test "${test.name}" names no cassette.`, EXIT.usage);
    const cassette = cassettes.get(name) ?? checked(Cassette, besideIt(name));
    cassettes.set(name, cassette);
    return { file, ...runCase(cassette, test, { tested, ignore }) };
  });
}

/** Whether a cassette alone leads to the end that was recorded; what differs if not. */
export function replayCassette(cassette: Cassette): string[] {
  const test: Case = { name: 'replay', answers: [], reviews: [], events: [] };
  return runCase(cassette, test, { tested: { workflow: null, policies: null }, ignore: null }).problems;
}

function runCase(
  cassette: Cassette,
  test: Case,
  { tested, ignore }: { tested: Tested; ignore: Program | null },
): Omit<TestResult, 'file'> {
  const from = performance.now();
  const definition = rehearsedDefinition(cassette, tested, test.answers);
  const world = new CassetteWorld(cassette, test, ignore);
  const input = 'input' in test ? test.input : cassette.input;
  const tasks = definition.workflow.tasks;
  const ended = (problems: string[], rehearsal?: Rehearsal) => ({
    name: test.name,
    problems,
    ms: performance.now() - from,
    tasks: [...tasks.keys()],
    reached: rehearsal?.started ?? [],
  });
  try {
    const rehearsal = rehearse(definition, world, { run: cassette.run, input });
    return ended(unmet(test.expect ?? asRecorded(cassette), rehearsal), rehearsal);
  } catch (error) {
    if (error instanceof NotRecorded) return ended([error.message]);
    throw error;
  }
}

function asRecorded({ status, output, error }: Cassette): Expectation {
  return {
    status: status as NonNullable<Expectation['status']>,
    ...(output !== undefined && { output }),
    // Its detail may hold what differs from run to run.
    ...(error !== undefined && { error: { type: error.type, status: error.status } }),
  };
}

function ignoring(paths: readonly string[], file: string): Program | null {
  if (paths.length === 0) return null;
  try {
    return compile(`del(${paths.join(', ')})`);
  } catch (error) {
    if (error instanceof JqSyntaxError || error instanceof JqRuntimeError)
      throw new CliError(`${file}: \`ignore\` holds jq paths such as .id: ${error.message}`, EXIT.usage);
    throw error;
  }
}

function read(folder: string, name: string): Source {
  try {
    return { file: name, text: readFileSync(resolve(folder, name), 'utf8') };
  } catch (error) {
    throw new CliError(`${name} cannot be read (${(error as NodeJS.ErrnoException).code}).`, EXIT.usage);
  }
}

function checked<Schema extends z.ZodType>(schema: Schema, { file, text }: Source): z.output<Schema> {
  let value: unknown;
  try {
    value = parse(text);
  } catch (error) {
    throw new CliError(`${file} is no YAML: ${(error as Error).message}`, EXIT.usage);
  }
  const { data, error } = schema.safeParse(value);
  if (error === undefined) return data as z.output<Schema>;
  throw new CliError(`${file} is not as it must be:\n${z.prettifyError(error)}`, EXIT.usage);
}
