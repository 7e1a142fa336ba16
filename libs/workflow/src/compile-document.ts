import { inside, type Compilation, type Place } from './compilation.js';
import { compileAuthorization } from './compile-authorization.js';
import { compileEndpoint } from './compile-endpoint.js';
import type { CompiledTemplate } from './compiled.types.js';
import { unwrapExpression } from './expression.js';

/** What is read or called at an address. */
export interface AddressKind {
  /** The sentence before the address that cannot be used. */
  says: string;
  protocols: RegExp;
}

const HTTP = /^https?:$/;
export const OPENAPI_DOCUMENT: AddressKind = {
  says: 'An OpenAPI document is read over http or https, not from',
  protocols: HTTP,
};
export const ASYNCAPI_DOCUMENT: AddressKind = {
  says: 'An AsyncAPI document is read over http or https, not from',
  protocols: HTTP,
};
export const PROTO_DOCUMENT: AddressKind = {
  says: 'A proto document is read over http or https, or as file: from the folder of the connector host, not from',
  protocols: /^(https?|file):$/,
};
export const AGENT_CARD: AddressKind = {
  says: 'An agent card is read over http or https, not from',
  protocols: HTTP,
};
export const AGENT: AddressKind = { says: 'An agent is called over http or https, not at', protocols: HTTP };
export const MCP_SERVER: AddressKind = {
  says: 'An MCP server is called over http or https, not at',
  protocols: HTTP,
};

/** The endpoint of a document as a template of its address, and of what its fetch is authorized by. */
export function compileDocument(
  compilation: Compilation,
  endpoint: unknown,
  { place, kind }: { place: Place; kind: AddressKind },
): { uri: CompiledTemplate; authorization?: CompiledTemplate } {
  checkAddress(compilation, endpoint, { place, kind });
  const authorization = compileAuthorization(compilation, endpoint, place);
  const uri = compileEndpoint(compilation, endpoint, place);
  return { uri, ...(authorization && { authorization }) };
}

/** An address without expressions or `{name}` parts is what it is, so a wrong one is found at once. */
function checkAddress(
  compilation: Compilation,
  endpoint: unknown,
  { place, kind }: { place: Place; kind: AddressKind },
): void {
  const whole = typeof endpoint === 'string';
  const uri = whole ? endpoint : (endpoint as { uri: string }).uri;
  if (unwrapExpression(uri) !== undefined || uri.includes('{')) return;
  if (URL.canParse(uri) && kind.protocols.test(new URL(uri).protocol)) return;
  const { pointer } = whole ? place : inside(place, 'uri');
  compilation.error('address', pointer, `${kind.says} "${uri}"`);
}
