import type { DocumentKind } from '../openapi/document-cache.js';
import { parsed } from '../openapi/openapi-document.js';
import { OpenApiError, isObject, member, resolved, textOf, type JsonObject } from '@tutti/plugin-sdk/openapi';

/** A document that was read: AsyncAPI 2.x or 3.0. */
export interface AsyncApiDocument {
  readonly version: 2 | 3;
  readonly root: JsonObject;
}

/** What a call is about: a channel, with what the document says of it. */
export interface Channel {
  /** For people: the name in the document. */
  readonly name: string;
  /** With `{name}` parts. */
  readonly address: string;
  readonly definition: JsonObject;
  /** What is done on it: of AsyncAPI 3, or `publish` or `subscribe` of AsyncAPI 2. */
  readonly operation: JsonObject;
}

export const ASYNCAPI_DOCUMENT: DocumentKind<AsyncApiDocument> = {
  name: 'AsyncAPI document',
  accept: 'application/json, application/yaml, text/yaml, */*;q=0.5',
  read(text) {
    const root = parsed(text);
    const version = /^([23])\./.exec(String(member(root, 'asyncapi')))?.[1];
    if (!isObject(root) || version === undefined)
      throw refused('It is no AsyncAPI document of version 2 or 3: "asyncapi" must be 2.x or 3.x.');
    return { version: Number(version) as 2 | 3, root };
  },
};

const NAMED_MAX = 20;

/** The channel of a call. Throws OpenApiError when the document has none of that name. */
export function channelOf(
  document: AsyncApiDocument,
  call: { channel?: string; operation?: string; message?: unknown },
): Channel {
  if (document.version === 3) return channelOf3(document, call);
  const verb = call.message === undefined ? 'subscribe' : 'publish';
  const all = objectsIn(document.root, member(document.root, 'channels'));
  const found =
    call.channel === undefined
      ? all.find(([, channel]) => isNamed(document.root, channel, call.operation))
      : all.find(([name]) => name === call.channel);
  if (found === undefined)
    throw unknown(
      call,
      all.map(([name]) => name),
    );
  const [name, definition] = found;
  const operation = resolved(document.root, member(definition, verb));
  if (operation === undefined) throw refused(`The channel "${name}" has no "${verb}".`);
  return { name, address: name, definition, operation };
}

/** An operation of AsyncAPI 2 may be called by its id too. */
function isNamed(root: JsonObject, channel: JsonObject, id: string | undefined): boolean {
  return ['publish', 'subscribe'].some(
    (verb) => member(resolved(root, member(channel, verb)), 'operationId') === id,
  );
}

function channelOf3({ root }: AsyncApiDocument, call: { channel?: string; operation?: string }): Channel {
  const operations = objectsIn(root, member(root, 'operations'));
  const found = operations.find(([id, operation]) =>
    call.operation === undefined ? isOn(root, operation, call.channel) : id === call.operation,
  );
  if (found === undefined)
    throw unknown(
      call,
      operations.map(([id]) => id),
    );
  const [name, operation] = found;
  const definition = resolved(root, member(operation, 'channel'));
  if (definition === undefined) throw refused(`The operation "${name}" has no channel.`);
  return { name, address: textOf(member(definition, 'address')) ?? name, definition, operation };
}

function isOn(root: JsonObject, operation: JsonObject, address: string | undefined): boolean {
  return member(resolved(root, member(operation, 'channel')), 'address') === address;
}

/** The objects in an object, references followed. */
export function objectsIn(root: JsonObject, of: unknown): [string, JsonObject][] {
  if (!isObject(of)) return [];
  return Object.keys(of).flatMap((name): [string, JsonObject][] => {
    const object = resolved(root, member(of, name));
    return object === undefined ? [] : [[name, object]];
  });
}

function unknown(
  { channel, operation }: { channel?: string; operation?: string },
  others: string[],
): OpenApiError {
  const what = operation === undefined ? `channel "${channel}"` : `operation "${operation}"`;
  const more = others.length > NAMED_MAX ? ` and ${others.length - NAMED_MAX} more` : '';
  const has = others.length === 0 ? 'none' : others.slice(0, NAMED_MAX).join(', ') + more;
  return refused(`The AsyncAPI document has no ${what}. It has: ${has}.`);
}

export function refused(message: string): OpenApiError {
  return new OpenApiError('configuration', message);
}
