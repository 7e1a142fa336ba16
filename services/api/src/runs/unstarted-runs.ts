import { Inject, Injectable, type OnApplicationShutdown } from '@nestjs/common';
import { LifecycleFeed } from '../events/lifecycle.feed.js';

/** What was sent and not heard of for so long does not count any more: the message may have been lost. */
const FORGET_MS = 60_000;
const LOOK_MS = 10_000;

interface Sent {
  workflowId: string;
  atMs: number;
}

/** How many runs of each workflow this process accepted that nobody has begun yet. */
@Injectable()
export class UnstartedRuns implements OnApplicationShutdown {
  private readonly sent = new Map<string, Sent>();
  private readonly counts = new Map<string, number>();
  private readonly timer: NodeJS.Timeout;
  private readonly stopListening: () => void;

  constructor(@Inject(LifecycleFeed) feed: LifecycleFeed) {
    this.stopListening = feed.listen((message) => {
      if (message.kind === 'run.changed') this.begun(message.runId);
    });
    this.timer = setInterval(() => this.forgetOld(), LOOK_MS).unref();
  }

  onApplicationShutdown(): void {
    this.stopListening();
    clearInterval(this.timer);
  }

  of(workflowId: string): number {
    return this.counts.get(workflowId) ?? 0;
  }

  add(runId: string, workflowId: string): void {
    this.sent.set(runId, { workflowId, atMs: Date.now() });
    this.counts.set(workflowId, this.of(workflowId) + 1);
  }

  private begun(runId: string): void {
    const sent = this.sent.get(runId);
    if (sent === undefined) return;
    this.sent.delete(runId);
    const left = this.of(sent.workflowId) - 1;
    if (left > 0) this.counts.set(sent.workflowId, left);
    else this.counts.delete(sent.workflowId);
  }

  /** The oldest come first, in the order in which they were sent. */
  private forgetOld(): void {
    const before = Date.now() - FORGET_MS;
    for (const [runId, { atMs }] of this.sent) {
      if (atMs > before) return;
      this.begun(runId);
    }
  }
}
