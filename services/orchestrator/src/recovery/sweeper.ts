import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type CallRequest, RUN_ENDED, TOPICS } from '@tutti/contracts';
import { outstandingCalls } from '@tutti/engine';
import { ensurePartitions, RunStore } from '@tutti/store';
import { DataSource } from 'typeorm';
import { liveRunOf } from '../turns/live-run.js';
import { LiveRuns } from '../turns/live-runs.js';
import { callRequest } from '../turns/prepare-turn.js';
import { TurnLoop } from '../turns/turn-loop.js';

const SWEEP_MS = 500;
const DUE_MAX = 500;
const PAGE = 500;
/** A command that its publisher should have sent by now, but may have died before. */
const COMMAND_AGE_MS = 2_000;
const PARTITIONS_MS = 3_600_000;

/**
 * Finds in the database what nobody sent: after a start the runs in flight, every half second the due alarms
 * and the commands whose publisher died.
 */
@Injectable()
export class Sweeper implements BeforeApplicationShutdown {
  private readonly logger = new Logger(Sweeper.name);
  private timers: NodeJS.Timeout[] = [];
  private alarm: { atMs: number; timer: NodeJS.Timeout } | null = null;
  private sweeping = false;
  private stopped = false;

  constructor(
    private readonly store: RunStore,
    private readonly bus: Bus,
    private readonly runs: LiveRuns,
    private readonly turns: TurnLoop,
    private readonly dataSource: DataSource,
  ) {}

  /** Call when the bus delivers: what is found is sent at once. */
  async start(): Promise<void> {
    await this.recover();
    this.turns.onAlarm = (wakeAtMs) => this.arm(wakeAtMs);
    this.timers = [
      setInterval(() => void this.sweep(), SWEEP_MS),
      setInterval(() => void this.reporting(() => ensurePartitions(this.dataSource)), PARTITIONS_MS),
    ];
  }

  async beforeApplicationShutdown(): Promise<void> {
    this.stopped = true;
    this.timers.forEach((timer) => clearInterval(timer));
    if (this.alarm) clearTimeout(this.alarm.timer);
    await this.turns.drain();
  }

  /**
   * Reads all runs in flight. One without a state starts from its input; calls that were outstanding are sent
   * again, marked as such.
   */
  private async recover(): Promise<void> {
    let after = '00000000-0000-0000-0000-000000000000';
    let found = 0;
    for (;;) {
      const ids = await this.store.unfinishedRuns(after, PAGE);
      if (ids.length === 0) break;
      await this.recoverPage(ids);
      found += ids.length;
      after = ids.at(-1) as string;
    }
    if (found > 0) this.logger.log(`${found} runs were in flight and go on.`);
  }

  private async recoverPage(ids: readonly string[]): Promise<void> {
    const calls: CallRequest[] = [];
    for (const row of await this.store.loadRuns(ids)) {
      if (this.runs.get(row.id) || RUN_ENDED.has(row.status)) continue;
      const run = liveRunOf(row);
      this.runs.add(run);
      if (run.state) {
        calls.push(...outstandingCalls(run.state).map((call) => callRequest(run, call, true)));
      } else {
        this.turns.enqueue([
          {
            kind: 'run.accepted',
            runId: run.id,
            workspaceId: run.workspaceId,
            workflowId: run.workflowId,
            workflow: run.workflow,
            trigger: run.trigger,
            input: JSON.parse(row.input),
            acceptedAt: run.startedAtMs,
            traceId: run.traceId,
            rootSpanId: run.rootSpanId,
            ...(run.parentSpanId ? { parentSpanId: run.parentSpanId } : {}),
            ...(run.retry ? { retry: run.retry } : {}),
          },
        ]);
      }
    }
    if (calls.length > 0) await this.bus.publish(TOPICS.calls, calls);
  }

  /**
   * Wakes the sweep at an alarm that comes before the next regular one. The row stays the truth; this only
   * saves waiting.
   */
  private arm(wakeAtMs: number): void {
    const delayMs = wakeAtMs - Date.now();
    if (delayMs > SWEEP_MS || (this.alarm && this.alarm.atMs <= wakeAtMs)) return;
    if (this.alarm) clearTimeout(this.alarm.timer);
    // One millisecond more, because timers may fire a fraction early.
    const timer = setTimeout(
      () => {
        this.alarm = null;
        void this.sweep();
      },
      Math.max(0, delayMs) + 1,
    );
    this.alarm = { atMs: wakeAtMs, timer };
  }

  private async sweep(): Promise<void> {
    if (this.sweeping || this.stopped) return;
    this.sweeping = true;
    await this.reporting(async () => {
      const due = await this.store.takeDue(Date.now(), DUE_MAX);
      this.turns.enqueue(due.map((runId) => ({ kind: 'run.due' as const, runId })));
      const commands = await this.store.waitingCommands(COMMAND_AGE_MS, DUE_MAX);
      this.turns.enqueue(
        commands.map(({ id, runId, command }) => ({
          kind: 'run.commanded' as const,
          runId,
          commandId: id,
          command,
        })),
      );
    });
    this.sweeping = false;
  }

  /** A sweep that fails (the database restarts) is reported and comes again. */
  private async reporting(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      if (!this.stopped) this.logger.warn(`A sweep failed and comes again: ${(error as Error).message}`);
    }
  }
}
