import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import type { CallOutcome, HttpCall } from '@tutti/contracts';
import { describeShared, sharedPath } from '@tutti/testing';
import { compileWorkflow, parseWorkflow, WorkflowRefused } from '@tutti/workflow';
import { Driver, failed, succeeded } from '../test/driver.js';
import { readFeature, type Scenario, type Step } from '../test/gherkin.js';

const folder = sharedPath('conformance', 'serverless-workflow', 'ctk');
const PET = { id: 1, name: 'Milou', status: 'available' };
/** Scenarios that the hub refuses when the document is applied; the kit's other 19 run here. */
const REFUSED = new Set(['Call OpenAPI With Content Output', 'Call OpenAPI With Response Output']);

/** What petstore.swagger.io and httpbin.org would answer. */
function answer({ method, uri, headers, output }: HttpCall): CallOutcome {
  const { pathname, searchParams } = new URL(uri);
  const content = contentOf(pathname, searchParams, headers);
  if (content === undefined) return failed('permanent', { status: 404 });
  if (output !== 'response') return succeeded(content);
  return succeeded({
    request: { method, uri, headers: headers ?? {} },
    statusCode: 200,
    headers: {},
    content,
  });
}

function contentOf(path: string, query: URLSearchParams, headers: HttpCall['headers']): unknown {
  if (path.startsWith('/basic-auth/')) {
    const [, , user, password] = path.split('/');
    const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
    return headers?.authorization === wanted ? { authenticated: true, user } : undefined;
  }
  if (path === '/v2/pet/findByStatus') return [{ ...PET, status: query.get('status') }];
  const id = /^\/v2\/pet\/(\d+)$/.exec(path)?.[1];
  return id === undefined ? undefined : { ...PET, id: Number(id) };
}

class World {
  source = '';
  input: unknown = {};
  driver: Driver | undefined;

  execute(): Driver {
    const driver = new Driver(this.source).start(this.input);
    while (driver.status === 'running') driver.settle(answer(driver.call.input as HttpCall));
    this.driver = driver;
    return driver;
  }

  get run(): Driver {
    if (this.driver === undefined) throw new Error('The workflow was not executed');
    return this.driver;
  }
}

function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce((inner, key) => (inner as Record<string, unknown> | null | undefined)?.[key], value);
}

const STEPS: [RegExp, (world: World, step: Step, groups: string[]) => void][] = [
  [/^a workflow with definition:$/, (world, { source }) => void (world.source = source)],
  [/^given the workflow input is:$/, (world, { block }) => void (world.input = block)],
  [/^the workflow is executed$/, (world) => void world.execute()],
  [
    /^the workflow should complete$/,
    ({ run }) => expect([run.status, run.error]).toEqual(['completed', undefined]),
  ],
  [
    /^the workflow should complete with output:$/,
    ({ run }, { block }) =>
      expect({ status: run.status, output: run.output }).toEqual({ status: 'completed', output: block }),
  ],
  [/^the workflow should fault$/, ({ run }) => expect(run.status).toBe('faulted')],
  [/^the workflow should fault with error:$/, ({ run }, { block }) => expect(run.error).toEqual(block)],
  [
    /^the workflow output should have properties (.*)$/,
    ({ run }, _, [names]) => {
      for (const name of names?.split(', ') ?? [])
        expect([name, at(run.output, name.slice(1, -1))]).not.toContain(undefined);
    },
  ],
  [
    /^the workflow output should have a '(.*)' property with value:$/,
    ({ run }, { block }, [name]) => expect(at(run.output, name as string)).toEqual(block),
  ],
  [
    /^the workflow output should have a '(.*)' property containing (\d+) items$/,
    ({ run }, _, [name, count]) => expect(at(run.output, name as string)).toHaveLength(Number(count)),
  ],
  [/^(\w+) should run first$/, ({ run }, _, [name]) => expect(run.ran[0]).toBe(name)],
  [/^(\w+) should run last$/, ({ run }, _, [name]) => expect(run.ran.at(-1)).toBe(name)],
  [
    /^(\w+) should run after (\w+)$/,
    ({ run }, _, [later, earlier]) =>
      expect(run.ran.indexOf(later as string)).toBeGreaterThan(run.ran.indexOf(earlier as string)),
  ],
];

function play({ steps }: Scenario): void {
  const world = new World();
  for (const step of steps) {
    const found = STEPS.map(([pattern, act]) => ({ match: pattern.exec(step.text), act })).find(
      ({ match }) => match,
    );
    if (found?.match == null) throw new Error(`No step for: ${step.text}`);
    found.act(world, step, found.match.slice(1));
  }
}

describeShared(['conformance', 'serverless-workflow'], 'the conformance kit of Serverless Workflow', () => {
  const scenarios = readdirSync(folder).flatMap((file) =>
    readFeature(readFileSync(join(folder, file), 'utf8')),
  );

  test('has its 21 scenarios', () => expect(scenarios).toHaveLength(21));

  const [refused, played] = [true, false].map((wanted) =>
    scenarios.filter(({ name }) => REFUSED.has(name) === wanted),
  );

  test.each((played ?? []).map((scenario) => [scenario.name, scenario] as const))('%s', (_, scenario) =>
    play(scenario),
  );

  test.each((refused ?? []).map((scenario) => [scenario.name, scenario] as const))(
    '%s is refused by name',
    (_, scenario) => {
      const { document } = parseWorkflow(scenario.steps[0]?.source ?? '');
      const compile = () => document && compileWorkflow(document);
      expect(compile).toThrow(WorkflowRefused);
      expect(compile).toThrow('Calls of type openapi are not supported yet');
    },
  );
});
