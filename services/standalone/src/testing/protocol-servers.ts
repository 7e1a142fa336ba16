import type { ServerResponse } from 'node:http';
import { TestA2aServer } from '../../../connector-host/src/testing/a2a-server.js';
import { MONEY, SHOP, TestGrpcServer } from '../../../connector-host/src/testing/grpc-server.js';
import { HttpStub, json, type SeenRequest } from '../../../connector-host/src/testing/http-stub.js';
import { TestMcpServer } from '../../../connector-host/src/testing/mcp-server.js';

/** Requests that are not held, and those that are answered with a stream of two messages. */
const FIRST = ['before', 'stream'];
const STREAMS = ['subscribe', 'stream'];
const SCRIPT = "console.log('scripted')";

/**
 * A server of each protocol that workflows call. All of them note under which key they were asked, and give
 * no answer while they hold.
 */
export class ProtocolServers {
  /** While it is set, requests are noted and left without an answer. */
  holds = false;
  readonly #seen: { kind: string; key: string }[] = [];

  private constructor(
    private readonly web: HttpStub,
    private readonly mcp: TestMcpServer,
    private readonly grpc: TestGrpcServer,
    private readonly a2a: TestA2aServer,
  ) {
    web.behaviour = (request, response) => this.#answerWeb(request, response);
    mcp.intercept = (_request, body) => body.includes('"tools/call"') && this.#isHeld('mcp', mcpKey(body));
    grpc.answer = ({ metadata }) => ({
      hang: this.#isHeld('grpc', String(metadata.get('idempotency-key')[0])),
    });
    a2a.intercept = (url) => url === '/v0' && this.#isHeld('a2a', this.#messageId());
  }

  static async start(): Promise<ProtocolServers> {
    const web = await HttpStub.start();
    const mcp = await TestMcpServer.start();
    const grpc = await TestGrpcServer.start();
    return new ProtocolServers(web, mcp, grpc, await TestA2aServer.start());
  }

  /** The keys of all requests of a kind, in the order in which they came. */
  keysOf(kind: string): string[] {
    return this.#seen.filter((one) => one.kind === kind).map(({ key }) => key);
  }

  /** The task that calls each server, as YAML, by its kind. */
  get tasks(): Record<string, string> {
    const { origin } = this.web;
    const asyncApi = `document: { endpoint: '${origin}/asyncapi.json' }`;
    const mcp = `call: mcp, with: { method: tools/call, timeout: PT10M,
      parameters: { name: add, arguments: { a: 2, b: 3 } },
      transport: { http: { endpoint: { uri: '${this.mcp.origin}/mcp' } } } }`;
    return {
      mcp: `{ ${mcp} }`,
      grpc: `{ call: grpc, with: { proto: { endpoint: '${origin}/v1/shop.proto' }, method: Echo,
        service: { name: shop.v1.Orders, host: 127.0.0.1, port: ${this.grpc.port} },
        arguments: { orderId: o-1 } } }`,
      a2a: `{ call: a2a, with: { method: message/send,
        agentCard: { endpoint: '${this.a2a.origin}/old-card.json' },
        parameters: { message: { parts: [ { kind: text, text: hello } ] } } } }`,
      publish: `{ call: asyncapi, with: { ${asyncApi}, operation: tell,
        message: { payload: { n: 1 } } } }`,
      subscribe: `{ call: asyncapi, with: { ${asyncApi}, operation: hear,
        subscription: { consume: { amount: 2 } } } }`,
      each: `{ call: asyncapi, with: { ${asyncApi}, operation: stream,
        subscription: { consume: { amount: 2 }, foreach: { do: [ { ask: ${this.noted('each')} } ],
          output: { as: '\${ .ok }' } } } } }`,
      script: `{ timeout: { after: PT10M }, run: { script: { language: javascript,
        source: { endpoint: '${origin}/script.js' } } } }`,
      child: `{ run: { workflow: { namespace: protocols, name: sub, version: latest } } }`,
      write: `{ metadata: { tutti: { effect: write } }, call: http,
        with: { method: post, endpoint: '${origin}/write' } }`,
      listen: `{ listen: { to: { one: { with: { type: go } } } } }`,
    };
  }

  /** A task that asks the server of HTTP, under the key of the call. */
  noted(kind: string): string {
    return `{ call: http, with: { method: post, endpoint: '${this.web.origin}/${kind}' } }`;
  }

  async stop(): Promise<void> {
    this.grpc.stop();
    await Promise.all([this.web.stop(), this.mcp.stop(), this.a2a.stop()]);
  }

  #isHeld(kind: string, key: string): boolean {
    this.#seen.push({ kind, key });
    return this.holds;
  }

  #messageId(): string {
    return String(this.a2a.seen.at(-1)?.body.params?.message?.messageId);
  }

  #answerWeb({ url, headers }: SeenRequest, response: ServerResponse): void {
    const texts: Record<string, string> = { '/v1/shop.proto': SHOP, '/v1/parts/money.proto': MONEY };
    if (url in texts) return void response.end(texts[url]);
    if (url === '/asyncapi.json') return json(response, 200, this.#asyncApi());
    const kind = url.slice(1).replace('.js', '');
    const held = this.#isHeld(kind, String(headers['idempotency-key']));
    // What comes before the call that is held is answered.
    if (held && !FIRST.includes(kind)) return;
    if (url === '/script.js') return void response.end(SCRIPT);
    if (!STREAMS.includes(kind)) return json(response, 200, { ok: kind });
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.write('data: 1\n\ndata: 2\n\n');
  }

  #asyncApi(): unknown {
    const { host } = this.web;
    return {
      asyncapi: '3.0.0',
      servers: { web: { host, protocol: 'http' } },
      channels: {
        in: { address: '/subscribe' },
        first: { address: '/stream' },
        out: { address: '/publish' },
      },
      operations: {
        hear: { action: 'receive', channel: { $ref: '#/channels/in' } },
        stream: { action: 'receive', channel: { $ref: '#/channels/first' } },
        tell: { action: 'send', channel: { $ref: '#/channels/out' } },
      },
    };
  }
}

function mcpKey(body: string): string {
  const { params } = JSON.parse(body) as { params: { _meta: Record<string, unknown> } };
  return String(params._meta['tutti/idempotency-key']);
}
