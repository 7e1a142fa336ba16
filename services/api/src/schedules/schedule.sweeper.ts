import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ScheduleFiring } from './schedule.firing.js';

/** How often schedules are looked at: so late a run may begin. */
const LOOK_MS = 500;

/** Looks for planned times that have come. Every process of the API does, whoever is first takes them. */
@Injectable()
export class ScheduleSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ScheduleSweeper.name);
  private timer: NodeJS.Timeout | undefined;
  private sweeping: Promise<void> | null = null;
  private stopped = false;
  private failing = false;

  constructor(@Inject(ScheduleFiring) private readonly firing: ScheduleFiring) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => this.look(), LOOK_MS).unref();
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.sweeping;
  }

  private look(): void {
    this.sweeping ??= this.sweep().finally(() => {
      this.sweeping = null;
    });
  }

  /** A sweep that fails (the database restarts) changed nothing and comes again by itself. */
  private async sweep(): Promise<void> {
    try {
      while (!this.stopped && (await this.firing.sweep()));
      if (this.failing) this.logger.log('Schedules are looked at again.');
      this.failing = false;
    } catch (error) {
      if (!this.failing && !this.stopped)
        this.logger.warn(`Schedules cannot be looked at, which is tried again: ${(error as Error).message}`);
      this.failing = true;
    }
  }
}
