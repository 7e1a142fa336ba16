import { OpenApiError } from './openapi-error.js';
import { isObject, member, resolved, textOf, type JsonObject } from './references.js';

const METHODS = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'] as const;
/** Operations that an error names, when the wanted one is not there. */
const NAMED_MAX = 20;

/** One operation as the document has it. */
export interface Operation {
  /** Empty when the document gives it none. */
  readonly id: string;
  /** In capitals. */
  readonly method: string;
  readonly path: string;
  readonly pathItem: JsonObject;
  readonly definition: JsonObject;
}

/** A document that was read: OpenAPI 3.x, or 2.0 (Swagger). */
export interface OpenApiDocument {
  readonly version: 2 | 3;
  /** Where it was read, after redirects: relative server addresses begin here. */
  readonly address: URL;
  readonly root: JsonObject;
}

/** The document that was parsed. Throws OpenApiError when it is none. */
export function openApiDocument(root: unknown, address: URL): OpenApiDocument {
  const version = versionOf(root);
  if (!isObject(root) || version === undefined)
    throw new OpenApiError(
      'configuration',
      'It is no OpenAPI document of version 2.0, 3.0 or 3.1: give the address of the JSON or YAML file itself, ' +
        'not of a page that shows it.',
    );
  if (!isObject(member(root, 'paths'))) throw new OpenApiError('configuration', 'It has no "paths".');
  return { version, address, root };
}

/** How YAML is parsed, and how many characters of it at most, which takes much longer than JSON. */
export interface YamlParser {
  parse: (text: string, options: { logLevel: 'error' }) => unknown;
  lengthMax: number;
}

/** A document in JSON or YAML. JSON is YAML too, but its own parser is much faster. */
export function parsedText(text: string, yaml: YamlParser): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    // It may be YAML.
  }
  if (text.length > yaml.lengthMax)
    throw new OpenApiError(
      'configuration',
      `It is not JSON, and in YAML ${yaml.lengthMax} characters are the limit: use the document in JSON.`,
    );
  try {
    return yaml.parse(text, { logLevel: 'error' });
  } catch (error) {
    const [line] = (error as Error).message.split('\n');
    throw new OpenApiError('configuration', `It is neither JSON nor YAML: ${line}`);
  }
}

function versionOf(root: unknown): 2 | 3 | undefined {
  if (/^3\.[01](\.|$)/.test(String(member(root, 'openapi')))) return 3;
  // YAML reads an unquoted 2.0 as a number.
  return /^2(\.0)?$/.test(String(member(root, 'swagger'))) ? 2 : undefined;
}

/** The operation with an id. Throws OpenApiError when there is none, or more than one. */
export function findOperation(document: OpenApiDocument, id: string): Operation {
  const others: string[] = [];
  const found: Operation[] = [];
  for (const operation of allOperations(document)) {
    if (operation.id === '') continue;
    if (operation.id === id) found.push(operation);
    else others.push(operation.id);
  }
  const [operation] = found;
  if (operation === undefined) throw new OpenApiError('configuration', unknownOperation(id, others));
  if (found.length > 1)
    throw new OpenApiError(
      'configuration',
      `The OpenAPI document has ${found.length} operations with the id "${id}".`,
    );
  return operation;
}

/** All operations, those without an id too. */
export function* allOperations({ root }: OpenApiDocument): Generator<Operation> {
  for (const [path, written] of Object.entries(member(root, 'paths') as JsonObject)) {
    // Extensions (`x-...`) stand among the paths.
    if (!path.startsWith('/')) continue;
    const pathItem = resolved(root, written);
    for (const method of METHODS) {
      const definition = member(pathItem, method);
      if (pathItem === undefined || !isObject(definition)) continue;
      const id = textOf(member(definition, 'operationId')) ?? '';
      yield { id, method: method.toUpperCase(), path, pathItem, definition };
    }
  }
}

function unknownOperation(id: string, others: string[]): string {
  if (others.length === 0) return `The OpenAPI document has no operation "${id}", nor any other with an id.`;
  const more = others.length > NAMED_MAX ? ` and ${others.length - NAMED_MAX} more` : '';
  const named = others.slice(0, NAMED_MAX).join(', ');
  return `The OpenAPI document has no operation "${id}". It has: ${named}${more}.`;
}
