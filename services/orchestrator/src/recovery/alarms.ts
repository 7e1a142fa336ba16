import { Injectable } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { RunStore } from '@tutti/store';
import { Clock } from '../turns/clock.js';
import { TurnMaker } from '../turns/turn-maker.js';
import { isDistributed } from './distributed.js';

/** How often the rows are looked at when no alarm is known to be nearer. */
export const SWEEP_MS = 500;
const DUE_MAX = 500;
/** A command that its publisher should have sent by now, but may have died before. */
const COMMAND_AGE_MS = 2_000;
/**
 * How long alarms wait after the bus was away. The results that hosts could not send meanwhile come first: a
 * call that was answered in time must not fault by its deadline because its answer, or its request, was held
 * up.
 */
const AFTER_AWAY_MS = 15_000;

/** Puts on the bus what is due: alarms, and commands whose publisher died. The rows are the truth. */
@Injectable()
export class Alarms {
  /** After this time another one takes what was taken here and not sent; tests make it small. */
  leaseMs = 30_000;
  private next: { atMs: number; timer: NodeJS.Timeout } | null = null;
  private sweeping = false;
  private stopped = false;
  private awayAt = -Infinity;
  private wasConnected = false;
  private onError: (error: Error) => void = () => undefined;

  constructor(
    private readonly store: RunStore,
    private readonly bus: Bus,
    private readonly maker: TurnMaker,
    private readonly clock: Clock,
  ) {}

  /** From now on alarms that are set in this process wake it in time. */
  start(onError: (error: Error) => void): void {
    this.onError = onError;
    this.maker.onAlarm = (wakeAtMs) => this.arm(wakeAtMs);
  }

  stop(): void {
    this.stopped = true;
    if (this.next) clearTimeout(this.next.timer);
  }

  /** One sweep at a time; one that fails (the database restarts) is reported and comes again. */
  async sweep(): Promise<void> {
    if (this.sweeping || this.stopped) return;
    this.sweeping = true;
    try {
      await this.sendDue();
      await this.sendCommands();
    } catch (error) {
      if (!this.stopped) this.onError(error as Error);
    }
    this.sweeping = false;
  }

  /**
   * Wakes the sweep at an alarm that comes before the next regular one. The row stays the truth; this only
   * saves waiting.
   */
  private arm(wakeAtMs: number): void {
    const delayMs = wakeAtMs - this.clock.now();
    if (this.stopped || delayMs > SWEEP_MS || (this.next && this.next.atMs <= wakeAtMs)) return;
    if (this.next) clearTimeout(this.next.timer);
    // One millisecond more, because timers may fire a fraction early.
    const timer = setTimeout(
      () => {
        this.next = null;
        void this.sweep();
      },
      Math.max(0, delayMs) + 1,
    );
    this.next = { atMs: wakeAtMs, timer };
  }

  /**
   * In one process its clock counts, as it does for whoever set the alarm; among several the database's.
   */
  private async sendDue(): Promise<void> {
    if (this.isHeldBack()) return;
    const due = await this.store.takeDue(isDistributed(this.bus) ? null : Date.now(), DUE_MAX, this.leaseMs);
    if (due.length === 0) return;
    await this.bus.publish(
      TOPICS.runInbox,
      due.map(({ runId, dueAtMs }) => ({ kind: 'run.due' as const, runId, dueAt: dueAtMs })),
    );
  }

  private isHeldBack(): boolean {
    // A bus that is only being joined for the first time was not away.
    if (this.bus.status().connected) this.wasConnected = true;
    else if (this.wasConnected) this.awayAt = performance.now();
    return performance.now() - this.awayAt < AFTER_AWAY_MS;
  }

  private async sendCommands(): Promise<void> {
    const commands = await this.store.takeCommands(COMMAND_AGE_MS, DUE_MAX);
    if (commands.length === 0) return;
    await this.bus.publish(
      TOPICS.runInbox,
      commands.map(({ id, runId, command }) => ({
        kind: 'run.commanded' as const,
        runId,
        commandId: id,
        command,
      })),
    );
  }
}
