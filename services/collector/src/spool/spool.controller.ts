import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Inject } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { decodeSpooled } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { COLLECTOR_CONFIG, type CollectorConfig } from '../collector.config.js';
import { IngestUnavailable } from '../ingest/ingest.types.js';
import { OtlpIntake } from '../intake/otlp-intake.js';

/** Messages that are decoded and stored at a time; the bus keeps the others. */
const LANES = 16;

/**
 * Stores what waits on the bus. A message is done when it is committed; what cannot be read is a dead letter.
 */
@Controller()
export class SpoolController {
  private readonly lanes = Array.from({ length: LANES }, () => Promise.resolve());
  private next = 0;

  constructor(
    @Inject(OtlpIntake) private readonly intake: OtlpIntake,
    @Inject(COLLECTOR_CONFIG) private readonly config: CollectorConfig,
  ) {}

  @EventPattern<string>(TOPICS.spans)
  take(@Payload() messages: Uint8Array[]): Promise<void>[] {
    return messages.map((message) => {
      const lane = this.next++ % LANES;
      const stored = (this.lanes[lane] as Promise<void>).then(() => this.store(message));
      this.lanes[lane] = stored.catch(() => undefined);
      return stored;
    });
  }

  private async store(message: Uint8Array): Promise<void> {
    const { body, ...about } = await decodeSpooled(message, this.config.requestBytesMax);
    const request = { ...about, bytes: Buffer.from(body.buffer, body.byteOffset, body.byteLength) };
    for (;;) {
      try {
        await this.intake.store(request);
        return;
      } catch (error) {
        // The database is away or behind: the message waits here, and the ones after it on the bus.
        if (!(error instanceof IngestUnavailable)) throw error;
        await sleep(error.retryAfterMs);
      }
    }
  }
}
