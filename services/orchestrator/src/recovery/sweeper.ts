import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { TurnLoop } from '../turns/turn-loop.js';
import { Alarms, SWEEP_MS } from './alarms.js';
import { isDistributed } from './distributed.js';
import { Orphans } from './orphans.js';
import { Recovery } from './recovery.js';
import { Upkeep } from './upkeep.js';

const ORPHANS_MS = 5_000;
const KEEP_UP_MS = 3_000;
const PARTITIONS_MS = 3_600_000;
/** Losses that are heard of so soon after one another are one. */
const LOSS_MS = 1_000;

/**
 * Finds in the database what nobody sent, and puts it on the bus: every half second the due alarms and the
 * commands whose publisher died. For the bus of this process, after a start, also the runs in flight; for one
 * that joins several processes, the accepted runs whose acceptance was lost, and everything when the bus says
 * that it lost something.
 */
@Injectable()
export class Sweeper implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private timers: NodeJS.Timeout[] = [];
  private loss: NodeJS.Timeout | null = null;
  private stopped = false;

  constructor(
    private readonly bus: Bus,
    private readonly turns: TurnLoop,
    private readonly alarms: Alarms,
    private readonly recovery: Recovery,
    private readonly orphans: Orphans,
    private readonly upkeep: Upkeep,
  ) {}

  /** Call when the bus delivers: what is found is sent at once. */
  async start(): Promise<void> {
    const report = (error: Error) => this.report(error);
    if (isDistributed(this.bus)) {
      await this.upkeep.keepUp();
      this.bus.onLoss((reason) => this.hearLoss(reason));
      this.every(KEEP_UP_MS, () => this.upkeep.keepUp());
      this.every(ORPHANS_MS, () => this.orphans.look());
    } else {
      await this.recovery.recover();
    }
    this.alarms.start(report);
    this.every(SWEEP_MS, () => this.alarms.sweep());
    this.every(PARTITIONS_MS, () => this.upkeep.keepPartitions());
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.timers.forEach((timer) => clearInterval(timer));
    if (this.loss) clearTimeout(this.loss);
    this.alarms.stop();
    this.recovery.stop();
    await this.turns.drain();
  }

  /** Does work again and again, but never twice at once. */
  private every(ms: number, work: () => Promise<void>): void {
    let working = false;
    const once = async () => {
      if (working || this.stopped) return;
      working = true;
      await work().catch((error: unknown) => this.report(error as Error));
      working = false;
    };
    this.timers.push(setInterval(() => void once(), ms));
  }

  private hearLoss(reason: string): void {
    this.logger.warn(`The bus may have lost messages (${reason}); what is outstanding is sent again.`);
    if (this.loss) clearTimeout(this.loss);
    this.loss = setTimeout(() => void this.recoverAfterLoss(), LOSS_MS);
  }

  private async recoverAfterLoss(): Promise<void> {
    try {
      await this.recovery.recoverOnce();
    } catch (error) {
      this.report(error as Error);
      if (!this.stopped) this.loss = setTimeout(() => void this.recoverAfterLoss(), LOSS_MS);
    }
  }

  /** A sweep that fails (the database restarts) is reported and comes again. */
  private report(error: Error): void {
    if (!this.stopped) this.logger.warn(`A sweep failed and comes again: ${error.message}`);
  }
}
