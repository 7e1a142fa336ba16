import { Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type CallRequest, RUN_ENDED, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { outstandingCalls } from '@tutti/engine';
import { BusStateStore, RunStore } from '@tutti/store';
import { acceptanceOf, liveRunOf } from '../turns/live-run.js';
import { LiveRuns } from '../turns/live-runs.js';
import { callRequest } from '../turns/prepare-turn.js';
import { isDistributed } from './distributed.js';

const PAGE = 500;
/** Before every run. */
export const FIRST_ID = '00000000-0000-0000-0000-000000000000';
/**
 * The work that only one orchestrator does at a time, and since when the last one who did it to its end did.
 */
const NAME = 'orchestrator.recovery';
/** Pause of one who waits until another one is done. */
const WAIT_MS = 1_000;

/**
 * Sends again what the database says is outstanding, page by page: for a bus that holds nothing (the one of
 * this process, after a start) or that may have lost something.
 */
@Injectable()
export class Recovery {
  private readonly logger = new Logger(Recovery.name);
  private stopped = false;

  constructor(
    private readonly store: RunStore,
    private readonly bus: Bus,
    private readonly states: BusStateStore,
    private readonly runs: LiveRuns,
  ) {}

  stop(): void {
    this.stopped = true;
  }

  /**
   * After a loss that every orchestrator hears of at about the same time: one of them recovers, the others
   * wait and see that it was done.
   */
  async recoverOnce(): Promise<void> {
    const heardMs = await this.store.timeMs();
    const done = async () => Number((await this.states.get(NAME)) ?? 0) >= heardMs;
    while (!this.stopped && !(await done())) {
      const taken = await this.store.exclusively(NAME, async () => {
        if (await done()) return;
        const beganMs = await this.store.timeMs();
        await this.recover();
        if (!this.stopped) await this.states.set(NAME, String(beganMs));
      });
      if (!taken) await new Promise((again) => setTimeout(again, WAIT_MS));
    }
  }

  /**
   * Reads all runs in flight. Waiting ones are left to their alarms, since none of their calls is
   * outstanding.
   */
  async recover(): Promise<void> {
    let after = FIRST_ID;
    let found = 0;
    while (!this.stopped) {
      const ids = await this.store.unfinishedRuns(after, PAGE);
      if (ids.length === 0) break;
      await this.recoverPage(ids);
      found += ids.length;
      after = ids.at(-1) as string;
    }
    if (found > 0) this.logger.log(`${found} runs were in flight and go on.`);
  }

  /** Sends the acceptance of accepted runs that nobody began to decide. */
  async sendAcceptances(ids: readonly string[]): Promise<void> {
    const rows = await this.store.loadRuns(ids);
    const orphans = rows.filter(({ state, status }) => state === null && status === 'running');
    if (orphans.length > 0) await this.bus.publish(TOPICS.runInbox, orphans.map(acceptanceOf));
  }

  /**
   * One without a state starts from its input; calls that were outstanding are sent again, marked as such.
   * For one whose state cannot be read something rings, so that its owner faults it. A page is sent before
   * the next one is read, so that memory holds one.
   */
  private async recoverPage(ids: readonly string[]): Promise<void> {
    const calls: CallRequest[] = [];
    const toRuns: RunInboxMessage[] = [];
    const distributed = isDistributed(this.bus);
    for (const row of await this.store.loadRuns(ids)) {
      // The bus of this process lost nothing of what came after its start, which is in memory.
      if (RUN_ENDED.has(row.status) || (!distributed && this.runs.get(row.id))) continue;
      const run = liveRunOf(row);
      if (run.state) calls.push(...outstandingCalls(run.state).map((call) => callRequest(run, call, true)));
      else if (run.unreadable !== undefined) toRuns.push({ kind: 'run.due', runId: row.id });
      else if (row.status === 'running') toRuns.push(acceptanceOf(row));
    }
    if (calls.length > 0) await this.bus.publish(TOPICS.calls, calls);
    if (toRuns.length > 0) await this.bus.publish(TOPICS.runInbox, toRuns);
  }
}
