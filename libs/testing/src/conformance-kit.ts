import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readFeature, type Scenario, type Step } from './gherkin.js';
import { sharedPath } from './shared-path.js';

/** How a workflow of the kit came out. */
export interface PlayedRun {
  status: string;
  output: unknown;
  error: unknown;
  /** Names of the tasks in the order in which they started. */
  ran: readonly string[];
}

/** Runs a document of the kit to its end. */
export type PlayWorkflow = (source: string, input: unknown) => PlayedRun | Promise<PlayedRun>;

type Check = (run: PlayedRun, step: Step, groups: readonly string[]) => void;

const CHECKS: readonly [RegExp, Check][] = [
  [
    /^the workflow should complete$/,
    ({ status, error }) => assert.equal(status, 'completed', JSON.stringify(error)),
  ],
  [
    /^the workflow should complete with output:$/,
    ({ status, output }, { block }) =>
      assert.deepEqual({ status, output }, { status: 'completed', output: block }),
  ],
  [/^the workflow should fault$/, ({ status }) => assert.equal(status, 'faulted')],
  [
    /^the workflow should fault with error:$/,
    ({ status, error }, { block }) =>
      assert.deepEqual({ status, error }, { status: 'faulted', error: block }),
  ],
  [
    /^the workflow output should have properties (.*)$/,
    ({ output }, _step, [names = '']) => {
      for (const name of names.split(', '))
        assert.notEqual(at(output, name.slice(1, -1)), undefined, `${name} in ${JSON.stringify(output)}`);
    },
  ],
  [
    /^the workflow output should have a '(.*)' property with value:$/,
    ({ output }, { block }, [name = '']) => assert.deepEqual(at(output, name), block),
  ],
  [
    /^the workflow output should have a '(.*)' property containing (\d+) items$/,
    ({ output }, _step, [name = '', count]) => {
      const items = at(output, name);
      assert.ok(Array.isArray(items), `${name} is a list`);
      assert.equal(items.length, Number(count));
    },
  ],
  [/^(\w+) should run first$/, ({ ran }, _step, [name]) => assert.equal(ran[0], name)],
  [/^(\w+) should run last$/, ({ ran }, _step, [name]) => assert.equal(ran.at(-1), name)],
  [
    /^(\w+) should run after (\w+)$/,
    ({ ran }, _step, [later = '', earlier = '']) => {
      assert.ok(ran.includes(earlier), `${earlier} ran`);
      assert.ok(
        ran.indexOf(later) > ran.indexOf(earlier),
        `${later} ran after ${earlier}: ${ran.join(', ')}`,
      );
    },
  ],
];

/** The scenarios of the conformance kit of Serverless Workflow, from the shared folder. */
export function conformanceKit(): Scenario[] {
  const folder = sharedPath('conformance', 'serverless-workflow', 'ctk');
  return readdirSync(folder).flatMap((file) => readFeature(readFileSync(join(folder, file), 'utf8')));
}

/** Plays a scenario. Rejects with an AssertionError when a step does not hold, and for an unknown step. */
export async function playScenario({ steps }: Scenario, play: PlayWorkflow): Promise<void> {
  let source = '';
  let input: unknown = {};
  let run: PlayedRun | undefined;
  for (const step of steps) {
    if (step.text === 'a workflow with definition:') source = step.source;
    else if (step.text === 'given the workflow input is:') input = step.block;
    else if (step.text === 'the workflow is executed') run = await play(source, input);
    else check(step, run);
  }
  assert.ok(run !== undefined, 'the workflow was executed');
}

function check(step: Step, run: PlayedRun | undefined): void {
  for (const [pattern, holds] of CHECKS) {
    const match = pattern.exec(step.text);
    if (match === null) continue;
    assert.ok(run !== undefined, 'the workflow was executed');
    return holds(run, step, match.slice(1));
  }
  assert.fail(`There is no step for: ${step.text}`);
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value);
}
