import type { CallOutcome, CallRequest, ProcessKind } from '@tutti/contracts';
import { ATTR, type FinishedSpan } from '@tutti/telemetry';
import type { Connection } from '../connections/connection.js';

/** Name of the attribute that holds the key under which a write can be found again. */
const IDEMPOTENCY_KEY = 'tutti.call.idempotency_key';

const PROCESS_KIND = 'tutti.process.kind';
const SCRIPT_LANGUAGE = 'tutti.script.language';

/** What a canonical capability of a model is called in the GenAI conventions. */
const MODEL_OPERATIONS: Readonly<Record<string, string>> = {
  'model.chat': 'chat',
  'model.classify': 'chat',
  'model.extract': 'chat',
  'model.embed': 'embeddings',
};

/** The span of one attempt of a capability. */
export function callSpan(of: {
  request: CallRequest;
  capability: string;
  connection: Connection | null;
  outcome: CallOutcome;
  /** From the beginning to the first part of a streamed output. */
  firstPartialMs?: number | undefined;
  spanId: string;
  startMs: number;
  endMs: number;
}): FinishedSpan {
  const { request, capability, connection, outcome } = of;
  const failed = outcome.status === 'failed';
  return {
    traceId: request.trace.traceId,
    spanId: of.spanId,
    parentSpanId: request.trace.spanId,
    name: `call ${capability}`,
    kind: 'internal',
    startMs: of.startMs,
    endMs: of.endMs,
    status: failed ? 'error' : 'unset',
    ...(failed ? { statusMessage: outcome.error.title } : {}),
    attributes: {
      ...requestAttributes(request),
      [ATTR.capability]: capability,
      ...(MODEL_OPERATIONS[capability] && { [ATTR.genAiOperation]: MODEL_OPERATIONS[capability] }),
      ...(connection === null ? {} : connectionAttributes(connection)),
      ...outcomeAttributes(outcome),
      ...(of.firstPartialMs === undefined ? {} : { [ATTR.genAiTimeToFirstChunk]: of.firstPartialMs / 1_000 }),
    },
  };
}

/** The span of one attempt of `run: script`, `run: shell` or `run: container`. */
export function processSpan(of: {
  request: CallRequest;
  kind: ProcessKind;
  language?: string;
  outcome: CallOutcome;
  spanId: string;
  /** The span below which it lies. */
  parentSpanId: string;
  startMs: number;
  endMs: number;
}): FinishedSpan {
  const { request, kind, language, outcome } = of;
  const failed = outcome.status === 'failed';
  return {
    traceId: request.trace.traceId,
    spanId: of.spanId,
    parentSpanId: of.parentSpanId,
    name: `run ${kind}`,
    kind: 'internal',
    startMs: of.startMs,
    endMs: of.endMs,
    status: failed ? 'error' : 'unset',
    ...(failed ? { statusMessage: outcome.error.title } : {}),
    attributes: {
      ...requestAttributes(request),
      [PROCESS_KIND]: kind,
      ...(language === undefined ? {} : { [SCRIPT_LANGUAGE]: language }),
      ...outcomeAttributes(outcome),
    },
  };
}

type Attributes = FinishedSpan['attributes'];

function requestAttributes(request: CallRequest): Attributes {
  const { policy, target } = request;
  return {
    [ATTR.workspaceId]: request.workspaceId,
    [ATTR.runId]: request.runId,
    [ATTR.workflowNamespace]: request.workflow.namespace,
    [ATTR.workflowName]: request.workflow.name,
    [ATTR.workflowVersion]: request.workflow.version,
    [ATTR.taskPosition]: request.task,
    [ATTR.taskName]: request.taskName,
    [ATTR.callId]: request.callId,
    [ATTR.attempt]: request.attempt,
    [ATTR.effect]: request.effect,
    [IDEMPOTENCY_KEY]: request.idempotencyKey,
    ...(target.kind === 'capability'
      ? { [ATTR.connection]: target.connection, [ATTR.capabilityVersion]: target.version }
      : {}),
    ...(policy === undefined ? {} : { [ATTR.policy]: policy.name, [ATTR.policyVersion]: policy.version }),
  };
}

function connectionAttributes(connection: Connection): Attributes {
  return { [ATTR.plugin]: connection.plugin.plugin.name, [ATTR.pluginVersion]: connection.plugin.version };
}

function outcomeAttributes(outcome: CallOutcome): Attributes {
  if (outcome.status === 'failed') return { [ATTR.errorType]: outcome.error.reason ?? outcome.error.type };
  const { confidence, usage } = outcome;
  const attributes: Attributes = {};
  if (confidence !== undefined) attributes[ATTR.confidence] = confidence;
  if (usage?.inputTokens !== undefined) attributes[ATTR.genAiInputTokens] = usage.inputTokens;
  if (usage?.cachedInputTokens !== undefined) attributes[ATTR.genAiCacheReadTokens] = usage.cachedInputTokens;
  if (usage?.outputTokens !== undefined) attributes[ATTR.genAiOutputTokens] = usage.outputTokens;
  if (usage?.model !== undefined) attributes[ATTR.genAiResponseModel] = usage.model;
  if (usage?.provider !== undefined) attributes[ATTR.genAiProvider] = usage.provider;
  if (usage?.costMicros !== undefined) attributes[ATTR.costMicros] = usage.costMicros;
  if (usage?.currency !== undefined) attributes[ATTR.costCurrency] = usage.currency;
  return attributes;
}
