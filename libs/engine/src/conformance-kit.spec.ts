import { expect, test } from '@jest/globals';
import type { CallOutcome, HttpCall, OpenApiCall } from '@tutti/contracts';
import { conformanceKit, describeShared, playScenario, type PlayedRun } from '@tutti/testing';
import { Driver, failed, succeeded } from '../test/driver.js';
import type { CallEffect } from './index.js';

const PET = { id: 1, name: 'Milou', status: 'available' };
const PETSTORE = 'https://petstore.swagger.io/v2';

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

/** The request that the connector host makes of an operation of the pet store. */
function petstoreRequest({ document, operationId, parameters, ...rest }: OpenApiCall): HttpCall {
  expect(document.uri).toBe(`${PETSTORE}/swagger.json`);
  const uri =
    operationId === 'findPetsByStatus'
      ? `${PETSTORE}/pet/findByStatus?status=${String(parameters.status)}`
      : `${PETSTORE}/pet/${String(parameters.petId)}`;
  return { method: 'GET', uri, ...rest };
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

function requestOf({ target, input }: CallEffect): HttpCall {
  return target.kind === 'openapi' ? petstoreRequest(input as OpenApiCall) : (input as HttpCall);
}

function play(source: string, input: unknown): PlayedRun {
  const driver = new Driver(source).start(input);
  while (driver.status === 'running') driver.settle(answer(requestOf(driver.call)));
  const { status, output, error, ran } = driver;
  return { status, output, error, ran };
}

describeShared(['conformance', 'serverless-workflow'], 'the conformance kit of Serverless Workflow', () => {
  const scenarios = conformanceKit();

  test('has its 21 scenarios', () => expect(scenarios).toHaveLength(21));

  test.each(scenarios.map((scenario) => [scenario.name, scenario] as const))('%s', async (_, scenario) => {
    // A step that does not hold rejects.
    await expect(playScenario(scenario, play)).resolves.toBeUndefined();
  });
});
