import { type Bus, type EventSink, InProcessBus } from '@tutti/bus';
import {
  type CallOutcome,
  type CallRequest,
  newSpanId,
  newTraceId,
  type RunAccepted,
  type RunInboxMessage,
  TOPICS,
  uuidv7,
} from '@tutti/contracts';
import {
  BusStateStore,
  Counters,
  type DatabaseConnection,
  EventOutbox,
  EventStore,
  openDatabase,
  openHotPool,
  PayloadStore,
  RunStore,
} from '@tutti/store';
import { createTestDatabase, type TestDatabase } from '@tutti/testing';
import { contentHash, parseWorkflow } from '@tutti/workflow';
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { Children } from './children/children.js';
import { DefinitionCache } from './definitions/definition-cache.js';
import { EventPublisher } from './events/event-publisher.js';
import { HubEvents } from './events/hub-events.js';
import { Alarms } from './recovery/alarms.js';
import { Orphans } from './recovery/orphans.js';
import { Recovery } from './recovery/recovery.js';
import { Sweeper } from './recovery/sweeper.js';
import { Upkeep } from './recovery/upkeep.js';
import { Clock } from './turns/clock.js';
import { Decider } from './turns/decider.js';
import { LiveRuns } from './turns/live-runs.js';
import { TurnLoop } from './turns/turn-loop.js';
import { TurnMaker } from './turns/turn-maker.js';

/**
 * Answers calls in the place of the connector host, over the bus as the real one does. Undefined: the call
 * stays outstanding.
 */
export type Answerer = (request: CallRequest) => CallOutcome | undefined;

/** The parts of one orchestrator, as its module puts them together. */
export function orchestratorOf(
  at: {
    dataSource: DataSource;
    pool: Pool;
    store?: RunStore | undefined;
    sinks?: readonly EventSink[] | undefined;
  },
  bus: Bus,
): {
  counters: Counters;
  clock: Clock;
  definitions: DefinitionCache;
  events: EventPublisher;
  outbox: EventOutbox;
  runs: LiveRuns;
  turns: TurnLoop;
  alarms: Alarms;
  orphans: Orphans;
  recovery: Recovery;
  sweeper: Sweeper;
} {
  const store = at.store ?? new RunStore(at.pool);
  const counters = new Counters();
  const clock = new Clock(store);
  const definitions = new DefinitionCache(at.dataSource);
  const runs = new LiveRuns(store, bus);
  const outbox = new EventOutbox(at.pool);
  const hub = new HubEvents(at.pool, outbox, new EventStore(at.pool), bus, counters);
  const events = new EventPublisher(outbox, counters, hub, at.sinks ?? null);
  const decider = new Decider(store, definitions, new Children(at.pool));
  const maker = new TurnMaker(store, decider, runs, clock, counters, events);
  const turns = new TurnLoop(bus, maker);
  const alarms = new Alarms(store, bus, maker, clock);
  const recovery = new Recovery(store, bus, new BusStateStore(at.pool), runs);
  const orphans = new Orphans(store, bus, recovery, counters);
  const upkeep = new Upkeep(at.dataSource, new PayloadStore(at.pool), definitions, clock);
  const sweeper = new Sweeper(bus, turns, alarms, recovery, orphans, upkeep);
  return { counters, clock, definitions, events, outbox, runs, turns, alarms, orphans, recovery, sweeper };
}

/** One orchestrator with its own memory, as a process would have it; several share a database. */
export class TestOrchestrator {
  readonly bus = new InProcessBus();
  readonly calls: CallRequest[] = [];
  readonly turns: TurnLoop;
  readonly sweeper: Sweeper;
  readonly counters: Counters;
  readonly events: EventPublisher;
  readonly outbox: EventOutbox;

  constructor(database: TestHubDatabase, answer: Answerer, sinks?: readonly EventSink[]) {
    const { dataSource, pool, store } = database;
    const parts = orchestratorOf({ dataSource, pool, store, sinks }, this.bus);
    const { turns, sweeper, counters } = parts;
    this.events = parts.events;
    this.outbox = parts.outbox;
    this.turns = turns;
    this.sweeper = sweeper;
    this.counters = counters;
    this.bus.subscribe(TOPICS.runInbox, (messages, { repeats }) => this.turns.enqueue(messages, repeats));
    this.bus.subscribe(TOPICS.calls, (requests) => {
      this.calls.push(...requests);
      const settled = requests.flatMap((request): RunInboxMessage[] => {
        const outcome = answer(request);
        const { runId, callId, attempt } = request;
        return outcome
          ? [
              {
                kind: 'call.settled',
                runId,
                callId,
                attempt,
                outcome,
                startedAt: Date.now(),
                endedAt: Date.now(),
              },
            ]
          : [];
      });
      void this.bus.publish(TOPICS.runInbox, settled);
    });
  }

  start(): Promise<void> {
    return this.sweeper.start();
  }

  stop(): Promise<void> {
    return this.sweeper.beforeApplicationShutdown();
  }
}

export interface RunRow {
  status: string;
  output: string | null;
  error: string | null;
}

/** A database with the hub's schema, and the few statements that the tests need. */
export class TestHubDatabase {
  private constructor(
    private readonly database: TestDatabase,
    readonly dataSource: DataSource,
    readonly pool: Pool,
    readonly store: RunStore,
  ) {}

  get connection(): TestDatabase['connection'] {
    return this.database.connection;
  }

  static async open(): Promise<TestHubDatabase> {
    const database = await createTestDatabase();
    const dataSource = await openDatabase(database.connection as DatabaseConnection);
    const pool = openHotPool(database.connection);
    return new TestHubDatabase(database, dataSource, pool, new RunStore(pool));
  }

  async close(): Promise<void> {
    await this.pool.end();
    await this.dataSource.destroy();
    await this.database.drop();
  }

  /** Applies a workflow and answers what is needed to start runs of it. */
  async apply(
    text: string,
  ): Promise<{ workflowId: string; versionId: string; namespace: string; name: string }> {
    const { document, findings } = parseWorkflow(text);
    if (!document) throw new Error(JSON.stringify(findings));
    const [workflowId, versionId] = [uuidv7(), uuidv7()];
    const { namespace, name, version } = document.document;
    await this.dataSource.query(
      `INSERT INTO workflows (id, workspace_id, namespace, name) VALUES ($1, 'default', $2, $3)`,
      [workflowId, namespace, name],
    );
    await this.dataSource.query(
      `INSERT INTO workflow_versions (id, workspace_id, workflow_id, version, content_hash, source, definition, created_by)
      VALUES ($1, 'default', $2, $3, $4, $5, $6, 'test')`,
      [versionId, workflowId, version, contentHash(document), text, JSON.stringify(document)],
    );
    await this.dataSource.query('UPDATE workflows SET current_version_id = $2 WHERE id = $1', [
      workflowId,
      versionId,
    ]);
    return { workflowId, versionId, namespace, name };
  }

  /** Accepts a run as the API does; the message is for the caller to publish, or to lose. */
  async accept(
    workflow: Awaited<ReturnType<TestHubDatabase['apply']>>,
    input: unknown,
    retry?: RunAccepted['retry'],
  ): Promise<RunAccepted> {
    const id = uuidv7();
    const [traceId, rootSpanId] = [newTraceId(), newSpanId()];
    await this.store.acceptRuns([
      {
        id,
        workspaceId: 'default',
        workflowId: workflow.workflowId,
        workflowVersionId: workflow.versionId,
        trigger: 'api',
        traceId,
        rootSpanId,
        input: JSON.stringify(input),
        ...(retry ? { retry } : {}),
      },
    ]);
    return {
      kind: 'run.accepted',
      runId: id,
      workspaceId: 'default',
      workflowId: workflow.workflowId,
      trigger: 'api',
      input,
      acceptedAt: Date.now(),
      traceId,
      rootSpanId,
      workflow: {
        namespace: workflow.namespace,
        name: workflow.name,
        version: '1.0.0',
        versionId: workflow.versionId,
      },
      ...(retry ? { retry } : {}),
    };
  }

  async run(id: string): Promise<RunRow | undefined> {
    const rows = (await this.dataSource.query('SELECT status, output, error FROM runs WHERE id = $1', [
      id,
    ])) as RunRow[];
    return rows[0];
  }

  /** The run once it has ended, else undefined: for `eventually`. */
  async ended(id: string): Promise<RunRow | undefined> {
    const row = await this.run(id);
    return row && ['completed', 'faulted', 'cancelled'].includes(row.status) ? row : undefined;
  }
}
