import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiProblem, createClient, type HubEvent, type TuttiClient } from './index.js';

type Handler = (request: IncomingMessage, response: ServerResponse, body: string) => void;

describe('createClient', () => {
  let server: Server;
  let handler: Handler;
  let client: TuttiClient;
  let seen: {
    method: string | undefined;
    url: string | undefined;
    headers: IncomingMessage['headers'];
    body: string;
  }[];

  beforeAll(async () => {
    server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .on('end', () => {
          const body = Buffer.concat(chunks).toString();
          seen.push({ method: request.method, url: request.url, headers: request.headers, body });
          handler(request, response, body);
        });
    });
    await new Promise<void>((done) => {
      server.listen(0, '127.0.0.1', done);
    });
    client = createClient({
      baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      token: 'secret',
    });
  });
  beforeEach(() => {
    seen = [];
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const answer =
    (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
    (_request, response) => {
      response
        .writeHead(status, {
          'content-type': status < 400 ? 'application/json' : 'application/problem+json',
          ...headers,
        })
        .end(JSON.stringify(body));
    };

  it('starts a run with its token, key and time to wait', async () => {
    handler = answer(200, { id: 'r1', status: 'completed', output: 5 });
    const started = await client.startRun({
      namespace: 'a',
      name: 'b c',
      input: { n: 1 },
      waitSeconds: 2.5,
      idempotencyKey: 'k',
    });
    expect(started).toEqual({ id: 'r1', status: 'completed', output: 5 });
    expect(seen[0]).toMatchObject({ method: 'POST', url: '/v1/workflows/a/b%20c/runs', body: '{"n":1}' });
    expect(seen[0]?.headers).toMatchObject({
      authorization: 'Bearer secret',
      prefer: 'wait=3',
      'idempotency-key': 'k',
      'content-type': 'application/json',
    });
  });

  it('sends documents and files as they are', async () => {
    handler = answer(200, { kind: 'Workflow', change: 'created' });
    await client.applyWorkflow('do: []\n', { plan: true });
    await client.uploadArtifact(new Uint8Array([1, 2, 3]), { mediaType: 'application/pdf', name: 'a b.pdf' });
    expect(seen[0]).toMatchObject({
      method: 'PUT',
      url: '/v1/workflows?plan=true',
      body: 'do: []\n',
      headers: { 'content-type': 'application/yaml' },
    });
    expect(seen[1]).toMatchObject({
      url: '/v1/artifacts?name=a%20b.pdf',
      body: '\u0001\u0002\u0003',
      headers: { 'content-type': 'application/pdf' },
    });
  });

  it('throws the problem document of a refused call', async () => {
    handler = answer(
      429,
      {
        type: 'https://tutti.dev/problems/too-many-requests',
        title: 'Too many requests',
        status: 429,
        detail: 'Wait.',
      },
      { 'retry-after': '7' },
    );
    const problem = (await client.getRun('x').catch((error: unknown) => error)) as ApiProblem;
    expect(problem).toBeInstanceOf(ApiProblem);
    expect(problem).toMatchObject({
      message: 'Wait.',
      status: 429,
      code: 'too-many-requests',
      retryAfterSeconds: 7,
    });
  });

  it('makes a problem of an answer that is none, and of no answer', async () => {
    handler = (_request, response) => {
      response.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad gateway</h1>');
    };
    await expect(client.getRun('x')).rejects.toMatchObject({
      status: 502,
      problem: { detail: expect.stringContaining('Bad gateway') },
    });
    const nobody = createClient({ baseUrl: 'http://127.0.0.1:1', token: 't' });
    await expect(nobody.getRun('x')).rejects.toMatchObject({
      code: 'unreachable',
      message: expect.stringContaining('npx tutti up'),
    });
  });

  it('follows events over a connection that breaks, from the last one it saw', async () => {
    const abort = new AbortController();
    let connections = 0;
    handler = (_request, response) => {
      connections += 1;
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.end(
        connections === 1
          ? 'retry: 1\n\n: hi\n\nid: b:1\nevent: run.changed\ndata: {"runId":"r",\ndata: "status":"running"}\n\n' +
              'id: b:2\nevent: heartbeat\ndata: {}\n\n'
          : 'id: b:9\r\nevent: resync\r\ndata: {}\r\n\r\n',
      );
    };
    const events: HubEvent[] = [];
    for await (const event of client.followEvents({ signal: abort.signal, retryMs: 1 })) {
      events.push(event);
      if (events.length === 2) abort.abort();
    }
    expect(events).toEqual([{ name: 'run.changed', runId: 'r', status: 'running' }, { name: 'resync' }]);
    expect(seen[1]?.headers['last-event-id']).toBe('b:2');
  });

  it('ends the following with the problem when the token is refused', async () => {
    handler = answer(401, {
      type: 'https://tutti.dev/problems/unauthorized',
      title: 'A valid token is required',
      status: 401,
    });
    await expect(client.followEvents().next()).rejects.toMatchObject({ code: 'unauthorized' });
  });
});
