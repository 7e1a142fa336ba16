import { ATTR } from '@tutti/telemetry';
import { failure, type Failure } from '../calls/outcomes.js';
import type { ProtocolAttempt } from './protocol-client.js';
import { cut } from './protocol-outcomes.js';

/** JSON-RPC's "internal error": the only one after which a repeat may help. */
const INTERNAL_ERROR = -32603;

/**
 * A server that answers with an error of JSON-RPC. As the DSL reference has it for MCP and A2A, that is one
 * of type `runtime`.
 */
export function rpcRefusal(
  { span }: ProtocolAttempt,
  { code, message }: { code: number; message: string },
  { title, where }: { title: string; where: string },
): Failure {
  span.set(ATTR.rpcResponseStatus, String(code));
  span.set(ATTR.errorType, String(code));
  const internal = code === INTERNAL_ERROR;
  return failure({
    fate: internal ? 'transient' : 'permanent',
    kind: 'runtime',
    status: internal ? 500 : 400,
    title,
    detail: cut(`${where}: ${message} (${code})`),
    reason: internal ? 'unavailable' : 'rejected',
  });
}
