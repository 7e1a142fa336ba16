import type { ServerResponse } from 'node:http';
import { PartialStore } from '@tutti/store';
import { eventually } from '@tutti/testing';
import { json } from '../testing/http-stub.js';
import { IsolatedHub, PROCESS_TEST_MS } from '../testing/isolated-hub.js';
import { capabilityRequest, failed, output } from '../testing/requests.js';
import { CANARY, TestHub } from '../testing/test-plugin.js';

const ISOLATED = `
import { definePlugin } from '@tutti/plugin-sdk';
import { z } from 'zod';
export default definePlugin({
  contract: 1,
  name: 'util-streams',
  kind: 'util',
  settings: z.object({ baseUrl: z.url(), token: z.string().meta({ secret: true }) }),
  hostsFrom: ['baseUrl'],
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: ({ baseUrl, token }) => ({ baseUrl, headers: { authorization: 'Bearer ' + token } }),
  capabilities: {
    'util.stream': {
      summary: 'Read a stream, and tell it as it comes.',
      effect: 'read',
      input: z.object({ until: z.int().default(1000) }),
      output: z.object({ items: z.array(z.unknown()) }),
      async run({ input, http, partial }) {
        const items = [];
        for await (const item of http.stream('/stream', { body: { stream: true } })) {
          partial(item.data);
          if (items.push(item) >= input.until) break;
        }
        return { items };
      },
    },
  },
});
`;

const inProcess = TestHub.use();
const isolated = IsolatedHub.use('util-streams', ISOLATED, { settings: { token: CANARY } });

/** Begins a reply of events; the rest of the test says how it goes on. */
function events(response: ServerResponse, ...data: readonly string[]): ServerResponse {
  if (!response.headersSent) response.writeHead(200, { 'content-type': 'text/event-stream' });
  for (const one of data) response.write(`event: part\ndata: ${one}\n\n`);
  return response;
}

describe.each([
  ['in this process', () => inProcess],
  ['in a process of its own', () => isolated],
])('the stream of a plugin %s', (_, hubOf) => {
  const call = (input: object = {}) => hubOf().host.call('util.stream', input);

  it(
    'gives events as they come',
    async () => {
      hubOf().stub.behaviour = (_request, response) => events(response, 'one', 'two').end();
      expect(output(await call())).toEqual({
        items: [
          { event: 'part', data: 'one' },
          { event: 'part', data: 'two' },
        ],
      });
      expect(hubOf().stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
    },
    PROCESS_TEST_MS,
  );

  it('gives lines, the last one also without its end', async () => {
    hubOf().stub.behaviour = (_request, response) =>
      response
        .writeHead(200, { 'content-type': 'application/x-ndjson; charset=utf-8' })
        .end('{"a":1}\n\n{"b":2}');
    expect(output(await call())).toEqual({ items: [{ data: '{"a":1}' }, { data: '{"b":2}' }] });
  });

  it('ends the exchange when the plugin has enough', async () => {
    let closed = false;
    hubOf().stub.behaviour = (_request, response) => {
      response.once('close', () => (closed = true));
      events(response, 'one');
    };
    expect(output(await call({ until: 1 }))).toEqual({ items: [{ event: 'part', data: 'one' }] });
    await eventually(() => closed);
  });

  it('takes one that breaks off for something that passes', async () => {
    hubOf().stub.behaviour = (_request, response) => {
      events(response, 'one');
      setImmediate(() => response.destroy());
    };
    expect(failed(await call())).toMatchObject({ fate: 'transient', error: { reason: 'unavailable' } });
  });

  it('classifies a refusal as any other, and reads no stream out of an ordinary reply', async () => {
    hubOf().stub.behaviour = (_request, response) => json(response, 429, { why: 1 });
    expect(failed(await call())).toMatchObject({
      fate: 'transient',
      error: { status: 429, reply: { why: 1 } },
    });
    hubOf().stub.behaviour = (_request, response) => json(response, 200, { a: 1 });
    expect(failed(await call())).toMatchObject({
      fate: 'permanent',
      error: { reason: 'invalid-output', title: expect.stringContaining('application/json') },
    });
  });

  it('refuses an item without an end', async () => {
    hubOf().stub.behaviour = (_request, response) => {
      response.on('error', () => undefined);
      events(response).end(`data: ${'x'.repeat(3 * 1024 * 1024)}`);
    };
    expect(failed(await call())).toMatchObject({ fate: 'permanent', error: { reason: 'invalid-output' } });
  });

  it('shows who watches the run what there is so far, without secrets', async () => {
    const store = new PartialStore(hubOf().host.database);
    const request = capabilityRequest('util.stream', {});
    let finish = () => {};
    hubOf().stub.behaviour = (_request, response) => {
      events(response, 'Once upon a time ', CANARY, ' there was a little text that goes on and on and on.');
      finish = () => events(response, 'The end.').end();
    };
    const calling = hubOf().host.host.executor.execute(request);
    const seen = await eventually(async () => {
      const [part] = await store.watch(request.runId);
      return part !== undefined && part.text.includes('there was') && part;
    });
    expect(seen).toMatchObject({ callId: request.callId, attempt: request.attempt, dropped: 0 });
    expect(seen.text).toMatch(/^Once upon a time \S+ there was/);
    expect(seen.text).not.toContain(CANARY);
    finish();
    output((await calling).outcome);
    await eventually(async () => (await store.watch(request.runId)).length === 0);
  });
});
