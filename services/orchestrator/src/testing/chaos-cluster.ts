import { type CallOutcome, type CallRequest, type LifecycleMessage, TOPICS } from '@tutti/contracts';
import { type DatabaseConnection, openHotPool, RunStore } from '@tutti/store';
import type { Pool } from 'pg';
import { orchestratorOf, type TestHubDatabase } from '../testing.js';
import { ChaosBroker, ChaosBus, randomOf } from './chaos-broker.js';

/** One orchestrator process over the chaotic broker, with its own memory and its own connections. */
interface Process {
  bus: ChaosBus;
  pool: Pool;
  parts: ReturnType<typeof orchestratorOf>;
}

const named = ({ runId, callId }: CallRequest) => `${runId} ${callId}`;

/**
 * Several orchestrators and a host over one database and one bad broker. It notes what they sent, for the
 * invariants.
 */
export class ChaosCluster {
  readonly random: () => number;
  readonly broker: ChaosBroker;
  /** The API's connection: it lives through everything. */
  readonly api: ChaosBus;
  readonly heard: LifecycleMessage[] = [];
  /** How often an attempt was sent as one that is surely new. */
  readonly firstSends = new Map<string, number>();
  /** The idempotency keys with which a call was performed. */
  readonly keys = new Map<string, Set<string>>();
  performed = 0;
  redelivered = 0;
  private readonly processes: Process[] = [];
  private readonly ended: Promise<void>[] = [];

  constructor(
    private readonly database: TestHubDatabase,
    seed: number,
    private readonly answer: (request: CallRequest) => CallOutcome,
  ) {
    this.random = randomOf(seed);
    this.broker = new ChaosBroker(this.random);
    this.api = new ChaosBus(this.broker);
    this.api.subscribe(TOPICS.lifecycle, (messages) => {
      this.heard.push(...messages);
    });
  }

  get size(): number {
    return this.processes.length;
  }

  counters(): Record<string, number> {
    const all: Record<string, number> = {};
    for (const { parts } of this.processes)
      for (const [name, value] of Object.entries(parts.counters.read())) all[name] = (all[name] ?? 0) + value;
    return all;
  }

  /** A host that performs whatever it gets, also twice. */
  startHost(): void {
    const bus = new ChaosBus(this.broker);
    bus.consume(TOPICS.calls, (requests) =>
      requests.map(async (request) => {
        this.performed += 1;
        if (request.redelivered) this.redelivered += 1;
        const keys = this.keys.get(named(request)) ?? new Set();
        this.keys.set(named(request), keys.add(request.idempotencyKey));
        const { runId, callId, attempt } = request;
        const outcome = this.answer(request);
        await bus.publish(TOPICS.runInbox, [
          {
            kind: 'call.settled',
            runId,
            callId,
            attempt,
            outcome,
            startedAt: Date.now(),
            endedAt: Date.now(),
          },
        ]);
      }),
    );
  }

  async startOrchestrator(): Promise<void> {
    const pool = openHotPool(this.database.connection as DatabaseConnection);
    const bus = new ChaosBus(this.broker, (topic, messages) => {
      if (topic === TOPICS.calls) this.noteSends(messages as readonly CallRequest[]);
    });
    const store = new RunStore(pool);
    const parts = orchestratorOf({ dataSource: this.database.dataSource, pool, store }, bus);
    parts.orphans.ageMs = 300;
    parts.alarms.leaseMs = 1_000;
    parts.runs.limits.runs = 20;
    this.processes.push({ bus, pool, parts });
    bus.consume(TOPICS.runInbox, (messages, { repeats }) => parts.turns.enqueue(messages, repeats));
    await parts.sweeper.start();
  }

  /** Ends one: nothing of it is sent any more; the statement that it has begun may still be committed. */
  killOrchestrator(): void {
    const [process] = this.processes.splice(Math.floor(this.random() * this.processes.length), 1);
    if (process) this.ended.push(this.end(process));
  }

  /** Looks for orphans without waiting for the timer. */
  async lookForOrphans(): Promise<void> {
    await Promise.all(this.processes.map(({ parts }) => parts.orphans.look()));
  }

  async stop(): Promise<void> {
    for (const process of this.processes.splice(0)) this.ended.push(this.end(process));
    await Promise.all(this.ended);
    for (const member of this.broker.members) member.alive = false;
  }

  private noteSends(requests: readonly CallRequest[]): void {
    for (const request of requests) {
      if (request.redelivered) continue;
      const name = `${named(request)} ${request.attempt}`;
      this.firstSends.set(name, (this.firstSends.get(name) ?? 0) + 1);
    }
  }

  private async end({ bus, pool, parts }: Process): Promise<void> {
    bus.kill();
    await parts.sweeper.beforeApplicationShutdown();
    await pool.end();
  }
}
