import { SPAN_KINDS } from '@tutti/contracts';
import {
  DOTTED_PROVIDERS,
  FRAMEWORKS,
  KIND_SIGNS,
  NORMALISATION,
  PROVIDER_ALIASES,
  WILDCARD_PREFIXES,
  type NormalField,
  type NormalKind,
} from './normalisation.table.js';

/** What the hub understands of a span, whichever dialect it came in. Missing is undefined, never zero. */
export interface NormalSpan {
  kind: NormalKind;
  provider?: string;
  /** The framework, where a sender names it in the provider's place. */
  framework?: string;
  modelRequested?: string;
  modelAnswered?: string;
  inputTokens?: number;
  outputTokens?: number;
  cacheReadTokens?: number;
  cacheWriteTokens?: number;
  reasoningTokens?: number;
  /** As the sender reported it. */
  costUsd?: number;
  /** As a plugin of the hub reported it, in millionths of `costCurrency`. */
  costMicros?: number;
  costCurrency?: string;
  agentName?: string;
  agentId?: string;
  agentVersion?: string;
  workflowName?: string;
  step?: string;
  toolName?: string;
  toolCallId?: string;
  mcpServer?: string;
  conversationId?: string;
  userId?: string;
  promptName?: string;
  finishReasons?: readonly string[];
  responseId?: string;
  ttftS?: number;
  errorType?: string;
  runId?: string;
  workspaceId?: string;
}

export type SpanAttributes = Readonly<Record<string, unknown>>;

type Found = { [F in NormalField]?: unknown };
interface Place {
  field: NormalField;
  rank: number;
}

const WILDCARD = '*.';
const METADATA_RANK = 100;
const FIELDS = Object.keys(NORMALISATION) as NormalField[];
const PLACES = placesByAttribute();
/** `x` of `*.x`, for the keys of OpenInference's `metadata`. */
const METADATA_PLACES = metadataPlaces();
const KINDS: ReadonlySet<string> = new Set(SPAN_KINDS);

/**
 * Turns the attributes of a span into the one shape of the hub. Total: an unknown operation gives kind
 * `other`, a value of the wrong type counts as missing. One pass over the attributes, because this runs for
 * every span that arrives.
 */
export function normaliseSpan(attributes: SpanAttributes, isRoot: boolean): NormalSpan {
  const found = collect(attributes);
  const normal: NormalSpan = { kind: kindOf(found, isRoot) };
  fillIdentity(normal, found);
  fillModel(normal, found);
  fillUsage(normal, found);
  fillContext(normal, found);
  return normal;
}

function placesByAttribute(): Map<string, Place[]> {
  const places = new Map<string, Place[]>();
  const add = (name: string, place: Place) => places.set(name, [...(places.get(name) ?? []), place]);
  for (const field of FIELDS) {
    NORMALISATION[field].forEach((name, rank) => {
      if (!name.startsWith(WILDCARD)) return add(name, { field, rank });
      for (const prefix of WILDCARD_PREFIXES) add(prefix + name.slice(WILDCARD.length), { field, rank });
    });
  }
  return places;
}

function metadataPlaces(): Map<string, NormalField> {
  const places = new Map<string, NormalField>();
  for (const field of FIELDS) {
    for (const name of NORMALISATION[field])
      if (name.startsWith(WILDCARD)) places.set(name.slice(WILDCARD.length), field);
  }
  return places;
}

function collect(attributes: SpanAttributes): Found {
  const found: Found = {};
  const ranks: { [F in NormalField]?: number } = {};
  for (const name in attributes) {
    const places = PLACES.get(name);
    if (places === undefined) continue;
    const value = attributes[name];
    if (value === undefined || value === null || value === '') continue;
    for (const { field, rank } of places) {
      if (rank >= (ranks[field] ?? METADATA_RANK)) continue;
      ranks[field] = rank;
      found[field] = value;
    }
  }
  if (typeof attributes['metadata'] === 'string') collectMetadata(attributes['metadata'], found);
  return found;
}

/**
 * OpenInference packs the framework's metadata into one JSON string. Text that is no JSON object tells
 * nothing and stays a raw attribute.
 */
function collectMetadata(text: string, found: Found): void {
  if (!text.startsWith('{')) return;
  let metadata: Record<string, unknown>;
  try {
    metadata = JSON.parse(text) as Record<string, unknown>;
  } catch {
    return;
  }
  for (const [name, field] of METADATA_PLACES) found[field] ??= metadata[name] ?? undefined;
}

function kindOf(found: Found, isRoot: boolean): NormalKind {
  const own = text(found.hubKind);
  if (own !== undefined && KINDS.has(own)) return own as NormalKind;
  if (found.capability !== undefined) return capabilityKind(found);
  const corrected = correctedKind(found);
  if (corrected !== undefined) return corrected;
  for (const [field, kinds] of KIND_SIGNS) {
    const kind = kinds[text(found[field])?.toLowerCase() ?? ''];
    if (kind !== undefined)
      return kind === 'step' && field === 'openInferenceKind' && isRoot ? 'workflow' : kind;
  }
  return kindFromTraits(found);
}

/** A call that the hub made: of a model when the plugin reported one. */
function capabilityKind(found: Found): NormalKind {
  if (found.modelRequested === undefined && found.modelAnswered === undefined) return 'call';
  return /embed/.test(text(found.capability) ?? '') ? 'embedding' : 'llm';
}

/** Two senders are known to state a wrong operation beside the right sign of their own (standards.md 1.6). */
function correctedKind(found: Found): NormalKind | undefined {
  if (found.langsmithKind === 'retriever') return 'retrieval';
  return found.traceloopKind === 'workflow' ? 'workflow' : undefined;
}

function kindFromTraits(found: Found): NormalKind {
  if (found.mcpMethod !== undefined) return 'mcp';
  if (found.toolName !== undefined) return 'tool';
  // A stated operation that nobody knows is not a model call, so that its tokens are not summed by mistake.
  const isModelCall =
    found.operation === undefined &&
    found.vercelOperation === undefined &&
    (found.modelRequested !== undefined || found.modelAnswered !== undefined);
  if (isModelCall) return 'llm';
  return found.httpMethod !== undefined ? 'http' : 'other';
}

function fillIdentity(normal: NormalSpan, found: Found): void {
  if (found.runId !== undefined) normal.runId = text(found.runId);
  if (found.workspaceId !== undefined) normal.workspaceId = text(found.workspaceId);
  if (found.errorType !== undefined) normal.errorType = text(found.errorType);
  if (found.toolName !== undefined) normal.toolName = text(found.toolName);
  else if (normal.kind === 'call') normal.toolName = text(found.capability);
  if (found.toolCallId !== undefined) normal.toolCallId = text(found.toolCallId);
  if (found.mcpMethod !== undefined) normal.mcpServer = mcpServer(found);
}

function mcpServer(found: Found): string {
  const address = text(found.serverAddress);
  if (address !== undefined) return address;
  return text(found.transport) === 'pipe' ? 'stdio' : 'unknown';
}

function fillModel(normal: NormalSpan, found: Found): void {
  normal.modelRequested = text(found.modelRequested);
  normal.modelAnswered = text(found.modelAnswered);
  const named = text(found.provider)?.toLowerCase();
  if (named === undefined) return;
  if (FRAMEWORKS.has(named)) normal.framework = named;
  else normal.provider = canonicalProvider(named);
}

/**
 * The provider under the name of the GenAI conventions; `openai.chat` (Vercel) is cut, `aws.bedrock` is not.
 */
export function canonicalProvider(name: string): string {
  if (DOTTED_PROVIDERS.has(name)) return name;
  const whole = PROVIDER_ALIASES[name];
  if (whole !== undefined) return whole;
  const [first = name, second] = name.split('.');
  const two = second === undefined ? undefined : PROVIDER_ALIASES[`${first}.${second}`];
  return two ?? PROVIDER_ALIASES[first] ?? first;
}

function fillUsage(normal: NormalSpan, found: Found): void {
  normal.inputTokens = count(found.inputTokens);
  normal.outputTokens = count(found.outputTokens);
  normal.cacheReadTokens = count(found.cacheReadTokens);
  normal.cacheWriteTokens = count(found.cacheWriteTokens);
  normal.reasoningTokens = count(found.reasoningTokens);
  normal.costUsd = amount(found.costUsd);
  if (found.costMicros !== undefined) fillHubCost(normal, found);
  normal.ttftS = amount(found.ttftS);
  const ttftMs = amount(found.ttftMs);
  if (normal.ttftS === undefined && ttftMs !== undefined) normal.ttftS = ttftMs / 1000;
}

function fillHubCost(normal: NormalSpan, found: Found): void {
  normal.costMicros = amount(found.costMicros);
  normal.costCurrency = text(found.costCurrency);
}

function fillContext(normal: NormalSpan, found: Found): void {
  normal.agentName = agentName(normal.kind, found);
  normal.agentId = text(found.agentId);
  normal.agentVersion = text(found.agentVersion);
  normal.workflowName = text(found.workflowName);
  normal.step = text(found.step);
  normal.conversationId = text(found.conversationId);
  normal.userId = text(found.userId);
  normal.promptName = text(found.promptName);
  normal.responseId = text(found.responseId);
  if (found.finishReasons !== undefined) normal.finishReasons = reasons(found.finishReasons);
}

/**
 * Traceloop names every entity of its tree with one attribute; only on agent spans is it the agent's name.
 */
function agentName(kind: NormalKind, found: Found): string | undefined {
  if (found.agentName === undefined) return undefined;
  const isEntity = found.traceloopKind !== undefined && kind !== 'agent';
  return isEntity ? undefined : text(found.agentName);
}

function reasons(value: unknown): string[] | undefined {
  if (Array.isArray(value)) return value.map(String);
  return typeof value === 'string' ? value.split(', ') : undefined;
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined;
}

/** Above this a token count is a defect of the sender: it would not fit the column, nor any model. */
const TOKENS_MAX = 2_000_000_000;

function count(value: unknown): number | undefined {
  const number = amount(value);
  return number === undefined || number > TOKENS_MAX ? undefined : Math.round(number);
}

function amount(value: unknown): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === 'string' ? Number(value) : value;
  return typeof number === 'number' && Number.isFinite(number) && number >= 0 ? number : undefined;
}
