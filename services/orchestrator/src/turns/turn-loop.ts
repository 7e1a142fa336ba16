import { Injectable, Logger } from '@nestjs/common';
import { Bus } from '@tutti/bus';
import { type LifecycleMessage, type RunInboxMessage, TOPICS } from '@tutti/contracts';
import { isDistributed } from '../recovery/distributed.js';
import { Inbox, type TurnBatch } from './inbox.js';
import { taskOf, type TurnTask } from './run-work.js';
import { TurnMaker } from './turn-maker.js';

/** Pause after a failed commit, doubled up to the longer one: the database may be restarting. */
const RETRY_MS_MIN = 50;
const RETRY_MS_MAX = 2_000;
/**
 * Committed turns whose calls and changes are not sent yet. Beyond it no further turn is taken: while the
 * transport is away memory must not fill with what it cannot take.
 */
const SENDING_TURNS_MAX = 32;
/** How long a stop waits for what is being sent. What was not sent is sent again by the next owner. */
const DRAIN_MS_MAX = 10_000;

/**
 * The heart of the orchestrator. It takes whatever has arrived, for however many runs, decides, commits all
 * of it in one transaction and then sends what follows. While one turn commits the next one's messages
 * gather, so load makes the batches larger, not the queue longer. Sending does not hold up the next turn.
 */
@Injectable()
export class TurnLoop {
  private readonly logger = new Logger(TurnLoop.name);
  private readonly inbox = new Inbox();
  private readonly sending = new Set<Promise<void>>();
  private current: TurnBatch | null = null;
  private busy = false;
  private running: Promise<void> = Promise.resolve();
  private draining = false;
  /** When the try that is under way began. */
  private tryingSince: number | null = null;
  private stopWaiting: () => void = () => undefined;
  private readonly stopping = new Promise<void>((resolve) => {
    this.stopWaiting = resolve;
  });

  /** Called with what a committed turn changed. */
  onChanges: (changes: readonly LifecycleMessage[]) => void = () => undefined;

  constructor(
    private readonly bus: Bus,
    private readonly turns: TurnMaker,
  ) {
    bus.onShards(() => {
      this.inbox.suspect();
      this.current?.suspect();
    });
  }

  /**
   * Takes messages; answers for each when it is done: its turn is committed, and the transport keeps what
   * followed from it. `repeats` says of each whether it may have been delivered before.
   */
  enqueue(messages: readonly RunInboxMessage[], repeats?: readonly boolean[]): Promise<void>[] {
    const done = this.inbox.add(messages, repeats);
    if (!this.busy && !this.draining) this.running = this.run();
    return done;
  }

  /**
   * For how long the turn under way has been tried without an answer; a database that is away answers, with
   * an error. Only a loop that hangs gets beyond minutes.
   */
  get tryingMs(): number {
    return this.tryingSince === null ? 0 : performance.now() - this.tryingSince;
  }

  /**
   * Ends after the turn that is under way is committed and sent. What is still in the inbox is never done
   * here: the transport or the database gives it to the next owner.
   */
  async drain(): Promise<void> {
    this.draining = true;
    this.stopWaiting();
    await this.running;
    let timer: NodeJS.Timeout | undefined;
    const enough = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, DRAIN_MS_MAX);
    });
    await Promise.race([Promise.all(this.sending), enough]);
    clearTimeout(timer);
  }

  private async run(): Promise<void> {
    this.busy = true;
    while (!this.inbox.empty && !this.draining) {
      if (this.sending.size >= SENDING_TURNS_MAX) {
        await Promise.race([...this.sending, this.stopping]);
        continue;
      }
      const batch = this.inbox.take() as TurnBatch;
      this.current = batch;
      const task = taskOf(batch, isDistributed(this.bus));
      if (await this.untilDone(task)) this.send(batch, task);
    }
    this.current = null;
    this.busy = false;
  }

  /** What a failed turn had not done yet is tried again; false when the loop ends before it could be. */
  private async untilDone(task: TurnTask): Promise<boolean> {
    for (let pauseMs = RETRY_MS_MIN; !this.draining; pauseMs = Math.min(pauseMs * 2, RETRY_MS_MAX)) {
      this.tryingSince = performance.now();
      try {
        await this.turns.make(task);
        return true;
      } catch (error) {
        this.logger.error(
          `A turn could not be committed and is tried again in ${pauseMs} ms: ${(error as Error).stack}`,
        );
        await new Promise((done) => setTimeout(done, pauseMs));
      } finally {
        this.tryingSince = null;
      }
    }
    return false;
  }

  /** Both are published before the next turn's, so that of each run they leave in order. */
  private send(batch: TurnBatch, { calls, toRuns, changes }: TurnTask): void {
    if (calls.length === 0 && toRuns.length === 0 && changes.length === 0) return batch.finished();
    this.onChanges(changes);
    const sent = Promise.all([
      calls.length > 0 ? this.bus.publish(TOPICS.calls, calls) : undefined,
      toRuns.length > 0 ? this.bus.publish(TOPICS.runInbox, toRuns) : undefined,
      changes.length > 0 ? this.bus.publish(TOPICS.lifecycle, changes) : undefined,
    ])
      .then(
        () => batch.finished(),
        // The bus was closed. The batch is not done, so its messages come again, here or to another owner.
        (error: unknown) => this.logger.warn(`A turn could not be sent: ${(error as Error).message}`),
      )
      .finally(() => this.sending.delete(sent));
    this.sending.add(sent);
  }
}
