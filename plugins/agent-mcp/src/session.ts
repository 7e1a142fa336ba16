import { type HttpPort, PermanentError, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';
import { type Reply, replyTo } from './wire.js';

/** The first revision without sessions. */
const STATELESS = '2026-07-28';
const NEWEST_WITH_SESSIONS = '2025-11-25';
const CLIENT = { name: 'tutti', version: '1' };
const ACCEPT = 'application/json, text/event-stream';
const SESSION = 'mcp-session-id';
const METHOD_NOT_FOUND = -32_601;
const INTERNAL_ERROR = -32_603;
/** How servers of older revisions refuse a request of the newest one. */
const REFUSED_STATUS = new Set([400, 404, 405, 406]);

const Initialized = z.looseObject({ protocolVersion: z.string() });

/** Speaks with a server for one call of the connector. */
export interface Session {
  revision: string;
  request(method: string, params?: Record<string, unknown>): Promise<Record<string, unknown>>;
  end(): Promise<void>;
}

/** Where a server is. */
interface Server {
  http: HttpPort;
  url: string;
}

/** Opens a session in the revision that the settings name, or in the newest that the server knows. */
export async function openSession(http: HttpPort, { url, revision }: Settings): Promise<Session> {
  if (revision !== 'auto' && revision !== STATELESS) return withSession({ http, url }, revision);
  const stateless = withoutSession({ http, url });
  if (revision === STATELESS) return stateless;
  try {
    await stateless.request('server/discover');
    return stateless;
  } catch (error) {
    if (!(error instanceof PermanentError) || !REFUSED_STATUS.has(error.status ?? 0)) throw error;
    return withSession({ http, url }, NEWEST_WITH_SESSIONS);
  }
}

function withoutSession({ http, url }: Server): Session {
  let last = 0;
  return {
    revision: STATELESS,
    async request(method, params = {}) {
      last += 1;
      const meta = {
        'io.modelcontextprotocol/protocolVersion': STATELESS,
        'io.modelcontextprotocol/clientInfo': CLIENT,
        'io.modelcontextprotocol/clientCapabilities': {},
      };
      const { name, _meta: given } = params as { name?: string; _meta?: object };
      const body = await http.post(url, {
        headers: {
          accept: ACCEPT,
          'mcp-protocol-version': STATELESS,
          'mcp-method': method,
          ...(name !== undefined && { 'mcp-name': name }),
        },
        body: { jsonrpc: '2.0', id: last, method, params: { ...params, _meta: { ...meta, ...given } } },
      });
      return resultOf(method, replyTo(last, body));
    },
    end: () => Promise.resolve(),
  };
}

async function withSession({ http, url }: Server, wanted: string): Promise<Session> {
  let last = 0;
  let headers: Record<string, string> = { accept: ACCEPT };
  let id: string | undefined;
  const send = (message: object) =>
    http.post(url, {
      headers,
      body: { jsonrpc: '2.0', ...message },
      answered: (answer) => {
        id ??= answer.headers[SESSION];
      },
    });
  const request: Session['request'] = async (method, params = {}) => {
    last += 1;
    return resultOf(method, replyTo(last, await send({ id: last, method, params })));
  };
  last += 1;
  const opening = { protocolVersion: wanted, capabilities: {}, clientInfo: CLIENT };
  const body = await send({ id: last, method: 'initialize', params: opening });
  const { protocolVersion } = Initialized.parse(resultOf('initialize', replyTo(last, body)));
  headers = {
    ...headers,
    'mcp-protocol-version': protocolVersion,
    ...(id !== undefined && { [SESSION]: id }),
  };
  await send({ method: 'notifications/initialized' });
  return {
    revision: protocolVersion,
    request,
    async end() {
      // A server may keep its sessions to itself, and the answer is there.
      if (id !== undefined) await http.delete(url, { headers }).catch(() => undefined);
    },
  };
}

function resultOf(method: string, { result, error }: Reply): Record<string, unknown> {
  if (error === undefined) return result ?? {};
  const message = `The MCP server refused ${method}: ${error.message} (${error.code})`;
  if (error.code === INTERNAL_ERROR)
    throw new TransientError(message, { status: 500, reason: 'unavailable' });
  const status = error.code === METHOD_NOT_FOUND ? 404 : 400;
  throw new PermanentError(message, { status, reason: 'rejected' });
}
