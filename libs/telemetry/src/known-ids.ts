import { newSpanId, newTraceId } from '@tutti/contracts';
import type { IdGenerator } from '@opentelemetry/sdk-trace';

/**
 * Makes ids, and hands out given ones on demand: a run's root span gets its id when the run is accepted and is written when it ends, perhaps by
 * another process. `useOnce` and the tracer's call follow each other without an await between, so nothing else can take the ids.
 */
export class KnownIdGenerator implements IdGenerator {
  #traceId: string | undefined;
  #spanId: string | undefined;

  useOnce(traceId: string, spanId: string): void {
    this.#traceId = traceId;
    this.#spanId = spanId;
  }

  /** A tracer asks for no trace id when the span has a parent; what was not asked for must not leak into the next span. */
  clear(): void {
    this.#traceId = undefined;
    this.#spanId = undefined;
  }

  readonly generateTraceId = (): string => this.#traceId ?? newTraceId();

  readonly generateSpanId = (): string => this.#spanId ?? newSpanId();
}
