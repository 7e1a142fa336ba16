import type { CallRequest, CallSettled } from '@tutti/contracts';
import { ATTR } from '@tutti/telemetry';
import type { SpanSink } from '../http/http-span.js';
import type { CallExecutor } from './call-executor.service.js';

/**
 * Performs a call that a person tries out: once, without a run around it, below a span of its own, so that
 * its trace reads like any other.
 */
export async function tryCall(
  { executor, spans }: { executor: Pick<CallExecutor, 'execute'>; spans: SpanSink },
  request: CallRequest,
): Promise<CallSettled> {
  const settled = await executor.execute(request);
  const { trace, workspaceId, taskName } = request;
  const { outcome, startedAt: startMs, endedAt: endMs } = settled;
  const failed = outcome.status === 'failed';
  spans.write({
    traceId: trace.traceId,
    spanId: trace.spanId,
    name: taskName,
    kind: 'internal',
    startMs,
    endMs,
    status: failed ? 'error' : 'unset',
    ...(failed ? { statusMessage: outcome.error.title } : {}),
    attributes: { [ATTR.workspaceId]: workspaceId },
  });
  return settled;
}
