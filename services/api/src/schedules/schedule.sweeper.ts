import {
  type BeforeApplicationShutdown,
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { SweepLoop } from '@tutti/store';
import { ScheduleFiring } from './schedule.firing.js';

/**
 * Looks for planned times that have come, when the next one comes and when a workflow was changed. Every
 * process of the API does, whoever is first takes them.
 */
@Injectable()
export class ScheduleSweeper implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly loop: SweepLoop;
  private readonly stopListening: () => void;

  constructor(@Inject(ScheduleFiring) firing: ScheduleFiring, @Inject(Bus) bus: Bus) {
    this.loop = new SweepLoop({
      sweep: async () => ((await firing.sweep()) ? 0 : firing.nextLookMs()),
      logger: new Logger(ScheduleSweeper.name),
      failed: 'Schedules cannot be looked at, which is tried again',
      works: 'Schedules are looked at again.',
    });
    this.stopListening = bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ kind, what }) => kind === 'definitions.changed' && what === 'workflow'))
        this.look();
    });
  }

  onApplicationBootstrap(): void {
    this.loop.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    this.stopListening();
    return this.loop.stop();
  }

  /** Looks at once, or again when it looks just now: a schedule was changed. */
  look(): void {
    this.loop.look();
  }
}
