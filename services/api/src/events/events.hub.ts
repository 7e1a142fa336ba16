import { type LifecycleMessage, TOPICS, uuidv7 } from '@tutti/contracts';
import { Bus } from '@tutti/bus';
import { Inject, Injectable, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { API_CONFIG, ApiConfig } from '../config/api.config.js';
import { ProblemError } from '../problems/problem.error.js';
import { EventClient, type EventSink, type HubEvent } from './event-client.js';
import { LifecycleFeed } from './lifecycle.feed.js';

/**
 * Sends what changes to the clients of /v1/events, in one write per client and flush, however many runs
 * there are a second.
 */
@Injectable()
export class EventsHub implements OnModuleInit, OnApplicationShutdown {
  private readonly clients = new Set<EventClient>();
  private readonly boot = uuidv7();
  private sequence = 0;
  private timers: NodeJS.Timeout[] = [];
  private ends: (() => void)[] = [];

  constructor(
    @Inject(LifecycleFeed) private readonly feed: LifecycleFeed,
    @Inject(Bus) private readonly bus: Bus,
    @Inject(API_CONFIG) private readonly config: ApiConfig,
  ) {}

  onModuleInit(): void {
    this.ends = [
      this.bus.subscribe(TOPICS.lifecycle, (messages) => this.feed.deliver(messages)),
      this.feed.listen((message) => this.spread(message)),
    ];
    this.timers = [
      setInterval(() => this.flush(), this.config.eventFlushMs),
      setInterval(() => this.heartbeat(), this.config.heartbeatMs),
    ];
  }

  onApplicationShutdown(): void {
    this.ends.forEach((end) => end());
    this.timers.forEach((timer) => clearInterval(timer));
    this.release();
  }

  /** Ends every stream; the clients come again, to whoever serves then. */
  release(): void {
    for (const client of this.clients) client.end();
    this.clients.clear();
  }

  /**
   * Adds a client. One that comes back with the last event it saw may have missed some, and is told to read
   * everything again.
   */
  join(workspaceId: string, sink: EventSink, lastEventId: string | undefined): () => void {
    if (this.clients.size >= this.config.eventClientsMax) {
      throw new ProblemError(
        'too-many-requests',
        `More than ${this.config.eventClientsMax} clients listen already.`,
        { headers: { 'retry-after': '10' } },
      );
    }
    const client = new EventClient(workspaceId, sink, this.config.eventBufferMax);
    this.clients.add(client);
    client.greet(lastEventId !== undefined && lastEventId !== this.lastId(), this.lastId());
    return () => this.clients.delete(client);
  }

  private spread(message: LifecycleMessage): void {
    if (this.clients.size === 0) return;
    this.sequence += 1;
    const event = eventOf(message);
    for (const client of this.clients) {
      if (client.workspaceId === message.workspaceId) client.add(event);
    }
  }

  private flush(): void {
    for (const client of this.clients) client.flush(this.lastId());
  }

  private heartbeat(): void {
    for (const client of this.clients) client.heartbeat();
  }

  private lastId(): string {
    return `${this.boot}:${this.sequence}`;
  }
}

function eventOf(message: LifecycleMessage): HubEvent {
  if (message.kind === 'review.changed') {
    const { reviewId, runId, status } = message;
    return { name: 'review.changed', subject: reviewId, data: JSON.stringify({ reviewId, runId, status }) };
  }
  const { runId, status, revision, workflow } = message;
  return {
    name: 'run.changed',
    subject: runId,
    data: JSON.stringify({
      runId,
      status,
      revision,
      workflow: { namespace: workflow.namespace, name: workflow.name },
    }),
  };
}
