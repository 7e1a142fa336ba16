import type { CallOutcome, McpCall } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import { failure, type Failure } from '../calls/outcomes.js';
import { ExchangeError } from '../http/exchange.js';
import type { GuardedFetch } from '../http/guarded-fetch.js';
import { rpcRefusal } from '../protocols/json-rpc.js';
import type { ProtocolAttempt } from '../protocols/protocol-client.js';
import { cut, notUnderstood, refusedWith, withoutReply } from '../protocols/protocol-outcomes.js';

type Sdk = typeof import('@modelcontextprotocol/client');

/** A tool tells that it failed in its result; then its text is the error's. */
export function toolOutcome(attempt: ProtocolAttempt, result: Record<string, unknown>): CallOutcome {
  if (result.isError !== true) return { status: 'succeeded', output: result };
  attempt.span.set(ATTR.errorType, 'tool_error');
  const { parameters } = attempt.request.input as McpCall;
  return failure({
    fate: 'permanent',
    kind: 'runtime',
    status: 500,
    title: `The tool "${String(parameters?.name)}" failed`,
    detail: cut(textOf(result.content)),
    reason: 'rejected',
  });
}

/** What an error of the SDK means. */
export function mcpFailure(
  error: unknown,
  about: {
    attempt: ProtocolAttempt;
    sdk: Sdk;
    asked: boolean;
    http: GuardedFetch | undefined;
    said: string | undefined;
  },
): Failure {
  const { attempt, sdk, asked, http, said } = about;
  const { request, span, signal } = attempt;
  const where = placeOf(request.input as McpCall);
  if (sdk.ProtocolError.isInstance(error))
    return rpcRefusal(attempt, error, { title: 'The MCP server refused the call', where });
  const timedOut = signal.aborted || isSdk(sdk, error, sdk.SdkErrorCode.RequestTimeout);
  const failed = http?.failure ?? (timedOut ? timeout(request.timeoutMs) : null);
  if (failed) return withoutReply(request, failed, { where, asked });
  const detail = [(error as Error).message, said].filter(Boolean).join(': ');
  if (http?.refusal) return refusedWith(request, http.refusal, { where, detail, asked });
  const closed = new ExchangeError(cut(detail), { failure: 'lost', sent: true, cause: error });
  const broke = isSdk(sdk, error, sdk.SdkErrorCode.ConnectionClosed) || isSystemError(error);
  if (broke) return withoutReply(request, closed, { where, asked });
  span.set(ATTR.errorType, (error as Error).name);
  return notUnderstood(`${where}: ${detail}`);
}

function placeOf({ method, uri, process }: McpCall): string {
  return `${method} of ${process?.command ?? uri}`;
}

function timeout(timeoutMs: number): ExchangeError {
  return new ExchangeError(`No complete answer within ${timeoutMs} ms.`, { failure: 'timeout', sent: true });
}

function isSdk(sdk: Sdk, error: unknown, code: string): boolean {
  return sdk.SdkError.isInstance(error) && error.code === code;
}

/** A process that cannot be started. */
function isSystemError(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'syscall' in error;
}

/** The texts of a tool's result, one to a line. */
function textOf(content: unknown): string {
  const items = Array.isArray(content) ? (content as { type?: unknown; text?: unknown }[]) : [];
  const texts = items.filter(({ type }) => type === 'text').map(({ text }) => String(text));
  return texts.length === 0 ? 'It gave no text.' : texts.join('\n');
}
