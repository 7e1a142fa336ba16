import { createHash } from 'node:crypto';
import type { A2aCall } from '@tutti/contracts';
import type { A2aVersion } from './agent-card.js';

/** What is sent to an agent. */
export interface A2aRequest {
  method: string;
  params: Record<string, unknown>;
  /** Whether the answer is a stream. */
  streams: boolean;
}

/** Names of the methods in A2A 1.0, by those of 0.3, which the DSL uses. */
const METHODS: Readonly<Record<string, string>> = {
  'message/send': 'SendMessage',
  'message/stream': 'SendStreamingMessage',
  'tasks/get': 'GetTask',
  'tasks/list': 'ListTasks',
  'tasks/cancel': 'CancelTask',
  'tasks/resubscribe': 'SubscribeToTask',
  'tasks/pushNotificationConfig/set': 'CreateTaskPushNotificationConfig',
  'tasks/pushNotificationConfig/get': 'GetTaskPushNotificationConfig',
  'tasks/pushNotificationConfig/list': 'ListTaskPushNotificationConfigs',
  'tasks/pushNotificationConfig/delete': 'DeleteTaskPushNotificationConfig',
  'agent/getAuthenticatedExtendedCard': 'GetExtendedAgentCard',
};

/**
 * The request of a call in the generation of the protocol that the agent speaks. A message gets an id that is
 * the same in all attempts, by which the agent can tell a repeat.
 */
export function a2aRequest(
  { method, parameters = {} }: A2aCall,
  of: { version: A2aVersion; tenant: string | null; idempotencyKey: string },
): A2aRequest {
  const { version, tenant, idempotencyKey } = of;
  const params: Record<string, unknown> = { ...(tenant === null ? {} : { tenant }), ...parameters };
  if (method.startsWith('message/')) params.message = messageOf(params.message, { version, idempotencyKey });
  return {
    method: version === '0.3' ? method : (METHODS[method] ?? method),
    params,
    streams: method === 'message/stream' || method === 'tasks/resubscribe',
  };
}

function messageOf(
  given: unknown,
  { version, idempotencyKey }: { version: A2aVersion; idempotencyKey: string },
): unknown {
  const message = typeof given === 'object' && given !== null ? (given as Record<string, unknown>) : {};
  const messageId = message.messageId ?? uuidOf(idempotencyKey);
  if (version === '0.3') return { kind: 'message', role: 'user', ...message, messageId };
  const { kind: _ofOldOnes, role = 'user', parts, ...rest } = message;
  return {
    ...rest,
    messageId,
    role: role === 'user' ? 'ROLE_USER' : role === 'agent' ? 'ROLE_AGENT' : role,
    ...(Array.isArray(parts) ? { parts: parts.map(partOf) } : {}),
  };
}

/** A part as 1.0 writes it: told by its field, where 0.3 has `kind`. */
function partOf(part: unknown): unknown {
  if (typeof part !== 'object' || part === null || !('kind' in part)) return part;
  const { kind, file, ...rest } = part as { kind: unknown; file?: Record<string, unknown> };
  if (kind !== 'file' || file === undefined) return rest;
  const { bytes, uri, mimeType, name } = file;
  return {
    ...rest,
    ...(bytes === undefined ? { url: uri } : { raw: bytes }),
    ...(mimeType === undefined ? {} : { mediaType: mimeType }),
    ...(name === undefined ? {} : { filename: name }),
  };
}

/** A UUID (RFC 9562, version 8) that is the same for the same text. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return `${groups.join('-')}-${hex.slice(20, 32)}`;
}
