import type { OpenApiDocument, Operation } from './openapi-document.js';
import { OpenApiError } from './openapi-error.js';
import type { Parameter } from './parameter.js';
import { isObject, listOf, member, resolved } from './references.js';
import { inQuery, plainText } from './serialise.js';

/** What an operation takes as its body. */
export interface BodyShape {
  readonly required: boolean;
  /** In the document's order. */
  readonly mediaTypes: readonly string[];
  /** Under which name the whole body is given. */
  readonly name: string;
}

export interface RequestContent {
  readonly body: unknown;
  readonly contentType: string;
}

const FORM = 'application/x-www-form-urlencoded';
const MULTIPART = 'multipart/form-data';

/** The body of an operation; undefined when it takes none. */
export function bodyShape(
  document: OpenApiDocument,
  operation: Operation,
  parameters: readonly Parameter[],
): BodyShape | undefined {
  const { root, version } = document;
  if (version === 3) {
    const body = resolved(root, member(operation.definition, 'requestBody'));
    const content = member(body, 'content');
    if (body === undefined || !isObject(content)) return undefined;
    return { required: member(body, 'required') === true, mediaTypes: Object.keys(content), name: 'body' };
  }
  const consumes = listOf(member(operation.definition, 'consumes') ?? member(root, 'consumes')).map(String);
  const body = parameters.find((parameter) => parameter.in === 'body');
  if (body !== undefined) return { required: body.required, mediaTypes: consumes, name: body.name };
  const fields = parameters.filter((parameter) => parameter.in === 'formData');
  if (fields.length === 0) return undefined;
  const forms = consumes.filter((type) => type === FORM || type === MULTIPART);
  return { required: false, mediaTypes: forms.length === 0 ? [FORM] : forms, name: 'body' };
}

/** The content on the wire: JSON if the operation takes it, else a form, else the first that it takes. */
export async function requestContent(
  shape: BodyShape,
  value: unknown,
  fields: readonly Parameter[],
): Promise<RequestContent> {
  const contentType = preferred(shape.mediaTypes);
  if (contentType === MULTIPART) return multipart(value);
  if (contentType === FORM && isObject(value)) return { body: form(value, fields), contentType };
  return { body: value, contentType };
}

function preferred(mediaTypes: readonly string[]): string {
  const names = mediaTypes.map((type) => type.split(';')[0]?.trim().toLowerCase() ?? '');
  const json =
    names.find((name) => name === 'application/json') ?? names.find((name) => name.endsWith('+json'));
  const found =
    json ?? names.find((name) => name === FORM) ?? names.find((name) => name === MULTIPART) ?? names[0];
  return found === undefined || found.includes('*') ? 'application/json' : found;
}

/** As OpenAPI has it: items of a list are repeated, unless the document says otherwise. */
function form(value: Readonly<Record<string, unknown>>, fields: readonly Parameter[]): string {
  const pairs = Object.entries(value).flatMap(([name, field]) => {
    if (field === null || field === undefined) return [];
    const known = fields.find((parameter) => parameter.name === name);
    const written: Parameter = known ?? {
      name,
      in: 'formData',
      required: false,
      style: 'form',
      explode: true,
      allowReserved: false,
    };
    return inQuery(isObject(field) ? { ...written, style: 'json' } : written, field);
  });
  return pairs.join('&').replaceAll('%20', '+');
}

async function multipart(value: unknown): Promise<RequestContent> {
  if (!isObject(value))
    throw new OpenApiError(
      'validation',
      'The body is a form (multipart/form-data): give an object of its fields.',
    );
  const data = new FormData();
  for (const [name, field] of Object.entries(value)) {
    for (const item of Array.isArray(field) ? field : [field]) {
      if (item === null || item === undefined) continue;
      if (isObject(item)) data.append(name, new Blob([JSON.stringify(item)], { type: 'application/json' }));
      else data.append(name, plainText(item));
    }
  }
  const encoded = new Response(data);
  const contentType = encoded.headers.get('content-type') ?? MULTIPART;
  return { body: new Uint8Array(await encoded.arrayBuffer()), contentType };
}
