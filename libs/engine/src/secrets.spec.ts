import { describe, expect, test } from '@jest/globals';
import type { HttpCall } from '@tutti/contracts';
import { define, Driver, RUN_ID } from '../test/driver.js';
import { restore, type RunDefinition } from './index.js';

const MAC = (name: string) =>
  name
    .padEnd(32, '0')
    .replaceAll(/[^0-9a-f]/g, 'a')
    .slice(0, 32);
/** Marks that name the run and the secret, in the place of a real MAC. */
function withMarks(yaml: string): RunDefinition {
  return { ...define(yaml), markSecret: ({ runId, reference }) => MAC(`${runId.slice(-2)}${reference}`) };
}
const markOf = (reference: string, runId = RUN_ID) =>
  `~secret~${reference}~${MAC(`${runId.slice(-2)}${reference}`)}~`;
const http = (parts: string) => `call: http, with: { method: get, endpoint: 'https://x.example/', ${parts} }`;
const callOf = (driver: Driver) => driver.call.input as HttpCall;

describe('$secrets', () => {
  test('is a mark inside whatever text it is put into, and the call says what it may use', () => {
    const driver = new Driver(
      withMarks(`
use: { secrets: [ crm-token, other ] }
do: [ { a: { ${http(`headers: { authorization: '\${ "Bearer " + $secrets["crm-token"] }' }, body: '\${ [$secrets.other] }'`)} } } ]`),
    ).start();
    expect(callOf(driver).headers).toEqual({ authorization: `Bearer ${markOf('crm-token')}` });
    expect(callOf(driver).body).toEqual([markOf('other')]);
    expect(driver.call.secrets).toEqual({ names: ['crm-token', 'other'], runId: RUN_ID });
  });

  test('has the parts that the document reads, and survives in the data', () => {
    const driver = new Driver(
      withMarks(`
use: { secrets: [ crm ] }
do:
- a: { input: { from: { key: '\${ $secrets.crm.key }' } }, set: { kept: '\${ .key }' } }
- b: { ${http("query: { key: '${ .kept }' }")} }`),
    ).start();
    expect(callOf(driver).query).toEqual({ key: markOf('crm~key') });
  });

  test('is in the input and output of the workflow too', () => {
    const driver = new Driver(
      withMarks(`
input: { from: '{ t: $secrets.t }' }
use: { secrets: [ t ] }
do: [ { a: { ${http("query: { key: '${ .t }' }")} } } ]`),
    ).start();
    expect(callOf(driver).query).toEqual({ key: markOf('t') });
  });

  test('has nothing where the document declares none, and a mark in the input is a text', () => {
    const driver = new Driver(
      withMarks(`do: [ { a: { ${http("query: { a: '${ .t }', b: '${ $secrets.t // 0 }' }")} } } ]`),
    ).start({ t: markOf('t') });
    expect(callOf(driver).query).toEqual({ a: markOf('t'), b: '0' });
    expect(driver.call.secrets).toBeUndefined();
  });

  test('basic authentication with one is left to the host, because a mark must not be encoded', () => {
    const basic = (password: string) => `{ basic: { username: ann, password: '${password}' } }`;
    const endpoint = (password: string) =>
      `endpoint: { uri: 'https://x.example/', authentication: ${basic(password)} }`;
    const driver = new Driver(
      withMarks(`
use: { secrets: [ p ] }
do:
- a: { call: http, with: { method: get, ${endpoint('${ $secrets.p }')} } }
- b: { call: http, with: { method: get, ${endpoint('word')} } }`),
    ).start();
    expect(callOf(driver).authentication).toEqual({
      scheme: 'basic',
      username: 'ann',
      password: markOf('p'),
    });
    expect(callOf(driver).headers).toBeUndefined();
    driver.answer(null);
    expect(callOf(driver).headers).toEqual({ authorization: 'Basic YW5uOndvcmQ=' });
  });

  test.each(['basic', 'bearer', 'digest', 'oauth2', 'oidc', 'certificate'])(
    '%s by the name of a secret',
    (scheme) => {
      const driver = new Driver(
        withMarks(`
use: { secrets: [ s ] }
do:
- a: { call: http, with: { method: get, endpoint: { uri: 'https://x.example/', authentication: { ${scheme}: { use: s } } } } }`),
      ).start();
      expect(callOf(driver).authentication).toEqual({ scheme, use: 's' });
    },
  );

  test.each([
    [
      'a capability',
      "call: crm.contact.find:1@default, with: { q: '${ $secrets.s }' }",
      'A capability cannot',
    ],
    [
      'an event',
      "emit: { event: { with: { source: 'https://x.y', type: a.b, data: '${ $secrets.s }' } } }",
      'An event',
    ],
    [
      'a process',
      "run: { script: { language: javascript, code: 'x', arguments: [ '${ $secrets.s }' ] } }",
      'A process cannot',
    ],
    [
      'a sub-workflow',
      "run: { workflow: { namespace: a, name: b, version: 1.0.0, input: { a: '${ $secrets.s }' } } }",
      'A sub-workflow cannot',
    ],
  ])('%s takes none', (_, task, told) => {
    const driver = new Driver(withMarks(`use: { secrets: [ s ] }\ndo: [ { a: { ${task} } } ]`)).start();
    expect(driver.error).toMatchObject({ status: 400, detail: expect.stringContaining(told) });
    expect(driver.effects).toEqual([]);
  });

  test('a run that is restored uses the marks that are in its data', () => {
    const driver = new Driver(
      withMarks(`
use: { secrets: [ t ] }
do:
- keep: { set: { t: '\${ $secrets.t }' } }
- a: { ${http("query: { kept: '${ .t }', made: '${ $secrets.t }' }")} }`),
    ).start();
    driver.settle({
      status: 'failed',
      fate: 'permanent',
      error: {
        type: 'https://serverlessworkflow.io/spec/1.0.0/errors/communication',
        status: 404,
        title: 'no',
      },
    });
    const state = restore(driver.definition, driver.history);
    const again = new Driver(driver.definition);
    const run = { id: RUN_ID.replace(/.$/, '2'), workspaceId: 'w', startedAt: again.now, trigger: 'retry' };
    again.send({ kind: 'restored', run, state });
    expect(callOf(again).query).toEqual({ kept: markOf('t'), made: markOf('t') });
    expect(again.call.secrets).toEqual({ names: ['t'], runId: RUN_ID });
  });
});
