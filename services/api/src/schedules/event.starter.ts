import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SweepLoop } from '@tutti/store';
import { EventStarts } from './event.starts.js';

/** How often is looked for what this process was not told of: so late a run may begin. */
const LOOK_MS = 500;
/** How often is looked for sets of events that are too old. */
const EXPIRE_MS = 600_000;

/** Looks for events that start workflows. Every process of the API does, whoever is first takes them. */
@Injectable()
export class EventStarter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: SweepLoop;
  private readonly expiring: SweepLoop;

  constructor(@Inject(EventStarts) starts: EventStarts) {
    this.loop = new SweepLoop({
      sweep: async () => ((await starts.sweep()) ? 0 : LOOK_MS),
      logger: new Logger(EventStarter.name),
      failed: 'Events that start workflows cannot be looked for yet',
      works: 'Events that start workflows are looked for again.',
    });
    this.expiring = new SweepLoop({
      sweep: async () => ((await starts.expireSets()) ? 0 : EXPIRE_MS),
      logger: new Logger(EventStarter.name),
      failed: 'Old sets of events cannot be looked for yet',
      works: 'Old sets of events are looked for again.',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
    this.expiring.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.loop.stop(), this.expiring.stop()]);
  }

  /** Looks at once, or again when it looks just now. */
  look(): void {
    this.loop.look();
  }
}
