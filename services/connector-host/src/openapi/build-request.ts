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

/**
 * The request of an operation. Throws OpenApiError for an unknown operation, a missing or unknown parameter,
 * or a document that cannot be used.
 */
export async function buildRequest(document: OpenApiDocument, call: OpenApiCall): Promise<HttpCall> {
  const operation = findOperation(document, call.operationId);
  const parameters = parametersOf(document, operation);
  const shape = bodyShape(document, operation, parameters);
  const given = sorted({ call, parameters, shape });
  checkRequired({ operation, parameters, shape, given });
  const fields = parameters.filter((parameter) => parameter.in === 'formData');
  const content =
    given.body === undefined || shape === undefined ? null : await requestContent(shape, given.body, fields);
  const { authorization, output, redirect } = call;
  return {
    method: operation.method,
    uri: uriOf(serverAddress(document, operation), { operation, parameters, given }),
    headers: headersOf({ document, operation, parameters, given, content, call }),
    ...(content && { body: content.body }),
    ...(typeof authorization === 'object' && { authentication: authorization }),
    output,
    redirect,
  };
}

/** Tells parameters from body. A value that is null is not given. */
function sorted(of: { call: OpenApiCall; parameters: Parameter[]; shape: BodyShape | undefined }): Given {
  const { call, parameters, shape } = of;
  const inBody = (parameter: Parameter) => parameter.in === 'formData' || parameter.in === 'body';
  const placed = new Set(parameters.filter((parameter) => !inBody(parameter)).map(({ name }) => name));
  const entries = Object.entries(call.parameters).filter(
    ([, value]) => value !== null && value !== undefined,
  );
  const values = new Map(entries.filter(([name]) => placed.has(name)));
  const rest = entries.filter(([name]) => !placed.has(name));
  if (rest.length === 0) return { values, body: undefined };
  if (shape === undefined) throw unknownParameters(call.operationId, rest, placed);
  const whole = rest.find(([name]) => name === shape.name);
  if (whole === undefined) return { values, body: Object.fromEntries(rest) };
  const others = rest.filter((entry) => entry !== whole);
  if (others.length > 0) throw unknownParameters(call.operationId, others, new Set([...placed, shape.name]));
  return { values, body: whole[1] };
}

function unknownParameters(id: string, rest: [string, unknown][], known: ReadonlySet<string>): OpenApiError {
  const names = rest.map(([name]) => `"${name}"`).join(', ');
  const takes = known.size === 0 ? 'It takes none.' : `It takes: ${[...known].join(', ')}.`;
  return new OpenApiError('validation', `The operation "${id}" has no parameter ${names}. ${takes}`);
}

function checkRequired(of: {
  operation: Operation;
  parameters: Parameter[];
  shape: BodyShape | undefined;
  given: Given;
}): void {
  const { operation, parameters, shape, given } = of;
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
  throw new OpenApiError(
    'validation',
    `The operation "${operation.id}" needs ${names}: give it under parameters.`,
  );
}

type Placing = { operation: Operation; parameters: Parameter[]; given: Given };

function uriOf(server: string, { operation, parameters, given }: Placing): string {
  const path = operation.path.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const parameter = parameters.find((one) => one.in === 'path' && one.name === name);
    if (parameter === undefined)
      throw new OpenApiError(
        'configuration',
        `The path "${operation.path}" has ${whole}, but no parameter of that name.`,
      );
    return segment(parameter, given.values.get(name));
  });
  if (path.split('/').some((part) => /^(\.|%2e){1,2}$/i.test(part)))
    throw new OpenApiError('validation', `"." and ".." cannot stand in the path "${operation.path}".`);
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

function headersOf(
  of: Placing & { document: OpenApiDocument; content: RequestContent | null; call: OpenApiCall },
): Record<string, string> {
  const { parameters, given, content, call } = of;
  const headers: Record<string, string> = { accept: acceptOf(of) };
  const cookies: string[] = [];
  for (const parameter of parameters) {
    const value = given.values.get(parameter.name);
    if (value === undefined) continue;
    if (parameter.in === 'header') headers[parameter.name.toLowerCase()] = inHeader(parameter, value);
    if (parameter.in === 'cookie') cookies.push(...inQuery(parameter, value));
  }
  if (cookies.length > 0) headers.cookie = cookies.join('; ');
  if (content !== null) headers['content-type'] = content.contentType;
  if (typeof call.authorization === 'string') headers.authorization = call.authorization;
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
