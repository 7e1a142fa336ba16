import { type Bus, encodeSpooled } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { INGEST_LIMITS, type IngestLimits, IngestUnavailable } from '../ingest/ingest.types.js';
import { describeRefusals, refusalOf } from '../ingest/span-mapper.js';
import { readSignal, readSpans, type TelemetryIntake } from '../intake/otlp-intake.js';
import type { Encoding, Partial, Signal } from '../otlp/answers.js';

export interface SpoolLimits extends Pick<IngestLimits, 'pendingBytesMax' | 'ageDaysMax' | 'aheadMsMax'> {
  /**
   * A sender is not kept waiting longer than this for the bus; it sends again, and the spans are known then.
   */
  publishMsMax: number;
}
const RETRY_AFTER_MS = 2_000;

/**
 * Takes export requests onto the bus: they are acknowledged when the bus keeps them durably, so a database
 * that is away for a while refuses nobody's telemetry. What cannot be decoded or stored is refused here as
 * everywhere.
 */
export class SpoolIntake implements TelemetryIntake {
  readonly #limits: IngestLimits & SpoolLimits;
  #pendingBytes = 0;

  constructor(
    private readonly bus: Bus,
    limits: globalThis.Partial<SpoolLimits> = {},
  ) {
    this.#limits = { ...INGEST_LIMITS, publishMsMax: 10_000, ...limits };
  }

  async accept(signal: Signal, encoding: Encoding, bytes: Buffer): Promise<Partial> {
    if (this.#pendingBytes > 0 && this.#pendingBytes + bytes.length > this.#limits.pendingBytesMax)
      throw new IngestUnavailable(
        'overloaded',
        RETRY_AFTER_MS,
        `${this.#pendingBytes} bytes of telemetry wait for the bus; send again later.`,
      );
    const refused = this.#refusalsOf(signal, encoding, bytes);
    this.#pendingBytes += bytes.length;
    const message = await encodeSpooled({ signal, encoding, fromHub: false, body: bytes });
    // The room is given back when the bus has the message, even if its sender has stopped waiting by then.
    const published = this.bus.publish(TOPICS.spans, [message]).finally(() => {
      this.#pendingBytes -= bytes.length;
    });
    await this.#inTime(published);
    return refused;
  }

  #refusalsOf(signal: Signal, encoding: Encoding, bytes: Buffer): Partial {
    const refusals = new Map<string, number>();
    if (signal !== 'traces') {
      readSignal(signal, encoding, bytes);
      return describeRefusals(refusals);
    }
    const nowMs = Date.now();
    for (const { spans } of readSpans(encoding, bytes)) {
      for (const span of spans) {
        const refusal = refusalOf(span, this.#limits, nowMs);
        if (refusal !== undefined) refusals.set(refusal, (refusals.get(refusal) ?? 0) + 1);
      }
    }
    return describeRefusals(refusals);
  }

  async #inTime(published: Promise<void>): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('it did not answer in time')), this.#limits.publishMsMax);
    });
    try {
      await Promise.race([published, late]);
    } catch (cause) {
      published.catch(() => undefined);
      throw new IngestUnavailable(
        'unavailable',
        RETRY_AFTER_MS,
        'The telemetry could not be put on the bus; send it again later.',
        { cause },
      );
    } finally {
      clearTimeout(timer);
    }
  }
}
