import type { OpenApiDocument, Operation } from './openapi-document.js';
import { OpenApiError } from './openapi-error.js';
import { isObject, listOf, member, resolved, textOf, type JsonObject } from './references.js';

export type ParameterPlace = 'path' | 'query' | 'header' | 'cookie' | 'body' | 'formData';
/** How a value is written; `tabDelimited` is that of 2.0's `tsv`. `json`: the parameter has a media type. */
export type ParameterStyle =
  | 'simple'
  | 'label'
  | 'matrix'
  | 'form'
  | 'spaceDelimited'
  | 'pipeDelimited'
  | 'tabDelimited'
  | 'deepObject'
  | 'json';

/** A parameter of an operation, the same for all versions of OpenAPI. */
export interface Parameter {
  readonly name: string;
  readonly in: ParameterPlace;
  readonly required: boolean;
  readonly style: ParameterStyle;
  /** Whether the items of a list or object are written each for itself. */
  readonly explode: boolean;
  /** Whether characters that mean something in an address stay as they are. */
  readonly allowReserved: boolean;
}

const PLACES: ReadonlySet<unknown> = new Set(['path', 'query', 'header', 'cookie', 'body', 'formData']);
const STYLES: Readonly<Record<string, readonly ParameterStyle[]>> = {
  path: ['simple', 'label', 'matrix'],
  query: ['form', 'spaceDelimited', 'pipeDelimited', 'deepObject'],
  header: ['simple'],
  cookie: ['form'],
};
/** `collectionFormat` of 2.0. */
const FORMATS = new Map<unknown, ParameterStyle>([
  ['ssv', 'spaceDelimited'],
  ['tsv', 'tabDelimited'],
  ['pipes', 'pipeDelimited'],
]);

/**
 * The parameters of an operation: its own, those of its path, and the API keys that its security asks for (a
 * key is optional, because the operation's authentication may serve in its place).
 */
export function parametersOf(document: OpenApiDocument, operation: Operation): Parameter[] {
  const found = new Map<string, Parameter>();
  for (const place of [operation.pathItem, operation.definition]) {
    for (const written of listOf(member(place, 'parameters'))) {
      const parameter = parameterOf(document, written);
      found.set(`${parameter.in} ${parameter.name}`, parameter);
    }
  }
  for (const key of apiKeysOf(document, operation)) {
    const id = `${key.in} ${key.name}`;
    if (!found.has(id)) found.set(id, key);
  }
  return [...found.values()];
}

function parameterOf({ root, version }: OpenApiDocument, written: unknown): Parameter {
  const definition = resolved(root, written);
  const name = textOf(member(definition, 'name'));
  const place = member(definition, 'in');
  if (definition === undefined || name === undefined || !PLACES.has(place))
    throw new OpenApiError(
      'configuration',
      'A parameter of the operation has no name, or no known place ("in").',
    );
  const where = place as ParameterPlace;
  const required = where === 'path' || member(definition, 'required') === true;
  const allowReserved = member(definition, 'allowReserved') === true;
  return {
    name,
    in: where,
    required,
    allowReserved,
    ...(version === 3 ? style3 : style2)(definition, where),
  };
}

type Written = Pick<Parameter, 'style' | 'explode'>;

function style3(definition: JsonObject, place: ParameterPlace): Written {
  if (isObject(member(definition, 'content'))) return { style: 'json', explode: false };
  const known = STYLES[place] ?? [];
  const style = member(definition, 'style') ?? known[0];
  if (!known.includes(style as ParameterStyle))
    throw new OpenApiError(
      'configuration',
      `The parameter "${String(member(definition, 'name'))}" has the style "${String(style)}", which is none of ${place}.`,
    );
  const explode = member(definition, 'explode');
  return {
    style: style as ParameterStyle,
    explode: typeof explode === 'boolean' ? explode : style === 'form',
  };
}

function style2(definition: JsonObject, place: ParameterPlace): Written {
  const format = member(definition, 'collectionFormat');
  const inQuery = place === 'query' || place === 'formData';
  return {
    style: FORMATS.get(format) ?? (inQuery ? 'form' : 'simple'),
    explode: inQuery && format === 'multi',
  };
}

function* apiKeysOf({ root, version }: OpenApiDocument, { definition }: Operation): Generator<Parameter> {
  const schemes =
    version === 3
      ? member(member(root, 'components'), 'securitySchemes')
      : member(root, 'securityDefinitions');
  for (const wanted of listOf(member(definition, 'security') ?? member(root, 'security'))) {
    for (const name of isObject(wanted) ? Object.keys(wanted) : []) {
      const scheme = resolved(root, member(schemes, name));
      const key = textOf(member(scheme, 'name'));
      const place = member(scheme, 'in');
      if (member(scheme, 'type') !== 'apiKey' || key === undefined || !PLACES.has(place)) continue;
      const style = place === 'header' ? 'simple' : 'form';
      const where = place as ParameterPlace;
      yield { name: key, in: where, required: false, style, explode: false, allowReserved: false };
    }
  }
}
