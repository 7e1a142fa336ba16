import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { ScheduleFiring } from './schedule.firing.js';
import { SweepLoop } from './sweep-loop.js';

/** Looks for planned times that have come. Every process of the API does, whoever is first takes them. */
@Injectable()
export class ScheduleSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: SweepLoop;

  constructor(@Inject(ScheduleFiring) firing: ScheduleFiring) {
    this.loop = new SweepLoop({
      sweep: () => firing.sweep(),
      logger: new Logger(ScheduleSweeper.name),
      failed: 'Schedules cannot be looked at, which is tried again',
      works: 'Schedules are looked at again.',
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.loop.stop();
  }
}
