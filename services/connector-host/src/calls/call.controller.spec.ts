import { randomBytes } from 'node:crypto';
import { Module, type INestMicroservice } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { BusModule, InProcessBus, InProcessStrategy } from '@tutti/bus';
import { TOPICS, type RunInboxMessage } from '@tutti/contracts';
import { StoreModule } from '@tutti/store';
import { createTestDatabase, eventually, type TestDatabase } from '@tutti/testing';
import { ConnectionTester, ConnectorHostModule, PluginRegistry } from '../index.js';
import { HttpStub, json } from '../testing/http-stub.js';
import { httpRequest } from '../testing/requests.js';

let test: TestDatabase;
const masterKey = randomBytes(32).toString('hex');
let stub: HttpStub;
let app: INestMicroservice;
let bus: InProcessBus;
let batches: RunInboxMessage[][];

beforeAll(async () => {
  test = await createTestDatabase();
});
afterAll(() => test.drop());

beforeEach(async () => {
  stub = await HttpStub.start();
  bus = new InProcessBus();
  batches = [];
  bus.subscribe(TOPICS.runInbox, (messages) => {
    batches.push(messages);
  });
  const host = ConnectorHostModule.forRoot({ pluginFolders: [], masterKey });
  class HubModule {}
  Module({ imports: [StoreModule.forRoot(test.connection), BusModule.forRoot(bus), host] })(HubModule);
  app = await NestFactory.createMicroservice(HubModule, {
    strategy: new InProcessStrategy(bus),
    logger: false,
  });
  app.enableShutdownHooks();
  await app.listen();
});
afterEach(async () => {
  await app.close();
  await stub.stop();
});

const settled = () => batches.flat();

it('answers calls from the bus to the run inbox, also while an earlier one hangs', async () => {
  let release = () => {};
  stub.behaviour = (request, response) => {
    if (request.url === '/slow') release = () => json(response, 200, 'slow');
    else json(response, 200, request.url);
  };
  const slow = httpRequest({ uri: `${stub.origin}/slow` });
  const quick = Array.from({ length: 20 }, (_, i) =>
    httpRequest({ uri: `${stub.origin}/${i}` }, { attempt: 3 }),
  );
  await bus.publish(TOPICS.calls, [slow]);
  await eventually(() => stub.seen.length === 1);
  await bus.publish(TOPICS.calls, quick);
  await eventually(() => settled().length === 20);
  const answers = new Map(settled().map((message) => [message.runId, message]));
  for (const [i, request] of quick.entries()) {
    expect(answers.get(request.runId)).toMatchObject({
      kind: 'call.settled',
      callId: request.callId,
      attempt: 3,
      outcome: { status: 'succeeded', output: `/${i}` },
      startedAt: expect.any(Number),
      endedAt: expect.any(Number),
    });
  }
  release();
  await eventually(() => settled().length === 21);
});

it('waits for calls under way when it is ended, and still answers', async () => {
  let respond = () => {};
  stub.behaviour = (_request, response) => {
    respond = () => json(response, 200, 'last');
  };
  await bus.publish(TOPICS.calls, [httpRequest({ uri: stub.origin })]);
  await eventually(() => stub.seen.length === 1);
  const closing = app.close();
  respond();
  await closing;
  await eventually(() => settled().length === 1);
  expect(settled()[0]).toMatchObject({ outcome: { status: 'succeeded', output: 'last' } });
});

it('gives registry and connection tester to the other modules of the process', async () => {
  expect(app.get(PluginRegistry).list()).toEqual([]);
  await expect(app.get(ConnectionTester).test('default', 'none')).resolves.toMatchObject({
    ok: false,
    detail: 'There is no connection "none".',
  });
});

it('does not start on a configuration that is wrong', () => {
  expect(() => ConnectorHostModule.forRoot({ pluginFolders: [], masterKey: 'short' })).toThrow(
    'openssl rand -hex 32',
  );
});
