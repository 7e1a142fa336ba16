import type { AsyncApiCall } from '@tutti/contracts';
import { isObject, listOf, member, resolved, textOf, type JsonObject } from '@tutti/plugin-sdk/openapi';
import { objectsIn, refused, type AsyncApiDocument, type Channel } from './asyncapi-document.js';

/** Where a call goes, after all that the document says. */
export interface Route {
  protocol: 'kafka' | 'http';
  /** Whether the connection is secured. */
  secure: boolean;
  /** Of Kafka: `HOST:PORT` of some brokers; of HTTP: the address without a slash at its end. */
  server: string;
  /** The topic, or the path. */
  destination: string;
  /** Of HTTP. */
  method: string;
  contentType: string;
  /** How a name and a password are given to Kafka. */
  mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
}

const PROTOCOLS: Readonly<Record<string, Pick<Route, 'protocol' | 'secure'>>> = {
  kafka: { protocol: 'kafka', secure: false },
  'kafka-secure': { protocol: 'kafka', secure: true },
  http: { protocol: 'http', secure: false },
  https: { protocol: 'http', secure: true },
};

/** Throws OpenApiError when the document leads nowhere that the hub can go. */
export function routeOf(document: AsyncApiDocument, channel: Channel, call: AsyncApiCall): Route {
  const [, server] = serverFor(document, channel, call);
  const kind = PROTOCOLS[protocolOf(server)] as Pick<Route, 'protocol' | 'secure'>;
  const address = withParameters(document.root, channel, call);
  const kafka = kind.protocol === 'kafka';
  const bound = textOf(member(member(member(channel.definition, 'bindings'), 'kafka'), 'topic'));
  return {
    ...kind,
    server: addressOf(document, server, call),
    destination: kafka ? (bound ?? address.replace(/^\/+/, '')) : address.replace(/^\/*/, '/'),
    method: textOf(member(bindingOf(document.root, channel.operation), 'method')) ?? 'POST',
    contentType: contentTypeOf(document, channel),
    mechanism: mechanismOf(document, server),
  };
}

/** The named server; else the first of the channel with the wanted protocol, or one that is spoken. */
function serverFor(document: AsyncApiDocument, channel: Channel, call: AsyncApiCall): [string, JsonObject] {
  const all = objectsIn(document.root, member(document.root, 'servers'));
  const { server: wanted, protocol } = call;
  if (wanted !== undefined) {
    const found = all.find(([name]) => name === wanted.name);
    if (found === undefined) throw refused(`There is no server "${wanted.name}". There is: ${namesOf(all)}.`);
    if (!(protocolOf(found[1]) in PROTOCOLS)) throw notSpoken([found]);
    return found;
  }
  const allowed = serversOf(document, channel, all);
  const spoken = allowed.filter(([, server]) => protocolOf(server) in PROTOCOLS);
  const found = spoken.find(([, server]) => {
    const own = protocolOf(server);
    return protocol === undefined || own === protocol || PROTOCOLS[own]?.protocol === protocol;
  });
  if (found !== undefined) return found;
  if (protocol !== undefined && spoken.length > 0)
    throw refused(`The channel "${channel.name}" has no server of the protocol "${protocol}".`);
  throw notSpoken(allowed);
}

function serversOf(
  { version, root }: AsyncApiDocument,
  { definition }: Channel,
  all: [string, JsonObject][],
): [string, JsonObject][] {
  const listed = listOf(member(definition, 'servers'));
  if (listed.length === 0) return all;
  // AsyncAPI 2 lists names, AsyncAPI 3 references.
  const objects = new Set(version === 3 ? listed.map((one) => resolved(root, one)) : []);
  return all.filter(([name, server]) => listed.includes(name) || objects.has(server));
}

function protocolOf(server: JsonObject): string {
  return (textOf(member(server, 'protocol')) ?? '').toLowerCase();
}

function namesOf(servers: [string, JsonObject][]): string {
  return servers.length === 0 ? 'none' : servers.map(([name]) => name).join(', ');
}

function notSpoken(servers: [string, JsonObject][]): Error {
  const protocols = [...new Set(servers.map(([, server]) => protocolOf(server)))].join(', ');
  return refused(
    `Kafka and HTTP are spoken here, and the servers of the document have: ${protocols || 'none'}.`,
  );
}

function addressOf({ version, root }: AsyncApiDocument, server: JsonObject, call: AsyncApiCall): string {
  const variables = member(server, 'variables');
  const fill = (text: string) => withVariables(root, text, { variables, given: call.server?.variables });
  const spoken = PROTOCOLS[protocolOf(server)] as Pick<Route, 'protocol' | 'secure'>;
  const scheme = spoken.secure ? 'https' : 'http';
  const written =
    version === 2
      ? fill(textOf(member(server, 'url')) ?? '')
      : fill((textOf(member(server, 'host')) ?? '') + (textOf(member(server, 'pathname')) ?? ''));
  if (spoken.protocol === 'kafka') return written.replace(/^[a-z-]+:\/\//i, '').replace(/\/.*$/, '');
  const address = /^https?:\/\//i.test(written) ? written : `${scheme}://${written}`;
  if (!URL.canParse(address)) throw refused(`The server "${written}" is no address.`);
  return address.replace(/\/+$/, '');
}

function withVariables(
  root: JsonObject,
  text: string,
  { variables, given }: { variables: unknown; given: Record<string, string> | undefined },
): string {
  return text.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const variable = resolved(root, member(variables, name));
    const value = textOf(member(given, name)) ?? member(variable, 'default');
    if (value === undefined) throw refused(`The variable "${name}" of the server "${text}" is not given.`);
    const allowed = listOf(member(variable, 'enum'));
    if (allowed.length > 0 && !allowed.includes(value))
      throw refused(
        `The variable "${name}" of the server is one of ${allowed.join(', ')}, not "${String(value)}".`,
      );
    return String(value);
  });
}

/** The `{name}` parts of an address come from where the document says in the message, or from its default. */
function withParameters(
  root: JsonObject,
  { address, definition }: Channel,
  { message }: AsyncApiCall,
): string {
  const parameters = member(definition, 'parameters');
  return address.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const parameter = resolved(root, member(parameters, name));
    const found = located(textOf(member(parameter, 'location')), message) ?? member(parameter, 'default');
    if (typeof found !== 'string' && typeof found !== 'number')
      throw refused(`The part {${name}} of the address "${address}" is not in the message.`);
    const value = encodeURIComponent(found);
    if (/^\.{0,2}$/.test(value))
      throw refused(`The part {${name}} of the address "${address}" is "${found}".`);
    return value;
  });
}

/** A value at `$message.payload#/user/id` or `$message.header#/userId`. */
function located(location: string | undefined, message: AsyncApiCall['message']): unknown {
  const match = /^\$message\.(payload|header)#(.*)$/.exec(location ?? '');
  if (match === null) return undefined;
  const tokens = (match[2] ?? '').split('/').slice(1);
  let value: unknown = match[1] === 'payload' ? message?.payload : message?.headers;
  for (const token of tokens) value = member(value, token.replaceAll('~1', '/').replaceAll('~0', '~'));
  return value;
}

function bindingOf(root: JsonObject, operation: JsonObject): unknown {
  return resolved(root, member(resolved(root, member(operation, 'bindings')), 'http'));
}

/** That of the first message of the operation, of the channel, or of the document. */
function contentTypeOf({ root }: AsyncApiDocument, { definition, operation }: Channel): string {
  const [ofOperation] = listOf(member(operation, 'messages'));
  const [[, ofChannel] = []] = objectsIn(root, member(definition, 'messages'));
  const message = resolved(root, member(operation, 'message') ?? ofOperation ?? ofChannel);
  const type = textOf(member(message, 'contentType')) ?? textOf(member(root, 'defaultContentType'));
  return type ?? 'application/json';
}

function mechanismOf({ root }: AsyncApiDocument, server: JsonObject): Route['mechanism'] {
  const schemes = member(member(root, 'components'), 'securitySchemes');
  for (const entry of listOf(member(server, 'security'))) {
    // AsyncAPI 2 has names with scopes, AsyncAPI 3 the schemes themselves.
    const names = isObject(entry) ? Object.keys(entry) : [];
    const found = [entry, ...names.map((name) => member(schemes, name))];
    const types = found.map((scheme) => member(resolved(root, scheme), 'type'));
    if (types.includes('scramSha512')) return 'scram-sha-512';
    if (types.includes('scramSha256')) return 'scram-sha-256';
  }
  return 'plain';
}
