import type { HttpCall, OpenApiCall } from '@tutti/contracts';
import { findOperation, type OpenApiDocument, type Operation } from './openapi-document.js';
import { OpenApiError } from './openapi-error.js';
import { parametersOf, type Parameter } from './parameter.js';
import { isObject, listOf, member, resolved } from './references.js';
import { bodyShape, requestContent, type BodyShape, type RequestContent } from './request-content.js';
import { serverAddress } from './server-address.js';
import { inHeader, inPath, inQuery } from './serialise.js';

/** Values by parameter names, and what of them is the body. */
interface Given {
  readonly values: ReadonlyMap<string, unknown>;
  readonly body: unknown;
}

const ACCEPT_JSON = 'application/json, */*;q=0.8';

/** What of a document is needed to call an operation; JSON, so that it can be kept without the document. */
export interface OperationPlan {
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  readonly path: string;
  /** Without a slash at the end. */
  readonly server: string;
  /** What is asked for. */
  readonly accept: string;
  readonly parameters: readonly Parameter[];
  readonly body?: BodyShape;
}

/** Throws OpenApiError for what cannot be called. */
export function planOperation(
  document: OpenApiDocument,
  operation: Operation,
  server: string,
): OperationPlan {
  const { id, method, path } = operation;
  const parameters = parametersOf(document, operation);
  const body = bodyShape(document, operation, parameters);
  const accept = acceptOf({ document, operation });
  return { id, method, path, server, accept, parameters, ...(body !== undefined && { body }) };
}

/**
 * The request of an operation. Throws OpenApiError for an unknown operation, a missing or unknown parameter,
 * or a document that cannot be used.
 */
export async function buildRequest(document: OpenApiDocument, call: OpenApiCall): Promise<HttpCall> {
  const operation = findOperation(document, call.operationId);
  const plan = planOperation(document, operation, '');
  const given = givenOf(plan, call.parameters);
  const request = await requestOf({ ...plan, server: serverAddress(document, operation) }, given);
  const { authorization, output, redirect } = call;
  const headers = typeof authorization === 'string' ? { ...request.headers, authorization } : request.headers;
  return {
    ...request,
    headers,
    ...(typeof authorization === 'object' && { authentication: authorization }),
    output,
    redirect,
  };
}

/** The request of a planned operation, with values by the names of parameters. Throws OpenApiError. */
export function plannedRequest(
  plan: OperationPlan,
  parameters: Readonly<Record<string, unknown>>,
): Promise<OperationRequest> {
  return requestOf(plan, givenOf(plan, parameters));
}

export type OperationRequest = Pick<HttpCall, 'method' | 'uri' | 'body'> & {
  headers: Record<string, string>;
};

function givenOf(plan: OperationPlan, parameters: Readonly<Record<string, unknown>>): Given {
  const given = sorted(plan, parameters);
  checkRequired(plan, given);
  return given;
}

async function requestOf(plan: OperationPlan, given: Given): Promise<OperationRequest> {
  const { method, server, parameters, body } = plan;
  const fields = parameters.filter((parameter) => parameter.in === 'formData');
  const content =
    given.body === undefined || body === undefined ? null : await requestContent(body, given.body, fields);
  return {
    method,
    uri: uriOf(server, { plan, given }),
    headers: headersOf({ plan, given, content }),
    ...(content && { body: content.body }),
  };
}

/** Tells parameters from body. A value that is null is not given. */
function sorted(
  { id, parameters, body: shape }: OperationPlan,
  values: Readonly<Record<string, unknown>>,
): Given {
  const inBody = (parameter: Parameter) => parameter.in === 'formData' || parameter.in === 'body';
  const placed = new Set(parameters.filter((parameter) => !inBody(parameter)).map(({ name }) => name));
  const entries = Object.entries(values).filter(([, value]) => value !== null && value !== undefined);
  const placedValues = new Map(entries.filter(([name]) => placed.has(name)));
  const rest = entries.filter(([name]) => !placed.has(name));
  if (rest.length === 0) return { values: placedValues, body: undefined };
  if (shape === undefined) throw unknownParameters(id, rest, placed);
  const whole = rest.find(([name]) => name === shape.name);
  if (whole === undefined) return { values: placedValues, body: Object.fromEntries(rest) };
  const others = rest.filter((entry) => entry !== whole);
  if (others.length > 0) throw unknownParameters(id, others, new Set([...placed, shape.name]));
  return { values: placedValues, body: whole[1] };
}

function unknownParameters(id: string, rest: [string, unknown][], known: ReadonlySet<string>): OpenApiError {
  const names = rest.map(([name]) => `"${name}"`).join(', ');
  const takes = known.size === 0 ? 'It takes none.' : `It takes: ${[...known].join(', ')}.`;
  return new OpenApiError('validation', `The operation "${id}" has no parameter ${names}. ${takes}`);
}

function checkRequired({ id, parameters, body: shape }: OperationPlan, given: Given): void {
  const absent = (parameter: Parameter) => {
    if (parameter.in === 'body') return given.body === undefined;
    if (parameter.in === 'formData') return member(given.body, parameter.name) === undefined;
    return !given.values.has(parameter.name);
  };
  const missing = parameters
    .filter((parameter) => parameter.required && absent(parameter))
    .map(({ name }) => name);
  if (shape?.required === true && given.body === undefined && !missing.includes(shape.name))
    missing.push(shape.name);
  if (missing.length === 0) return;
  const names = missing.map((name) => `"${name}"`).join(', ');
  throw new OpenApiError('validation', `The operation "${id}" needs ${names}: give it under parameters.`);
}

type Placing = { plan: OperationPlan; given: Given };

function uriOf(server: string, { plan, given }: Placing): string {
  const { parameters } = plan;
  const path = plan.path.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    if (parameter === undefined)
      throw new OpenApiError(
        'configuration',
        `The path "${plan.path}" has ${whole}, but no parameter of that name.`,
      );
    return segment(parameter, given.values.get(name));
  });
  if (path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part)))
    throw new OpenApiError('validation', `"." and ".." cannot stand in the path "${plan.path}".`);
  const query = parameters
    .filter((parameter) => parameter.in === 'query' && given.values.has(parameter.name))
    .flatMap((parameter) => inQuery(parameter, given.values.get(parameter.name)));
  return query.length === 0 ? server + path : `${server}${path}?${query.join('&')}`;
}

function segment(parameter: Parameter, value: unknown): string {
  const text = inPath(parameter, value);
  if (text === '')
    throw new OpenApiError(
      'validation',
      `The parameter "${parameter.name}" stands in the path and is empty.`,
    );
  return text;
}

function headersOf({
  plan,
  given,
  content,
}: Placing & { content: RequestContent | null }): Record<string, string> {
  const headers: Record<string, string> = { accept: plan.accept };
  const cookies: string[] = [];
  for (const parameter of plan.parameters) {
    const value = given.values.get(parameter.name);
    if (value === undefined) continue;
    if (parameter.in === 'header') headers[parameter.name.toLowerCase()] = inHeader(parameter, value);
    if (parameter.in === 'cookie') cookies.push(...inQuery(parameter, value));
  }
  if (cookies.length > 0) headers.cookie = cookies.join('; ');
  if (content !== null) headers['content-type'] = content.contentType;
  return headers;
}

/** JSON where the operation can answer with it or does not say; else what it answers with. */
function acceptOf({ document, operation }: { document: OpenApiDocument; operation: Operation }): string {
  const { root, version } = document;
  const types =
    version === 2
      ? listOf(member(operation.definition, 'produces') ?? member(root, 'produces')).map(String)
      : answerTypes(document, operation);
  const json = types.length === 0 || types.some((type) => /[/+]json\b|\*/.test(type));
  return json ? ACCEPT_JSON : types.join(', ');
}

function answerTypes({ root }: OpenApiDocument, { definition }: Operation): string[] {
  const responses = member(definition, 'responses');
  if (!isObject(responses)) return [];
  const good = Object.entries(responses).filter(([status]) => /^(2|default)/i.test(status));
  return [...new Set(good.flatMap(([, response]) => Object.keys(contentOf(resolved(root, response)))))];
}

function contentOf(response: unknown): object {
  const content = member(response, 'content');
  return isObject(content) ? content : {};
}
