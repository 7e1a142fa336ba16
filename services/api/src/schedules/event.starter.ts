import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { EventStarts } from './event.starts.js';

/** How often events are looked for that this process was not told of: so late a run may begin. */
const LOOK_MS = 500;

/** Looks for events that start workflows. Every process of the API does, whoever is first takes them. */
@Injectable()
export class EventStarter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(EventStarter.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private again = false;
  private stopped = false;
  private failing = false;

  constructor(@Inject(EventStarts) private readonly starts: EventStarts) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  /** Looks at once, or again when it looks just now. */
  look(): void {
    this.again = true;
    this.sweeping ??= this.sweep().finally(() => {
      this.sweeping = null;
    });
  }

  /** A sweep that fails (the database restarts) changed nothing and comes again by itself. */
  private async sweep(): Promise<void> {
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        if (await this.starts.sweep()) this.again = true;
      }
      if (this.failing) this.logger.log('Events that start workflows are looked for again.');
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.logger.warn(`Events that start workflows cannot be looked for yet: ${(error as Error).message}`);
      this.failing = true;
    }
  }
}
