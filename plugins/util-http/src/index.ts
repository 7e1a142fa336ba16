import { ArtifactRef } from '@tutti/contracts';
import { definePlugin, type HttpDefaults, PermanentError, type RunContext } from '@tutti/plugin-sdk';
import { z } from 'zod';

/** Headers that belong to the connection or to the connection between the machines. */
const RESERVED = new Set([
  'authorization',
  'cookie',
  'host',
  'content-length',
  'transfer-encoding',
  'connection',
]);
/** `..`, spelled in any way that servers take for it. */
const UP = /(?:^|\/)(?:\.|%2e){2}(?:\/|%2f|$)/i;

const Settings = z.object({
  baseUrl: z.url().describe('Address that all paths are added to: https://api.example.com/v1'),
  bearerToken: z.string().min(1).optional().meta({ secret: true }),
  user: z.string().min(1).optional().describe('Of basic authentication, with the password'),
  password: z.string().min(1).optional().meta({ secret: true }),
  keyHeader: z.string().min(1).optional().describe('Name of the header that takes the key: x-api-key'),
  key: z.string().min(1).optional().meta({ secret: true }),
  healthPath: z.string().startsWith('/').default('/').describe('Asked with GET to test the connection'),
});
type Settings = z.output<typeof Settings>;

const Path = z
  .string()
  .max(4_000)
  .regex(/^\/(?!\/)/, 'must begin with one /')
  .refine((path) => !UP.test(path), 'must not lead upwards with ..')
  .describe('Added to the address of the connection: /orders/17');
const Scalar = z.union([z.string(), z.number(), z.boolean()]);
const Request = z.object({
  path: Path,
  query: z.record(z.string(), z.union([Scalar, z.array(Scalar), z.null()])).optional(),
  headers: z
    .record(z.string(), z.string())
    .refine(
      (headers) => !Object.keys(headers).some((name) => RESERVED.has(name.toLowerCase())),
      `must have none of ${[...RESERVED].join(', ')}: they are the connection's`,
    )
    .optional(),
});
const WithBody = Request.extend({
  body: z.unknown().optional().describe('Sent as JSON; text as it is'),
  file: ArtifactRef.optional().describe('Sent in place of a body'),
});
const Reply = z.object({
  body: z.unknown().optional().describe('JSON, or the text; null when the reply is empty'),
  file: ArtifactRef.optional().describe('What is neither JSON nor text'),
});

type Context = RunContext<z.output<typeof WithBody>, Settings, undefined>;
type Method = 'get' | 'post' | 'put' | 'patch' | 'delete';

/** One request; what is neither JSON nor text becomes a file. */
async function ask(method: Method, context: Context): Promise<z.output<typeof Reply>> {
  const { input, http, files, idempotencyKey } = context;
  const { path, query, headers, body, file } = input;
  const content = file === undefined ? body : await files.read(file);
  const reply = await http[method](path, {
    ...(query !== undefined && { query }),
    headers: {
      ...(file !== undefined && { 'content-type': file.mediaType }),
      ...(method !== 'get' && { 'idempotency-key': idempotencyKey }),
      ...headers,
    },
    ...(content !== undefined && { body: content }),
  });
  if (!(reply instanceof Uint8Array)) return { body: reply };
  return { file: await files.write(reply, { mediaType: 'application/octet-stream' }) };
}

const NOT_REPEATED = 'Not repeated when the answer was lost: a person decides.';

function writing(method: Method, effect: 'write' | 'idempotent-write', summary: string) {
  return { summary, effect, input: WithBody, output: Reply, run: (context: Context) => ask(method, context) };
}

function defaults({ baseUrl, bearerToken, user, password, keyHeader, key }: Settings): HttpDefaults {
  const given = [bearerToken, password, key].filter((secret) => secret !== undefined);
  if (given.length > 1)
    throw new PermanentError('Give one of bearerToken, user with password, keyHeader with key.', {
      status: 422,
    });
  return {
    baseUrl,
    headers: {
      ...(bearerToken !== undefined && { authorization: `Bearer ${bearerToken}` }),
      ...(key !== undefined && { [keyHeader ?? 'x-api-key']: key }),
    },
    ...(password !== undefined && { basicAuth: { user: user ?? '', password } }),
  };
}

/** Any system with an HTTP API: what no connector of its own exists for. */
export default definePlugin({
  contract: 1,
  name: 'util-http',
  kind: 'util',
  summary: 'Any system with an HTTP API: requests to one address, with its credentials.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: defaults,
  async health({ http, settings }) {
    await http.get(settings.healthPath);
    return `${settings.healthPath} answers`;
  },
  capabilities: {
    'http.get': {
      summary: 'Read with GET.',
      effect: 'read',
      input: Request,
      output: Reply,
      run: (context) => ask('get', context as Context),
    },
    'http.put': writing('put', 'idempotent-write', 'Write with PUT, which may be repeated (RFC 9110).'),
    'http.delete': writing(
      'delete',
      'idempotent-write',
      'Delete with DELETE, which may be repeated (RFC 9110).',
    ),
    'http.patch': writing('patch', 'write', `Change with PATCH. ${NOT_REPEATED}`),
    'http.post': writing('post', 'write', `Write with POST. ${NOT_REPEATED}`),
    'http.post-once': writing(
      'post',
      'idempotent-write',
      'Write with POST to a system that drops repeats of one Idempotency-Key.',
    ),
  },
});
