import type { OpenApiDocument, Operation } from './openapi-document.js';
import { OpenApiError } from './openapi-error.js';
import { isObject, listOf, member, textOf } from './references.js';

/**
 * Where the operation is served, without a slash at the end: the first of the nearest `servers` (operation,
 * path, document), or scheme, `host` and `basePath` of a 2.0 document.
 */
export function serverAddress(document: OpenApiDocument, operation: Operation): string {
  const written = document.version === 3 ? serverOf(document, operation) : hostOf(document, operation);
  if (!URL.canParse(written, document.address.href))
    throw new OpenApiError('configuration', `The server "${written}" of the OpenAPI document is no address.`);
  const url = new URL(written, document.address);
  url.search = '';
  url.hash = '';
  return url.href.replace(/\/+$/, '');
}

function serverOf({ root }: OpenApiDocument, { definition, pathItem }: Operation): string {
  for (const place of [definition, pathItem, root]) {
    const [server] = listOf(member(place, 'servers'));
    const url = textOf(member(server, 'url'));
    if (url !== undefined) return withVariables(url, member(server, 'variables'));
  }
  return '/';
}

function withVariables(url: string, variables: unknown): string {
  return url.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = member(variables, name);
    const value = member(variable, 'default');
    if (!isObject(variable) || value === undefined)
      throw new OpenApiError(
        'configuration',
        `The variable "${name}" of the server "${url}" has no default.`,
      );
    return String(value);
  });
}

function hostOf({ root, address }: OpenApiDocument, { definition }: Operation): string {
  const schemes = [...listOf(member(definition, 'schemes')), ...listOf(member(root, 'schemes'))];
  const usable = schemes.filter((scheme) => scheme === 'https' || scheme === 'http') as string[];
  const own = address.protocol.slice(0, -1);
  const scheme = usable.includes('https') ? 'https' : (usable[0] ?? own);
  const host = textOf(member(root, 'host')) ?? address.host;
  const basePath = textOf(member(root, 'basePath')) ?? '';
  return `${scheme}://${host}/${basePath.replace(/^\/+/, '')}`;
}
