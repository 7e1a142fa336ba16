import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { Bus } from '@tutti/bus';
import { TOPICS, type CallRequest, type CallSettled } from '@tutti/contracts';
import { Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { CallExecutor } from './call-executor.service.js';

const DRAIN_MS_MAX = 10_000;

/**
 * Takes call requests from the bus and answers to the run inbox, everything that settled in one tick in one
 * batch.
 */
@Controller()
export class CallController implements BeforeApplicationShutdown {
  private readonly logger = new Logger(CallController.name);
  private readonly underWay = new Set<Promise<void>>();
  private settled: CallSettled[] = [];
  private flushScheduled = false;

  constructor(
    private readonly executor: CallExecutor,
    private readonly bus: Bus,
  ) {}

  /** Starts the calls and returns: the bus gives the next batch while these are under way. */
  @EventPattern<string>(TOPICS.calls)
  accept(@Payload() requests: CallRequest[]): void {
    for (const request of requests) {
      const call = this.perform(request);
      this.underWay.add(call);
      void call.finally(() => this.underWay.delete(call));
    }
  }

  /**
   * Calls that are under way get a moment to end; what does not end is sent again by the orchestrator after
   * its timeout or restart.
   */
  async beforeApplicationShutdown(): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS_MAX);
    });
    await Promise.race([Promise.allSettled(this.underWay), late]);
    clearTimeout(timer);
    await this.flush();
  }

  private async perform(request: CallRequest): Promise<void> {
    const settled = await this.executor.execute(request);
    this.settled.push(settled);
    if (this.flushScheduled) return;
    this.flushScheduled = true;
    setImmediate(() => void this.flush());
  }

  private async flush(): Promise<void> {
    this.flushScheduled = false;
    const batch = this.settled;
    if (batch.length === 0) return;
    this.settled = [];
    try {
      await this.bus.publish(TOPICS.runInbox, batch);
    } catch (error) {
      // Nothing is lost for good: the calls stay outstanding in their runs and are sent again.
      this.logger.error(`${batch.length} results could not be published: ${(error as Error).message}`);
    }
  }
}
