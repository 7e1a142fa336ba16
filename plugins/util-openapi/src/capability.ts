import type { Effect, FoundCapability } from '@tutti/contracts';
import {
  isObject,
  listOf,
  member,
  type OpenApiDocument,
  OpenApiError,
  type Operation,
  type OperationPlan,
  type Parameter,
  planOperation,
  resolved,
  textOf,
} from '@tutti/plugin-sdk/openapi';
import { jsonSchemaOf } from './schema.js';

const DESCRIPTION_LENGTH_MAX = 2_000;
const IDEMPOTENCY_KEY = /^(x-)?idempotency-key$/i;
const EFFECTS: Readonly<Record<string, Effect>> = {
  GET: 'read',
  PUT: 'idempotent-write',
  DELETE: 'idempotent-write',
};

/** What is kept of an operation, to call it just so as it was approved. */
export interface Detail {
  plan: OperationPlan;
  /** The header that takes the idempotency key; null: the API knows none. */
  keyHeader: string | null;
}

/** The operation as a capability; null when the document says things of it that nobody can call. */
export function capabilityOf(
  document: OpenApiDocument,
  operation: Operation,
  { checkReplies }: { checkReplies: boolean },
): FoundCapability | null {
  try {
    const plan = planOf(document, operation);
    const keyHeader = plan.parameters.find(isKey)?.name ?? null;
    const { id, method, path, definition } = operation;
    const output = checkReplies ? outputOf(document, operation) : undefined;
    return {
      name: id === '' ? `${method.toLowerCase()} ${path}` : id,
      ...titleOf(definition),
      effect: EFFECTS[method] ?? (keyHeader === null ? 'write' : 'idempotent-write'),
      input: inputOf(document, operation, plan),
      ...(output !== undefined && { output }),
      detail: { plan, keyHeader } satisfies Detail,
    };
  } catch (error) {
    if (error instanceof OpenApiError) return null;
    throw error;
  }
}

const isKey = (parameter: Parameter) => parameter.in === 'header' && IDEMPOTENCY_KEY.test(parameter.name);

/** Keys of the document's security are the connection's own. */
function planOf(document: OpenApiDocument, operation: Operation): OperationPlan {
  const plan = planOperation(document, operation, '');
  const written = new Set(writtenParameters(document, operation).map(([key]) => key));
  return { ...plan, parameters: plan.parameters.filter((one) => written.has(`${one.in} ${one.name}`)) };
}

/** By place and name, the operation's own after those of its path. */
function writtenParameters(
  { root }: OpenApiDocument,
  { pathItem, definition }: Operation,
): [string, Record<string, unknown>][] {
  return [pathItem, definition].flatMap((place) =>
    listOf(member(place, 'parameters')).flatMap((written): [string, Record<string, unknown>][] => {
      const parameter = resolved(root, written);
      return parameter === undefined
        ? []
        : [[`${String(parameter['in'])} ${String(parameter['name'])}`, parameter]];
    }),
  );
}

function titleOf(definition: Operation['definition']): Pick<FoundCapability, 'title' | 'description'> {
  const summary = textOf(member(definition, 'summary'));
  const description = textOf(member(definition, 'description'));
  return {
    ...(summary && { title: summary.slice(0, 300) }),
    ...(description && { description: description.slice(0, DESCRIPTION_LENGTH_MAX) }),
  };
}

/** Parameters by their names, and the body under `body`, as `call: openapi` takes them. */
function inputOf(
  document: OpenApiDocument,
  operation: Operation,
  plan: OperationPlan,
): Record<string, unknown> {
  const written = new Map(writtenParameters(document, operation));
  const given = plan.parameters.filter((one) => one.in !== 'body' && !isKey(one));
  const properties = given.map((parameter): [string, unknown] => {
    const { name, in: place } = parameter;
    return [name, parameterSchema(document, written.get(`${place} ${name}`))];
  });
  const required = given.filter((one) => one.required).map(({ name }) => name);
  const isForm = plan.parameters.some((one) => one.in === 'formData');
  if (plan.body !== undefined && !isForm) {
    properties.push([plan.body.name, bodySchema(document, operation, written)]);
    if (plan.body.required) required.push(plan.body.name);
  }
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required,
    additionalProperties: false,
  };
}

function parameterSchema(document: OpenApiDocument, parameter: Record<string, unknown> | undefined): unknown {
  const content = member(parameter, 'content');
  // In 2.0 the parameter is its own schema.
  const schema =
    document.version === 2
      ? { ...parameter, required: undefined }
      : (member(parameter, 'schema') ?? firstSchema(content));
  const description = textOf(member(parameter, 'description'));
  return { ...jsonSchemaOf(document, schema, 'request'), ...(description && { description }) };
}

function bodySchema(
  document: OpenApiDocument,
  { definition }: Operation,
  written: ReadonlyMap<string, Record<string, unknown>>,
): unknown {
  if (document.version === 2) {
    const [, body] = [...written].find(([key]) => key.startsWith('body ')) ?? [];
    return jsonSchemaOf(document, member(body, 'schema'), 'request');
  }
  const body = resolved(document.root, member(definition, 'requestBody'));
  return jsonSchemaOf(document, firstSchema(member(body, 'content')), 'request');
}

/** Of JSON, where there is some; else of the first that there is. */
function firstSchema(content: unknown): unknown {
  if (!isObject(content)) return undefined;
  const types = Object.keys(content);
  return member(content[types.find(isJson) ?? types[0] ?? ''], 'schema');
}

const isJson = (type: string) => /[/+]json\b/i.test(type);

/** Of the first good answer in JSON; undefined: it has none, and nothing is said of what comes. */
function outputOf(document: OpenApiDocument, { definition }: Operation): Record<string, unknown> | undefined {
  const responses = member(definition, 'responses');
  if (!isObject(responses)) return undefined;
  const good = Object.keys(responses).filter((status) => /^2/.test(status));
  // Where several answers are good, nobody knows which one comes.
  if (good.length !== 1) return undefined;
  const response = resolved(document.root, responses[good[0] as string]);
  const content = member(response, 'content');
  const schema =
    document.version === 2
      ? member(response, 'schema')
      : isObject(content) && Object.keys(content).every(isJson)
        ? firstSchema(content)
        : undefined;
  return schema === undefined ? undefined : jsonSchemaOf(document, schema, 'reply');
}
