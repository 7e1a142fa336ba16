import { newSpanId, type CallOutcome, type CallRequest, type LaterCall } from '@tutti/contracts';
import type { CallbackStore } from '@tutti/store';
import { formatTraceparent } from '@tutti/telemetry';
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import { logOriginOf, type Connection } from '../connections/connection.js';
import type { ConnectionWatch } from '../connections/connection-watch.js';
import type { PluginDatabases } from '../databases/plugin-databases.js';
import { watchedDatabase } from '../databases/watched-database.js';
import { ArtifactFiles } from '../files/artifact-files.js';
import type { SpanSink } from '../http/http-span.js';
import type { OriginPools } from '../http/origin-pools.js';
import { portOf } from '../http/connection-port.js';
import { publicAddress } from '../http/public-address.js';
import { LIMITS } from '../limits.js';
import type { PartialResult, PartialResults } from '../partials/partial-results.js';
import type { HostedCapability, PluginContext, Produced } from '../plugins/hosted-plugin.js';
import type { Reach } from '../plugins/reach.js';
import type { PluginPrograms } from '../processes/plugin-programs.js';
import type { ConnectionTokens } from '../tokens/connection-tokens.js';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { classifyError } from './classify-error.js';
import { failure, unknownOutcome, type Failure } from './outcomes.js';
import { pluginLog, type LogSink } from './plugin-log.js';
import { pricedUsage } from './priced-usage.js';

/** What attempts are made with. */
export interface AttemptParts {
  pools: OriginPools;
  spans: SpanSink;
  database: Pick<DataSource, 'query'>;
  pluginDatabases: PluginDatabases;
  log: LogSink;
  /** Where what is told before the output goes. */
  partials?: PartialResults | undefined;
  tokens: ConnectionTokens;
  programs: PluginPrograms;
  /** Told of calls and replies; absent: nobody counts. */
  watch?: ConnectionWatch | undefined;
  /** Where the addresses of callbacks are kept. */
  callbacks: CallbackStore;
  /** Where other systems reach the API; null: nobody said. */
  publicUrl: string | null;
}

/** One attempt of a capability: from the input to the outcome, without deadline, queue and span. */
export class Attempt {
  /** The span of the attempt, under which its HTTP requests lie. */
  readonly spanId = newSpanId();
  readonly #parts: AttemptParts;
  readonly #request: CallRequest;
  readonly #connection: Connection;
  readonly #capability: HostedCapability;
  #mayHaveHappened = false;
  #partialResult: PartialResult | undefined;
  #begunAtMs = 0;
  #firstPartialMs: number | undefined;

  constructor(
    parts: AttemptParts,
    of: { request: CallRequest; connection: Connection; capability: HostedCapability },
  ) {
    this.#parts = parts;
    this.#request = of.request;
    this.#connection = of.connection;
    this.#capability = of.capability;
  }

  /**
   * Whether something may have changed on the other side. Only a `write` cares: everything else can be
   * repeated.
   */
  get leftOpen(): boolean {
    return this.#mayHaveHappened && this.#capability.effect === 'write' && this.#request.later === undefined;
  }

  /** How long it took until the first part of the output was told; undefined: none was. */
  get firstPartialMs(): number | undefined {
    return this.#firstPartialMs;
  }

  /** Never rejects. */
  async perform(limits: { signal: AbortSignal; dueMs: number }): Promise<CallOutcome> {
    this.#begunAtMs = performance.now();
    try {
      return await this.#performed(limits);
    } finally {
      if (this.#partialResult !== undefined) this.#parts.partials?.end(this.#partialResult);
    }
  }

  async #callback(): Promise<string> {
    const { publicUrl, callbacks } = this.#parts;
    const { target } = this.#request;
    if (this.#capability.resume === undefined || target.kind !== 'capability')
      throw new Error('A capability without "resume" cannot be answered later.');
    const { workspaceId, runId, callId: position, idempotencyKey } = this.#request;
    const of = { workspaceId, runId, position, idempotencyKey, connection: target.connection };
    return publicAddress(publicUrl, `/v1/callbacks/${await callbacks.open(of)}`);
  }

  #partial(text: string): void {
    this.#firstPartialMs ??= performance.now() - this.#begunAtMs;
    this.#partialResult ??= this.#parts.partials?.begin(this.#request, this.#connection.redactor);
    this.#partialResult?.add(text);
  }

  async #performed(limits: { signal: AbortSignal; dueMs: number }): Promise<CallOutcome> {
    const input = this.#capability.input.safeParse(this.#request.input);
    if (!input.success) return invalidInput(tellIssues(issuesOf(input.error)));
    let reach: Reach;
    try {
      reach = await this.#connection.reach();
    } catch (error) {
      return classifyError(error);
    }
    const context = this.#context(input.data, reach, limits);
    if (this.#request.later !== undefined) return this.#resume(context, this.#request.later);
    if (!this.#request.redelivered || this.#capability.effect !== 'write') return this.#run(context);
    const before = await this.#reconciled(context);
    return before === 'did-not-happen' ? this.#run(context) : (before ?? openOutcome());
  }

  async #run(context: PluginContext): Promise<CallOutcome> {
    let outcome: CallOutcome;
    try {
      outcome = this.#checked(await this.#capability.run(context));
    } catch (error) {
      outcome = classifyError(error);
    }
    return outcome.status === 'failed' ? this.#settleWrite(context, outcome) : outcome;
  }

  /** Looks after a call that was begun before. */
  async #resume(context: PluginContext, later: LaterCall): Promise<CallOutcome> {
    if (this.#capability.resume === undefined) return cannotGoOn();
    try {
      return this.#checked(await this.#capability.resume({ ...context, later }));
    } catch (error) {
      return classifyError(error);
    }
  }

  /**
   * The author's word that a write was refused stands; everything else is asked back when it may have
   * happened.
   */
  async #settleWrite(context: PluginContext, failed: Failure): Promise<CallOutcome> {
    const refused = failed.fate === 'permanent' && failed.error.reason !== 'invalid-output';
    if (!this.leftOpen || refused) return failed;
    const found = await this.#reconciled(context);
    if (found === 'did-not-happen') return failed;
    return (
      found ?? unknownOutcome(failed, 'The write may have taken effect, and the other system cannot tell.')
    );
  }

  /**
   * What the other system knows of the write: its answer, that there was none, or null when it cannot tell.
   */
  async #reconciled(context: PluginContext): Promise<CallOutcome | 'did-not-happen' | null> {
    if (this.#capability.reconcile === undefined) return null;
    try {
      const found = await this.#capability.reconcile(context);
      if (found.happened !== true) return found.happened === 'unknown' ? null : 'did-not-happen';
      const outcome = this.#checked(found.produced);
      return outcome.status === 'succeeded' ? outcome : null;
    } catch (error) {
      context.log.warn('The reconciliation failed.', { error: (error as Error).message });
      return null;
    }
  }

  #checked(produced: Produced): CallOutcome {
    if (produced.pending !== undefined) return this.#promised(produced.pending);
    const output = this.#capability.output.safeParse(produced.output);
    if (!output.success) return invalidOutput(tellIssues(issuesOf(output.error)));
    const json = JSON.stringify(output.data) ?? 'null';
    if (Buffer.byteLength(json) > LIMITS.outputBytesMax) {
      return invalidOutput(
        `The output is larger than ${LIMITS.outputBytesMax} bytes: store it with files.write and return ` +
          `the reference.`,
      );
    }
    const confidence = confidenceOf(produced, output.data);
    const usage = produced.usage?.(output.data);
    return {
      status: 'succeeded',
      output: this.#connection.redactor.value(output.data),
      ...(confidence === undefined ? {} : { confidence }),
      ...(usage === undefined ? {} : { usage: pricedUsage(usage) }),
    };
  }

  #promised(given: unknown): CallOutcome {
    const pending = PendingPromise.safeParse(given);
    if (this.#capability.resume === undefined) return cannotGoOn();
    if (!pending.success) return invalidOutput(tellIssues(issuesOf(pending.error)));
    return { status: 'succeeded', output: null, pending: this.#connection.redactor.value(pending.data) };
  }

  #context(input: unknown, reach: Reach, limits: { signal: AbortSignal; dueMs: number }): PluginContext {
    const { request, connection, parts } = {
      request: this.#request,
      connection: this.#connection,
      parts: this.#parts,
    };
    const onMayHaveHappened = () => {
      this.#mayHaveHappened = true;
    };
    const { plugin } = connection.plugin;
    const about = {
      plugin: plugin.name,
      connection: connection.name,
      run: request.runId,
      trace: request.trace.traceId,
    };
    const files = new ArtifactFiles(parts.database, request.workspaceId);
    return {
      input,
      settings: connection.settings,
      idempotencyKey: request.idempotencyKey,
      traceparent: formatTraceparent({ traceId: request.trace.traceId, spanId: this.spanId }),
      mayHaveHappened: onMayHaveHappened,
      signal: limits.signal,
      partial: (text) => this.#partial(text),
      callback: () => this.#callback(),
      http: portOf(connection, {
        authorization: parts.tokens.of(connection, reach, {
          trace: { traceId: request.trace.traceId, spanId: this.spanId },
          timeoutMs: request.timeoutMs,
        }),
        repeatsWrites: this.#capability.effect !== 'write',
        pools: parts.pools,
        spans: parts.spans,
        parent: { traceId: request.trace.traceId, spanId: this.spanId },
        hosts: reach.hosts,
        defaults: reach.http,
        files,
        ...limits,
        onMayHaveHappened,
        replied: parts.watch?.repliesOf(connection),
      }),
      files,
      programs: parts.programs.of({ ...limits, name: `${request.workspaceId}/${connection.name}` }),
      database:
        plugin.database &&
        watchedDatabase(parts.pluginDatabases.portOf(plugin.database.schema), onMayHaveHappened),
      log: pluginLog(parts.log, {
        ...about,
        of: logOriginOf(connection),
        // The redactor learns of a session that is opened meanwhile.
        redact: (text) => connection.redactor.text(text),
      }),
    };
  }
}

function confidenceOf(produced: Produced, output: unknown): number | undefined {
  const own = (output as { confidence?: unknown } | null)?.confidence;
  const value = produced.confidence === undefined ? own : produced.confidence(output);
  return typeof value === 'number' && value >= 0 && value <= 1 ? value : undefined;
}

/** What a plugin may promise. */
const PendingPromise = z.object({
  state: z.json().refine((state) => JSON.stringify(state).length <= LIMITS.laterStateLengthMax, {
    error: `larger than ${LIMITS.laterStateLengthMax} characters`,
  }),
  againAfterMs: z.number().min(LIMITS.laterAgainMsMin).optional(),
  forMs: z.number().positive().max(LIMITS.laterMsMax),
});

function cannotGoOn(): Failure {
  return failure({
    fate: 'permanent',
    kind: 'configuration',
    status: 400,
    title: 'The capability cannot go on with a call',
    detail: 'It was begun to be answered later, and this version of the plugin has no "resume".',
    reason: 'rejected',
  });
}

function invalidInput(detail: string): Failure {
  const title = 'The input does not match the capability';
  return failure({ fate: 'permanent', kind: 'validation', status: 400, title, detail });
}

function invalidOutput(detail: string): Failure {
  const title = 'The output breaks the schema of the capability';
  return failure({
    fate: 'permanent',
    kind: 'validation',
    status: 502,
    title,
    detail,
    reason: 'invalid-output',
  });
}

function openOutcome(): Failure {
  return failure({
    fate: 'unknown',
    kind: 'communication',
    status: 500,
    title: 'The call may have taken effect before',
    detail:
      'The hub stopped while the call was under way, and the other system cannot tell whether it took ' +
      'effect.',
  });
}
