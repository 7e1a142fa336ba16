import { isUtf8 } from 'node:buffer';
import type { FastifyInstance, FastifyRequest, RouteOptions } from 'fastify';
import type { ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { refusedJson } from './json-check.js';

/**
 * How a route takes its body: one JSON value, the text of a YAML or JSON document, bytes of any type, or a
 * CloudEvent, which are bytes too, of the size of JSON.
 */
export type BodyKind = 'json' | 'document' | 'raw' | 'event';

/** What a route says about itself through Nest's `@RouteConfig`. */
export interface ApiRouteConfig {
  /** True: served without a token. */
  public?: boolean;
  /** Default: json. */
  body?: BodyKind;
}

const JSON_TYPE = /^application\/(?:[\w.-]+\+)?json$/;
const DOCUMENT_TYPE =
  /^(?:application\/(?:x-)?yaml|text\/(?:x-)?yaml|text\/plain|application\/(?:[\w.-]+\+)?json)$/;

/**
 * Gives every route the size limit of its kind of body. Fastify refuses by Content-Length, and while
 * counting, before the body is read.
 */
export function limitBodies(instance: FastifyInstance, config: ApiConfig): void {
  const limits: Record<BodyKind, number> = {
    json: config.jsonBytesMax,
    document: config.documentBytesMax,
    raw: config.artifactBytesMax,
    event: config.jsonBytesMax,
  };
  instance.addHook('onRoute', (route: RouteOptions) => {
    route.bodyLimit = limits[kindOf(route.config)];
  });
}

/**
 * One parser for all content types, because the route decides what its body is: a JSON file that is
 * uploaded must stay the bytes it is.
 */
export function parseBodies(instance: FastifyInstance): void {
  const parseJson = instance.getDefaultJsonParser('error', 'error');
  instance.removeAllContentTypeParsers();
  instance.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, body, done) => {
    const kind = kindOf(request.routeOptions.config);
    if (kind === 'raw' || kind === 'event') return done(null, body);
    const refused = refusedType(request, kind) ?? refusedEncoding(request, body);
    if (refused) return done(refused);
    // Clients announce JSON and send nothing where the body is optional; where it is not, its schema says so.
    if (body.length === 0) return done(null, undefined);
    const text = body.toString('utf8');
    if (kind === 'document') return done(null, text);
    return parseJson(request, text, (error, value) => {
      const reason = refusedJson(text, error ? undefined : { value });
      done(reason ?? error, value);
    });
  });
}

function kindOf(config: unknown): BodyKind {
  return (config as ApiRouteConfig | undefined)?.body ?? 'json';
}

function refusedType(request: FastifyRequest, kind: BodyKind): ProblemError | undefined {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (kind === 'json' && JSON_TYPE.test(type)) return undefined;
  if (kind === 'document' && (type === '' || DOCUMENT_TYPE.test(type))) return undefined;
  const wanted = kind === 'json' ? 'application/json' : 'application/yaml or application/json';
  return new ProblemError(
    'unsupported-media-type',
    `Send the body as ${wanted}; this one is ${type === '' ? 'without a Content-Type' : `"${type}"`}.`,
    { headers: { accept: kind === 'json' ? 'application/json' : 'application/yaml, application/json' } },
  );
}

/**
 * A body that is not plain UTF-8 would be changed by reading it as if it were: bytes that are none become
 * replacement characters. So it is refused instead.
 */
function refusedEncoding(request: FastifyRequest, body: Buffer): ProblemError | undefined {
  const coding = request.headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (coding !== '' && coding !== 'identity') {
    return new ProblemError(
      'unsupported-media-type',
      `The body has the Content-Encoding "${coding}"; send it without one.`,
      { headers: { 'accept-encoding': 'identity' } },
    );
  }
  if (isUtf8(body)) return undefined;
  return new ProblemError('malformed-body', 'The body is not valid UTF-8. Send text encoded as UTF-8.');
}
