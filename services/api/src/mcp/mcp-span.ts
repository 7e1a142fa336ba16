import { newSpanId, newTraceId, type TraceParent } from '@tutti/contracts';
import { ATTR, parseTraceparent, writeSpan } from '@tutti/telemetry';
import { TaskCreated } from './tasks/task.types.js';
import type { McpToolAnswer, McpToolCall } from './mcp.types.js';

/** The span of a served call, after the MCP conventions. It goes on with the trace of the caller. */
export class McpSpan {
  readonly position: TraceParent;
  runId: string | undefined;
  private readonly parentSpanId: string | undefined;
  private readonly startMs = Date.now();

  constructor(private readonly call: McpToolCall) {
    const given = call.context.mcpReq._meta?.traceparent;
    const parent = parseTraceparent(typeof given === 'string' ? given : undefined);
    this.parentSpanId = parent?.spanId;
    this.position = { traceId: parent?.traceId ?? newTraceId(), spanId: newSpanId() };
  }

  /** `answer` null: the call was refused. */
  end(answer: McpToolAnswer | null): void {
    const { name, context, server } = this.call;
    const failed = answer === null || (!(answer instanceof TaskCreated) && answer.isError === true);
    const version = server.getNegotiatedProtocolVersion();
    writeSpan({
      ...this.position,
      ...(this.parentSpanId !== undefined && { parentSpanId: this.parentSpanId }),
      name: `tools/call ${name}`,
      kind: 'server',
      startMs: this.startMs,
      endMs: Date.now(),
      status: failed ? 'error' : 'unset',
      attributes: {
        [ATTR.mcpMethod]: 'tools/call',
        [ATTR.genAiOperation]: 'execute_tool',
        [ATTR.genAiToolName]: name,
        [ATTR.networkTransport]: 'tcp',
        ...(version !== undefined && { [ATTR.mcpProtocolVersion]: version }),
        ...(context.sessionId !== undefined && { [ATTR.mcpSessionId]: context.sessionId }),
        ...(this.runId !== undefined && { [ATTR.runId]: this.runId }),
        ...(failed && { [ATTR.errorType]: 'tool_error' }),
      },
    });
  }
}
