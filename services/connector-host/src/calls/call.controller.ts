import { Controller, type BeforeApplicationShutdown } from '@nestjs/common';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import type { BatchContext } from '@tutti/bus';
import { TOPICS, type CallRequest } from '@tutti/contracts';
import { CallIntake } from './call-intake.js';

/** Takes call requests from the bus. */
@Controller()
export class CallController implements BeforeApplicationShutdown {
  constructor(private readonly intake: CallIntake) {}

  /**
   * Starts the calls and says of each when it is done: the bus gives the next batch while these are under
   * way.
   */
  @EventPattern<string>(TOPICS.calls)
  accept(@Payload() requests: CallRequest[], @Ctx() context: BatchContext): Promise<void>[] {
    return this.intake.accept(requests, context.repeats);
  }

  /** Calls that are under way get a moment to end; what does not end is given to a host again. */
  async beforeApplicationShutdown(): Promise<void> {
    await this.intake.drain();
  }
}
