import { OpenApiError } from '@tutti/plugin-sdk/openapi';
import { parsed } from '../openapi/openapi-document.js';
import type { DocumentKind } from '../openapi/document-cache.js';

/** What the hub reads of an agent card. */
export interface AgentCard {
  name: string | null;
  /** Where the agent speaks JSON-RPC. */
  uri: string;
  version: A2aVersion;
  /** Part of the agent that is meant, in A2A 1.0. */
  tenant: string | null;
}

/** The generations of the protocol: 1.0 has other names for methods and other shapes than 0.3. */
export type A2aVersion = '0.3' | '1.0';

interface Interface {
  url?: unknown;
  /** In 0.3 under `transport`. */
  protocolBinding?: unknown;
  transport?: unknown;
  protocolVersion?: unknown;
  tenant?: unknown;
}

export const AGENT_CARD: DocumentKind<AgentCard> = {
  name: 'agent card',
  accept: 'application/json',
  read(text, address) {
    const card = parsed(text) as Record<string, unknown> | null;
    if (typeof card !== 'object' || card === null) throw refused('It is no agent card.');
    const { found, version } = interfaceOf(card);
    const uri = String(found.url);
    if (!URL.canParse(uri, address.href)) throw refused(`"${uri}" is no address.`);
    return {
      name: typeof card.name === 'string' ? card.name : null,
      uri: new URL(uri, address).href,
      version,
      tenant: typeof found.tenant === 'string' && found.tenant !== '' ? found.tenant : null,
    };
  },
};

/** The first interface of JSON-RPC; those of 1.0 stand in a list of their own. */
function interfaceOf(card: Record<string, unknown>): { found: Interface; version: A2aVersion } {
  const listed = list(card.supportedInterfaces);
  const main: Interface[] =
    typeof card.url === 'string' ? [{ url: card.url, transport: card.preferredTransport ?? 'JSONRPC' }] : [];
  const all = [...listed, ...main, ...list(card.additionalInterfaces)];
  const found = all.find((one) => bindingOf(one) === 'JSONRPC');
  if (found === undefined) {
    const others = [...new Set(all.map(bindingOf))].join(', ');
    throw refused(`The agent does not speak JSON-RPC${others === '' ? '.' : `, but ${others}.`}`);
  }
  const version = listed.includes(found) && !/^0\./.test(String(found.protocolVersion)) ? '1.0' : '0.3';
  return { found, version };
}

function bindingOf({ protocolBinding, transport }: Interface): string {
  return String(protocolBinding ?? transport);
}

function list(value: unknown): Interface[] {
  if (!Array.isArray(value)) return [];
  return value.filter((item) => typeof item === 'object' && item !== null) as Interface[];
}

function refused(message: string): OpenApiError {
  return new OpenApiError('configuration', message);
}
