import { type HttpPort, PermanentError } from '@tutti/plugin-sdk';
import {
  allOperations,
  listOf,
  member,
  openApiDocument,
  type OpenApiDocument,
  OpenApiError,
  type Operation,
  parsedText,
} from '@tutti/plugin-sdk/openapi';
import { parse } from 'yaml';
import type { Settings } from './settings.js';

const LENGTH_MAX = 16 * 1024 * 1024;
const YAML_LENGTH_MAX = 2 * 1024 * 1024;
/** The port can send no others. */
const METHODS: ReadonlySet<string> = new Set(['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);

interface Source {
  http: HttpPort;
  settings: Settings;
}

/** The document of the connection. Throws a `PermanentError` when it is none. */
export async function readDocument({ http, settings }: Source): Promise<OpenApiDocument> {
  const { document, text, baseUrl } = settings;
  const told = document === undefined ? text : await fetched(http, document);
  try {
    const root = typeof told === 'string' ? parsedText(bounded(told), YAML) : told;
    return openApiDocument(root, new URL(document ?? baseUrl));
  } catch (error) {
    throw refused(error);
  }
}

const YAML = { parse, lengthMax: YAML_LENGTH_MAX };

function bounded(text: string): string {
  if (text.length <= LENGTH_MAX) return text;
  throw new OpenApiError('configuration', `It has more than ${LENGTH_MAX} characters.`);
}

/** JSON is parsed already, where its server says that it is JSON. */
async function fetched(http: HttpPort, address: string): Promise<unknown> {
  const accept = 'application/json, application/yaml, text/yaml, */*;q=0.5';
  const body = await http.get(address, { headers: { accept } });
  return body instanceof Uint8Array ? Buffer.from(body).toString('utf8') : body;
}

/** An error of the document, or of what was given for an operation, as the host knows errors. */
export function refused(error: unknown): unknown {
  if (!(error instanceof OpenApiError)) return error;
  const status = error.kind === 'validation' ? 400 : 422;
  const about = error.kind === 'validation' ? '' : 'The OpenAPI document cannot be used. ';
  return new PermanentError(`${about}${error.message}`, { status, reason: 'rejected', cause: error });
}

/** The operations that are wanted; those without an id are named by method and path. */
export function wantedOperations(document: OpenApiDocument, settings: Settings): Operation[] {
  const wanted = new Set(settings.operations);
  const tags = new Set(settings.tags);
  return [...allOperations(document)].filter((operation) => {
    const { id, method, path, definition } = operation;
    if (!METHODS.has(method)) return false;
    if (wanted.size > 0 && !wanted.has(id) && !wanted.has(`${method} ${path}`)) return false;
    return tags.size === 0 || listOf(member(definition, 'tags')).some((tag) => tags.has(String(tag)));
  });
}
