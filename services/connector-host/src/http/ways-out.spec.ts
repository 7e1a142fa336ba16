import type { CallRequest } from '@tutti/contracts';
import { ConnectorHost } from '../connector-host.module.js';
import { HttpStub } from '../testing/http-stub.js';
import { callRequest, failed } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

let hub: TestHost;
let host: ConnectorHost;
let stub: HttpStub;

beforeAll(async () => {
  hub = await TestHost.start();
  host = new ConnectorHost({ masterKey: hub.masterKey, blockPrivateAddresses: true }, hub.database);
  stub = await HttpStub.start();
});
afterAll(async () => {
  await host.close();
  await stub.stop();
  await hub.stop();
});

const ELSEWHERE = 'https://api.example.com/';
const PROCESS = { arguments: [], environment: {}, return: 'stdout' };
/** Calls whose only address that is asked first is the private one. */
const CALLS: Record<string, (uri: string) => Pick<CallRequest, 'target' | 'input'>> = {
  http: (uri) => ({ target: { kind: 'http' }, input: { method: 'GET', uri, output: 'content' } }),
  'a token': (authority) => ({
    target: { kind: 'http' },
    input: {
      method: 'GET',
      uri: ELSEWHERE,
      output: 'content',
      authentication: { scheme: 'oauth2', authority, grant: 'client_credentials' },
    },
  }),
  'the discovery of an authority': (authority) => ({
    target: { kind: 'http' },
    input: {
      method: 'GET',
      uri: ELSEWHERE,
      output: 'content',
      authentication: { scheme: 'oidc', authority, grant: 'client_credentials' },
    },
  }),
  'an OpenAPI document': (uri) => ({
    target: { kind: 'openapi' },
    input: { document: { uri }, operationId: 'x', parameters: {}, output: 'content' },
  }),
  mcp: (uri) => ({
    target: { kind: 'mcp' },
    input: { method: 'tools/list', uri, protocolVersion: '2025-06-18' },
  }),
  'the card of an agent': (uri) => ({
    target: { kind: 'a2a' },
    input: { method: 'message/send', document: { uri }, parameters: {} },
  }),
  a2a: (uri) => ({ target: { kind: 'a2a' }, input: { method: 'message/send', uri, parameters: {} } }),
  'an AsyncAPI document': (uri) => ({
    target: { kind: 'asyncapi' },
    input: { document: { uri }, operation: 'x', message: {} },
  }),
  'a proto document': (uri) => ({
    target: { kind: 'grpc' },
    input: {
      document: { uri },
      service: 'S',
      host: 'api.example.com',
      port: 443,
      method: 'M',
      arguments: {},
    },
  }),
  'the source of a script': (uri) => ({
    target: { kind: 'script' },
    input: { ...PROCESS, language: 'javascript', source: { uri } },
  }),
};

it.each(Object.entries(CALLS))('%s does not reach a private address that is blocked', async (_, call) => {
  const { outcome } = await host.executor.execute(callRequest(call(`${stub.origin}/x`)));
  const { error, fate } = failed(outcome);
  expect({ fate, status: error.status }).toEqual({ fate: 'permanent', status: 403 });
  expect(error.detail).toContain('TUTTI_BLOCK_PRIVATE_ADDRESSES');
  expect(stub.seen).toEqual([]);
});
