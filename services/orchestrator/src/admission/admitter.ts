import {
  type BeforeApplicationShutdown,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
} from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type LifecycleMessage, RUN_ENDED, TOPICS } from '@tutti/contracts';
import { RunAdmission, RunPlaces } from '@tutti/store';
import { TurnLoop } from '../turns/turn-loop.js';

/** What ends within this time is looked at together. */
const GATHER_MS = 10;
/** How often everything is looked at, for the messages that were lost. */
const SWEEP_MS = 500;
const FULL_SWEEP_EVERY = 4;
const ENDED_MAX = 5_000;

/**
 * Lets waiting runs in when others end. It hears of the ends from the turns of this process; the sweep in the
 * database makes sure that an end which nobody told of only delays. While no run is limited it does next to
 * nothing.
 */
@Injectable()
export class Admitter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(Admitter.name);
  private ended: string[] = [];
  /** Whether any run has a place or waits for one, as of the last sweep. */
  private needed = false;
  private due = false;
  private timer: NodeJS.Timeout | null = null;
  private sweeper: NodeJS.Timeout | null = null;
  private sweeps = 0;
  private working: Promise<void> | null = null;
  private stopped = false;

  constructor(
    private readonly admission: RunAdmission,
    private readonly places: RunPlaces,
    private readonly bus: Bus,
    private readonly turns: TurnLoop,
  ) {}

  onApplicationBootstrap(): void {
    this.turns.onChanges = (changes) => this.hear(changes);
    this.sweeper = setInterval(() => void this.sweep(), SWEEP_MS);
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    if (this.sweeper) clearInterval(this.sweeper);
    if (this.timer) clearTimeout(this.timer);
    await this.working;
  }

  /** Hears what turns have changed; each orchestrator looks after the ends of its own runs. */
  private hear(messages: readonly LifecycleMessage[]): void {
    if (!this.needed || this.stopped) return;
    for (const message of messages) {
      if (message.kind !== 'run.changed') continue;
      this.due = true;
      if (RUN_ENDED.has(message.status) && this.ended.length < ENDED_MAX) this.ended.push(message.runId);
    }
    if (this.due) this.timer ??= setTimeout(() => this.admitGathered(), GATHER_MS);
  }

  private admitGathered(): void {
    this.timer = null;
    if (this.working !== null || this.stopped) return;
    const ended = this.ended;
    this.ended = [];
    this.due = false;
    this.working = this.admit(ended).finally(() => {
      this.working = null;
      if (this.due && !this.stopped) this.timer ??= setTimeout(() => this.admitGathered(), GATHER_MS);
    });
  }

  /** Looks whether anybody waits at all; every fourth time at all places, whatever was heard. */
  private async sweep(): Promise<void> {
    if (this.working !== null || this.stopped) return;
    this.working = this.lookAround().finally(() => {
      this.working = null;
    });
    await this.working;
  }

  private async lookAround(): Promise<void> {
    try {
      const before = this.needed;
      this.needed = await this.places.any();
      this.sweeps += 1;
      if (this.needed && (!before || this.sweeps % FULL_SWEEP_EVERY === 0)) await this.admit(null);
    } catch (error) {
      this.report(error as Error);
    }
  }

  private async admit(ended: readonly string[] | null): Promise<void> {
    try {
      const messages = await this.admission.admit(ended);
      if (messages.length > 0) await this.bus.publish(TOPICS.runInbox, messages);
    } catch (error) {
      // The sweep looks at all of them again.
      this.report(error as Error);
    }
  }

  private report(error: Error): void {
    if (!this.stopped)
      this.logger.warn(`Waiting runs could not be admitted; it is tried again: ${error.message}`);
  }
}
