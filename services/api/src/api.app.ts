import type { Socket } from 'node:net';
import { type INestApplication, StandardSchemaValidationPipe } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { problem } from '@tutti/contracts';
import { AccessService } from './access/access.service.js';
import { ApiModule, type ApiModuleOptions } from './api.module.js';
import { serveAsyncApi } from './cloud-events/asyncapi.document.js';
import { ApiConfig } from './config/api.config.js';
import { guardRoutes } from './http/access.hook.js';
import { limitBodies, parseBodies } from './http/body-parser.js';
import { RouteTable } from './http/method-check.js';
import { serveOpenApi } from './openapi/openapi.document.js';
import { ProblemError } from './problems/problem.error.js';
import { ProblemFilter, sendProblem } from './problems/problem.filter.js';
import { answerOf } from './problems/problem.mapping.js';

export interface ApiAppOptions extends Omit<ApiModuleOptions, 'config'> {
  config?: Partial<ApiConfig>;
}

const PARAM_LENGTH_MAX = 512;
/** Node's own default; written down because a request that is slow on purpose must end some time. */
const REQUEST_TIMEOUT_MS = 300_000;

/**
 * Builds the API on Nest and Fastify without listening yet: `await app.listen(port, host)`. What shares the
 * process with it (the orchestrator, the
 * collector) comes in as modules of the options.
 */
export async function createApiApp(options: ApiAppOptions): Promise<NestFastifyApplication> {
  const config = ApiConfig.parse(options.config ?? {});
  const adapter = new FastifyAdapter({
    bodyLimit: config.jsonBytesMax,
    requestTimeout: REQUEST_TIMEOUT_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: PARAM_LENGTH_MAX },
    // No Nest middleware is used, so its hook is spared on every request.
    skipMiddie: true,
    clientErrorHandler: refuseNonHttp,
    // The router refuses a path that it cannot decode before any hook or filter runs.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) =>
      sendProblem(reply, answerOf(error, request.url.split('?')[0] as string)),
  });
  const instance = adapter.getInstance() as unknown as FastifyInstance;
  const routes = new RouteTable(instance);
  limitBodies(instance, config);
  const app = await NestFactory.create<NestFastifyApplication>(
    ApiModule.register({ ...options, config }),
    adapter,
    { bodyParser: false, logger: ['error', 'warn', 'fatal'] },
  );
  parseBodies(instance);
  guardRoutes(instance, accessOf(app));
  app.useGlobalFilters(new ProblemFilter(routes));
  app.useGlobalPipes(new StandardSchemaValidationPipe({ exceptionFactory: invalidRequest }));
  serveOpenApi(app, instance);
  serveAsyncApi(instance);
  return app;
}

/** Looked up at the first request: the service does not exist before the modules are initialised. */
function accessOf(app: INestApplication): () => AccessService {
  let access: AccessService | undefined;
  return () => {
    access ??= app.get<AccessService>(AccessService, { strict: false });
    return access;
  };
}

/** What is no HTTP at all never becomes a request, so its answer is written to the socket by hand. */
function refuseNonHttp(error: NodeJS.ErrnoException, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify(problem('malformed-body', 'This is not a valid HTTP request.'));
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/problem+json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

interface Issue {
  message: string;
  path?: readonly (PropertyKey | { key: PropertyKey })[] | undefined;
}

function invalidRequest(issues: readonly Issue[]): ProblemError {
  const errors = issues.slice(0, 50).map((issue) => ({ pointer: pointerOf(issue), detail: issue.message }));
  const [first] = errors;
  const where = first ? `: ${first.pointer || 'it'}: ${first.detail}` : '';
  return new ProblemError(
    'invalid-request',
    `The request does not have the form that this call takes${where}.`,
    { more: { errors } },
  );
}

function pointerOf(issue: Issue): string {
  const keys = (issue.path ?? []).map((part) => String(typeof part === 'object' ? part.key : part));
  return keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
