import { z } from 'zod';
import { Instant, pageOf } from './common.api.js';
import { MetricPoint } from './workflows.api.js';

/** Kinds of spans after normalisation (standards.md 1.7), plus the hub's own. */
export const SPAN_KINDS = [
  'llm',
  'embedding',
  'retrieval',
  'tool',
  'agent',
  'workflow',
  'step',
  'memory',
  'mcp',
  'guardrail',
  'call',
  'review',
  'http',
  'other',
] as const;

export const SpanItem = z
  .object({
    traceId: z.string(),
    spanId: z.string(),
    parentSpanId: z.string().nullable(),
    name: z.string(),
    kind: z.enum(SPAN_KINDS),
    service: z.string(),
    managed: z.boolean(),
    startedAt: Instant,
    durationMs: z.number(),
    status: z.enum(['unset', 'ok', 'error']),
    statusMessage: z.string().nullable(),
    model: z.string().nullable(),
    provider: z.string().nullable(),
    inputTokens: z.int().nullable(),
    outputTokens: z.int().nullable(),
    costMicros: z.int().nullable(),
    currency: z.string().nullable(),
    runId: z.string().nullable(),
    open: z.boolean().describe('still running: no end yet'),
    attributes: z.record(z.string(), z.unknown()),
    events: z.array(z.unknown()),
    links: z.array(z.unknown()),
  })
  .meta({ id: 'SpanItem' });
export type SpanItem = z.infer<typeof SpanItem>;
export const Trace = z
  .object({ traceId: z.string(), startedAt: Instant, durationMs: z.number(), spans: z.array(SpanItem) })
  .meta({ id: 'Trace' });
export const TraceSummary = z
  .object({
    traceId: z.string(),
    name: z.string(),
    service: z.string(),
    managed: z.boolean(),
    startedAt: Instant,
    durationMs: z.number(),
    spans: z.int(),
    errors: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costMicros: z.int(),
    runId: z.string().nullable(),
  })
  .meta({ id: 'TraceSummary' });
export const TracePage = pageOf(TraceSummary).meta({ id: 'TracePage' });

/**
 * One AI asset: an application, or a model, agent, tool or MCP server that was seen in use or is connected.
 */
export const AiAsset = z
  .object({
    id: z.uuid(),
    kind: z.enum(['application', 'agent', 'model', 'tool', 'mcp-server']),
    name: z.string(),
    provider: z.string().nullable(),
    environment: z.string().nullable(),
    /** The application in which it was seen; null for applications. */
    application: z.string().nullable(),
    managed: z.boolean(),
    firstSeenAt: Instant,
    lastSeenAt: Instant,
    calls: z.int(),
    errors: z.int(),
    inputTokens: z.int(),
    outputTokens: z.int(),
    costMicros: z.int(),
    currency: z.string().nullable(),
    sender: z.string().nullable().describe('instrumentation scope and SDK language that reported it'),
  })
  .meta({ id: 'AiAsset' });
export type AiAsset = z.infer<typeof AiAsset>;
export const AiAssetPage = pageOf(AiAsset).meta({ id: 'AiAssetPage' });

export const Overview = z
  .object({
    from: Instant,
    to: Instant,
    stepSeconds: z.int(),
    runs: z.object({
      started: z.int(),
      completed: z.int(),
      faulted: z.int(),
      cancelled: z.int(),
      active: z.int(),
      successShare: z.number().nullable(),
      p50Ms: z.number().nullable(),
      p95Ms: z.number().nullable(),
      costMicros: z.int(),
    }),
    previous: z
      .object({
        started: z.int(),
        successShare: z.number().nullable(),
        p50Ms: z.number().nullable(),
        costMicros: z.int(),
      })
      .describe('the same length of time just before'),
    reviews: z.object({ open: z.int(), oldestOpenAt: Instant.nullable() }),
    assets: z.object({ managed: z.int(), unmanaged: z.int() }),
    telemetry: z.object({ spansAccepted: z.int(), spansRejected: z.int(), spansDropped: z.int() }),
    points: z.array(MetricPoint),
  })
  .meta({ id: 'Overview' });
export type Overview = z.infer<typeof Overview>;
