import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { SweepLoop } from '@tutti/store';
import { ScheduleFiring } from './schedule.firing.js';

/** How often is looked for what this process was not told of: so late a run may begin. */
const LOOK_MS = 500;

/** Looks for planned times that have come. Every process of the API does, whoever is first takes them. */
@Injectable()
export class ScheduleSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: SweepLoop;

  constructor(@Inject(ScheduleFiring) firing: ScheduleFiring) {
    this.loop = new SweepLoop({
      sweep: async () => ((await firing.sweep()) ? 0 : LOOK_MS),
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
