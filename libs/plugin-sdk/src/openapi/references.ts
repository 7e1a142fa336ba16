import { OpenApiError } from './openapi-error.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** References that may follow one another before they are taken for a circle. */
const REFERENCES_MAX = 32;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An own member; names from a document never reach what objects inherit. */
export function member(of: unknown, name: string): unknown {
  return typeof of === 'object' && of !== null && Object.hasOwn(of, name)
    ? (of as Record<string, unknown>)[name]
    : undefined;
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/**
 * The object that a value is or refers to by `$ref` inside the same document; undefined when it is no object.
 * Throws OpenApiError for a reference to another document, to nothing, or in a circle.
 */
export function resolved(root: JsonObject, value: unknown): JsonObject | undefined {
  let current = value;
  for (let followed = 0; isObject(current); followed++) {
    const reference = member(current, '$ref');
    if (typeof reference !== 'string') return current;
    if (followed === REFERENCES_MAX)
      throw new OpenApiError(
        'configuration',
        `The reference "${reference}" of the OpenAPI document leads in a circle.`,
      );
    current = target(root, reference);
  }
  return undefined;
}

function target(root: JsonObject, reference: string): unknown {
  if (!reference.startsWith('#/'))
    throw new OpenApiError(
      'configuration',
      `The OpenAPI document refers to "${reference}", and references out of the document are not followed: ` +
        'use a document that holds everything (bundled).',
    );
  let current: unknown = root;
  for (const token of reference.slice(2).split('/')) current = member(current, unescaped(token));
  if (current === undefined)
    throw new OpenApiError(
      'configuration',
      `The OpenAPI document refers to "${reference}", which it does not have.`,
    );
  return current;
}

/** A token of a JSON pointer in a URI fragment (RFC 6901). */
function unescaped(token: string): string {
  const slashes = (text: string) => text.replaceAll('~1', '/').replaceAll('~0', '~');
  try {
    return slashes(decodeURIComponent(token));
  } catch {
    return slashes(token);
  }
}
