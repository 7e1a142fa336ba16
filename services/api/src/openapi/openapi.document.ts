import * as contracts from '@tutti/contracts';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

type Json = Record<string, unknown>;
type Operation = Json & { responses?: Json; operationId?: string; security?: Json[] };

const METHODS = ['get', 'put', 'post', 'delete', 'patch'];
const PROBLEM_RESPONSE = {
  description: 'A problem, as RFC 9457 has it.',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/**
 * The OpenAPI 3.1 description of the app's routes, made from the controllers and the schemas of the
 * contracts.
 */
export function openApiDocument(app: NestFastifyApplication): OpenAPIObject {
  const base = new DocumentBuilder()
    .setTitle('Tutti')
    .setVersion('1')
    .setOpenAPIVersion('3.1.0')
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .setDescription(
      'The hub that makes AI tools, models, agents and business systems play from one score. Errors are RFC 9457 problem documents.',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer' }, 'token')
    .addSecurityRequirements('token')
    .build();
  const document = SwaggerModule.createDocument(app, base, {
    operationIdFactory: (_controller, method) => method,
    autoTagControllers: false,
    standardSchemaConverter: (schema, { schemaType }) => convert(schema as z.ZodType, schemaType),
  });
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = (item as Json)[method] as Operation | undefined;
      if (operation) describeProblems(operation, path);
    }
  }
  document.components = {
    ...document.components,
    schemas: {
      ...document.components?.schemas,
      ...convert(contracts.Problem.meta({ id: 'Problem' }), 'output').components,
    },
  };
  return document;
}

/** Serves the description at /openapi.json; made once, when it is first asked for. */
export function serveOpenApi(app: NestFastifyApplication, instance: FastifyInstance): void {
  let text: string | undefined;
  instance.get('/openapi.json', { config: { public: true } }, async (_request, reply) => {
    text ??= JSON.stringify(openApiDocument(app));
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
}

/** A schema with an id becomes a component of that name; the place that uses it, a reference. */
function convert(schema: z.ZodType, io: 'input' | 'output') {
  const {
    $schema: _dialect,
    $defs,
    ...root
  } = z.toJSONSchema(schema, { io, target: 'draft-2020-12', unrepresentable: 'any' }) as Json & {
    $defs?: Record<string, Json>;
  };
  const components: Record<string, Json> = {};
  for (const [name, definition] of Object.entries($defs ?? {})) components[name] = referring(definition);
  const id = z.globalRegistry.get(schema)?.id;
  if (id === undefined) return { schema: referring(root), components };
  // Where the schema refers to itself, zod has put it among the definitions already.
  if (root.$ref === undefined) components[id] = referring(root);
  return { schema: { $ref: `#/components/schemas/${id}` }, components };
}

/** Definitions that move out of a schema are referred to where they went; their `id` was only their name. */
function referring(schema: Json): Json {
  const text = JSON.stringify(schema).replaceAll('"#/$defs/', '"#/components/schemas/');
  const { id: _id, ...rest } = JSON.parse(text) as Json;
  return rest;
}

function describeProblems(operation: Operation, path: string): void {
  operation.responses = { ...operation.responses, default: PROBLEM_RESPONSE };
  for (const [status, response] of Object.entries(operation.responses) as [string, Json][]) {
    if (Number(status) >= 400)
      operation.responses[status] = { ...PROBLEM_RESPONSE, ...response, content: PROBLEM_RESPONSE.content };
  }
  // Routes that are open say so with an empty requirement; in OpenAPI that is an empty list.
  if (operation.security?.some((requirement) => Object.keys(requirement).length === 0))
    operation.security = [];
  operation.tags = [path.split('/').find((part) => part !== '' && part !== 'v1') ?? 'hub'];
}
