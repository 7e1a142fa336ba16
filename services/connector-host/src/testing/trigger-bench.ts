import { randomUUID } from 'node:crypto';
import { uuidv7 } from '@tutti/contracts';
import type { Plugin } from '@tutti/plugin-sdk';
import { alignPluginTrigger, openHotPool, PluginTriggerStore, type PluginTriggerStatus } from '@tutti/store';
import type { Pool } from 'pg';
import { LocalHookReader } from '../triggers/local-hook-reader.js';
import { TriggerWorker } from '../triggers/trigger-worker.js';
import { HttpStub, json } from './http-stub.js';
import type { IsolatedHub } from './isolated-hub.js';
import { TestBus } from './test-bus.js';
import { TestHost } from './test-host.js';

export const PUBLIC_URL = 'https://hub.example.com';
const POLL_MS = 100;

interface BoundTrigger {
  trigger: string;
  options?: Record<string, unknown>;
  intervalMs?: number;
}

/** A hub with a plugin that has triggers, over a connection `main` to a stub. */
export class TriggerBench {
  host!: TestHost;
  stub!: HttpStub;
  store!: PluginTriggerStore;
  #pool!: Pool;
  #workers: TriggerWorker[] = [];

  /** Registers the hooks that start and stop it. */
  static use(plugin: Plugin): TriggerBench {
    const bench = new TriggerBench();
    beforeAll(async () => {
      bench.host = await TestHost.start(plugin);
    });
    beforeEach(async () => {
      bench.stub = await HttpStub.start();
      await bench.host.connect(plugin.name, { baseUrl: bench.stub.origin });
      bench.#begin();
    });
    afterEach(async () => {
      await bench.#end();
      await bench.stub.stop();
    });
    afterAll(() => bench.host.stop());
    return bench;
  }

  /** The same with a plugin in a process of its own. */
  static isolated(hub: IsolatedHub): TriggerBench {
    const bench = new TriggerBench();
    beforeEach(() => {
      Object.assign(bench, { host: hub.host, stub: hub.stub });
      bench.#begin();
    });
    afterEach(() => bench.#end());
    return bench;
  }

  #begin(): void {
    this.stub.behaviour = (_request, response) => json(response, 200, { items: [], next: 0 });
    this.#pool = openHotPool(this.host.test.connection);
    this.store = new PluginTriggerStore(this.#pool);
  }

  async #end(): Promise<void> {
    await this.endWorkers();
    await this.host.database.query(
      'DELETE FROM plugin_triggers; DELETE FROM trigger_events; DELETE FROM triggers',
    );
    await this.#pool.end();
  }

  /** Reads what is sent to triggers, as the host has it. */
  reader(): LocalHookReader {
    const { store } = this;
    return new LocalHookReader({
      ...this.host.host.triggerParts,
      store,
      bus: new TestBus(),
      publicUrl: PUBLIC_URL,
    });
  }

  /** Starts what works on triggers, as one host has it. */
  work(more: { owner?: string; publicUrl?: string | null } = {}): TriggerWorker {
    const worker = new TriggerWorker({
      ...this.host.host.triggerParts,
      store: this.store,
      owner: more.owner ?? uuidv7(),
      bus: new TestBus(),
      publicUrl: PUBLIC_URL,
      pollMs: POLL_MS,
      ...more,
    });
    this.#workers.push(worker);
    return worker;
  }

  async endWorkers(): Promise<void> {
    await Promise.all(this.#workers.splice(0).map((worker) => worker.close()));
  }

  /** Stores a trigger as the API does; gives its id. */
  async bind({ trigger, options = {}, intervalMs }: BoundTrigger): Promise<string> {
    const { database } = this.host;
    const id = uuidv7();
    await database.query(
      `INSERT INTO triggers (id, workspace_id, name, kind, namespace, workflow, content_hash, source, definition, created_by)
       VALUES ($1, 'default', $2, 'plugin', 'test', 'w', '', '', '{}', 'test')`,
      [id, `t-${randomUUID()}`],
    );
    await alignPluginTrigger(
      database,
      {
        id,
        workspaceId: 'default',
        connection: 'main',
        name: trigger,
        options: JSON.stringify(options),
        intervalMs: intervalMs ?? null,
        wanted: true,
        hookToken: randomUUID(),
      },
      false,
    );
    return id;
  }

  async status(id: string): Promise<PluginTriggerStatus> {
    const status = (await this.store.statusOf([id])).get(id);
    if (status === undefined) throw new Error('There is no such trigger.');
    return status;
  }

  /** What waits to become runs, in its order. */
  async events(
    id: string,
  ): Promise<{ id: string; key: string | null; data: unknown; problem: string | null }[]> {
    const rows = (await this.host.database.query(
      'SELECT event_id AS id, key, data, problem FROM trigger_events WHERE trigger_id = $1 ORDER BY sequence',
      [id],
    )) as { id: string; key: string | null; data: string; problem: string | null }[];
    return rows.map((row) => ({ ...row, data: JSON.parse(row.data) as unknown }));
  }
}
