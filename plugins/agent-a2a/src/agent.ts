import { type HttpPort, PermanentError, TransientError } from '@tutti/plugin-sdk';
import type { Settings } from './settings.js';
import { Answer, Card, type Version } from './wire.js';

/** An agent, found by its card. */
export interface Agent {
  name: string;
  url: string;
  version: Version;
  tenant: string | undefined;
}

/** The names of the methods, by those of 0.3. */
const METHODS_1: Readonly<Record<string, string>> = {
  'message/send': 'SendMessage',
  'tasks/get': 'GetTask',
  'tasks/list': 'ListTasks',
};
const TASK_NOT_FOUND = -32_001;
const INTERNAL_ERROR = -32_603;

/** Reads the agent's card; it must speak JSON-RPC at its own host. */
export async function findAgent(http: HttpPort, settings: Settings): Promise<Agent> {
  const card = await http.get(settings.cardPath, { reply: Card });
  const listed = card.supportedInterfaces ?? [];
  const main =
    card.url === undefined ? [] : [{ url: card.url, transport: card.preferredTransport ?? 'JSONRPC' }];
  const all: NonNullable<Card['supportedInterfaces']> = [
    ...listed,
    ...main,
    ...(card.additionalInterfaces ?? []),
  ];
  const found = all.find(({ protocolBinding, transport }) => (protocolBinding ?? transport) === 'JSONRPC');
  if (found?.url === undefined || !URL.canParse(found.url, settings.baseUrl))
    throw new PermanentError('The agent card names no address at which the agent speaks JSON-RPC.', {
      status: 502,
      reason: 'invalid-output',
    });
  const version = listed.includes(found) && !/^0\./.test(found.protocolVersion ?? '') ? '1.0' : '0.3';
  return {
    name: card.name ?? 'the agent',
    url: new URL(found.url, settings.baseUrl).href,
    version,
    tenant: found.tenant === '' ? undefined : found.tenant,
  };
}

/** Calls a method of the agent, named as in 0.3. */
export async function ask(
  http: HttpPort,
  agent: Agent,
  call: { method: string; params: Record<string, unknown>; headers?: Record<string, string> },
): Promise<unknown> {
  const { version, tenant } = agent;
  const method = version === '0.3' ? call.method : METHODS_1[call.method];
  const params = { ...(tenant !== undefined && { tenant }), ...call.params };
  const { result, error } = await http.post(agent.url, {
    headers: { ...(version === '1.0' && { 'a2a-version': version }), ...call.headers },
    body: { jsonrpc: '2.0', id: 1, method, params },
    reply: Answer,
  });
  if (!error) return result;
  const message = `${agent.name} refused ${method}: ${error.message} (${error.code})`;
  if (error.code === INTERNAL_ERROR)
    throw new TransientError(message, { status: 500, reason: 'unavailable' });
  throw new PermanentError(message, {
    status: error.code === TASK_NOT_FOUND ? 404 : 400,
    reason: 'rejected',
  });
}
