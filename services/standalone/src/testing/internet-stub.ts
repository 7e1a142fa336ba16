import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * The parts of https://petstore.swagger.io/v2/swagger.json that the conformance kit uses, as they are
 * there.
 */
const PETSTORE = {
  swagger: '2.0',
  info: { title: 'Swagger Petstore', version: '1.0.7' },
  host: 'petstore.swagger.io',
  basePath: '/v2',
  schemes: ['https', 'http'],
  paths: {
    '/pet': {
      post: {
        operationId: 'addPet',
        consumes: ['application/json', 'application/xml'],
        produces: ['application/json', 'application/xml'],
        parameters: [{ name: 'body', in: 'body', required: true, schema: { $ref: '#/definitions/Pet' } }],
        security: [{ petstore_auth: ['write:pets', 'read:pets'] }],
      },
    },
    '/pet/findByStatus': {
      get: {
        operationId: 'findPetsByStatus',
        produces: ['application/json', 'application/xml'],
        parameters: [
          {
            name: 'status',
            in: 'query',
            required: true,
            type: 'array',
            items: { type: 'string', enum: ['available', 'pending', 'sold'] },
            collectionFormat: 'multi',
          },
        ],
        responses: { 200: { schema: { type: 'array', items: { $ref: '#/definitions/Pet' } } } },
        security: [{ petstore_auth: ['write:pets', 'read:pets'] }],
      },
    },
    '/pet/{petId}': {
      get: {
        operationId: 'getPetById',
        produces: ['application/json', 'application/xml'],
        parameters: [{ name: 'petId', in: 'path', required: true, type: 'integer', format: 'int64' }],
        responses: { 200: { schema: { $ref: '#/definitions/Pet' } } },
        security: [{ api_key: [] }],
      },
    },
  },
  securityDefinitions: {
    api_key: { type: 'apiKey', name: 'api_key', in: 'header' },
    petstore_auth: {
      type: 'oauth2',
      flow: 'implicit',
      authorizationUrl: 'https://petstore.swagger.io/oauth',
    },
  },
  definitions: { Pet: { type: 'object', properties: { id: {}, name: {}, status: {} } } },
};
const PET = { id: 1, name: 'Milou', status: 'available' };

type Answer = (request: IncomingMessage, url: URL, body: string) => unknown;

/** The two hosts of the internet that the conformance kit calls, each on a local port of its own. */
export class InternetStub {
  /** What was asked of which host. */
  readonly seen: string[] = [];
  /** The idempotency keys of writes. */
  readonly keys: string[] = [];
  /** True: writes get no answer. */
  hold = false;
  readonly #servers: Server[] = [];
  #map: string[] = [];

  static async start(): Promise<InternetStub> {
    const stub = new InternetStub();
    await stub.#serve('petstore.swagger.io', petstore);
    await stub.#serve('httpbin.org', httpbin);
    return stub;
  }

  /** The egress map with which a hub takes it for the internet. */
  get egressMap(): string {
    return this.#map.join(',');
  }

  stop(): void {
    for (const server of this.#servers) {
      server.closeAllConnections();
      server.close();
    }
  }

  async #serve(host: string, answer: Answer): Promise<void> {
    const server = createServer((request, response) => {
      const url = new URL(request.url ?? '/', `https://${host}`);
      this.seen.push(`${request.method} ${url.href}`);
      if (request.method === 'POST') this.keys.push(String(request.headers['idempotency-key']));
      if (request.method === 'POST' && this.hold) return;
      void textOf(request).then((body) => {
        send(response, answer(request, url, body));
      });
    });
    await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
    this.#servers.push(server);
    this.#map.push(`https://${host}=http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  }
}

function send(response: ServerResponse, content: unknown): void {
  response.writeHead(content === undefined ? 404 : 200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(content ?? { code: 1, type: 'error', message: 'not found' }));
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}

function petstore(request: IncomingMessage, { pathname, searchParams }: URL, body: string): unknown {
  if (pathname === '/v2/pet' && request.method === 'POST')
    return { id: 1, ...(JSON.parse(body) as Record<string, unknown>) };
  if (pathname === '/v2/swagger.json') return PETSTORE;
  if (pathname === '/v2/pet/findByStatus')
    return searchParams.getAll('status').map((status, index) => ({ ...PET, id: index + 1, status }));
  const id = /^\/v2\/pet\/(\d+)$/.exec(pathname)?.[1];
  return id === undefined ? undefined : { ...PET, id: Number(id) };
}

function httpbin({ headers }: IncomingMessage, { pathname }: URL): unknown {
  const [, user = '', password = ''] = /^\/basic-auth\/([^/]+)\/([^/]+)$/.exec(pathname) ?? [];
  const wanted = `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return user !== '' && headers.authorization === wanted ? { authenticated: true, user } : undefined;
}
