import type { CallOutcome, CallRequest, ConnectionError } from '@tutti/contracts';
import {
  type ConnectionTold,
  type ConnectionUse,
  type ConnectionUseStore,
  DURATION_BUCKETS_MS,
  durationBucket,
} from '@tutti/store';
import type { IncomingHttpHeaders } from 'node:http';
import { headroomOf, tellsHeadroom } from '../http/headroom.js';
import type { Connection } from './connection.js';

/** How often what was seen is written, over all connections of the process. */
const WRITE_EVERY_MS = 2_000;
const HOUR_MS = 3_600_000;
const TITLE_LENGTH_MAX = 300;

interface Reply {
  atMs: number;
  headers: IncomingHttpHeaders;
}

/** How a call of a capability ended. */
export interface EndedCall {
  request: CallRequest;
  capability: string;
  connection: string;
  outcome: CallOutcome;
  startMs: number;
  endMs: number;
}

/**
 * What the connections of this process do: calls by the hour, the newest failure, and what replies tell of
 * quotas. A call costs two look-ups in memory; a write of all of it comes every two seconds while there are
 * calls. A host that is killed forgets what was not written.
 */
export class ConnectionWatch {
  readonly #store: ConnectionUseStore;
  readonly #onFailure: (error: Error) => void;
  #uses = new Map<string, ConnectionUse>();
  #errors = new Map<string, ConnectionError>();
  #replies = new Map<string, Reply>();
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;
  #sweptHour = 0;

  constructor(store: ConnectionUseStore, onFailure: (error: Error) => void) {
    this.#store = store;
    this.#onFailure = onFailure;
  }

  ended(call: EndedCall): void {
    const { request, connection, outcome, startMs, endMs } = call;
    const { workspaceId } = request;
    const use = this.#useOf({ workspaceId, connection, ...costOf(outcome), endMs });
    use.calls += 1;
    use.costMicros += costOf(outcome).costMicros;
    const bucket = durationBucket(Math.max(0, endMs - startMs));
    use.durations[bucket] = (use.durations[bucket] as number) + 1;
    if (outcome.status === 'failed') {
      use.failed += 1;
      this.#errors.set(keyOf(workspaceId, connection), errorOf(call, outcome));
    }
    this.#begin();
  }

  /** A reply came over the connection. */
  readonly repliesOf =
    ({ workspaceId, name }: Pick<Connection, 'workspaceId' | 'name'>) =>
    (status: number, headers: IncomingHttpHeaders): void => {
      if (!tellsHeadroom(headers)) return;
      // What a job that goes on says by it is no quota.
      const { 'retry-after': _when, ...told } = headers;
      this.#replies.set(keyOf(workspaceId, name), {
        atMs: Date.now(),
        headers: status >= 400 ? headers : told,
      });
      this.#begin();
    };

  /** Writes what was seen, and ends. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    await this.write();
  }

  /** Writes what was seen since the last time; never rejects. */
  write(): Promise<void> {
    this.#writing ??= this.#flush().finally(() => {
      this.#writing = undefined;
    });
    return this.#writing;
  }

  #useOf(of: { workspaceId: string; connection: string; currency: string; endMs: number }): ConnectionUse {
    const { workspaceId, connection, currency } = of;
    const hourMs = Math.floor(of.endMs / HOUR_MS) * HOUR_MS;
    const key = `${keyOf(workspaceId, connection)}\n${hourMs}\n${currency}`;
    let use = this.#uses.get(key);
    if (use === undefined) {
      const durations = new Array<number>(DURATION_BUCKETS_MS.length + 1).fill(0);
      use = { workspaceId, connection, hourMs, currency, calls: 0, failed: 0, costMicros: 0, durations };
      this.#uses.set(key, use);
    }
    return use;
  }

  #begin(): void {
    this.#timer ??= setInterval(() => void this.#beat(), WRITE_EVERY_MS).unref();
  }

  async #beat(): Promise<void> {
    await this.write();
    if (this.#uses.size > 0 || this.#errors.size > 0 || this.#replies.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #flush(): Promise<void> {
    const uses = [...this.#uses.values()];
    const told = this.#told();
    this.#uses = new Map();
    this.#errors = new Map();
    this.#replies = new Map();
    try {
      await this.#store.add(uses);
      await this.#store.tell(told);
      await this.#sweep();
    } catch (error) {
      // Figures for people: they are not worth memory that grows while the database is away.
      this.#onFailure(error as Error);
    }
  }

  #told(): ConnectionTold[] {
    const keys = new Set([...this.#errors.keys(), ...this.#replies.keys()]);
    return [...keys].map((key) => {
      const [workspaceId = '', connection = ''] = key.split('\n');
      const [error, reply] = [this.#errors.get(key), this.#replies.get(key)];
      const headroom = reply === undefined ? null : headroomOf(reply.headers, reply.atMs);
      return { workspaceId, connection, lastError: textOf(error), headroom: textOf(headroom) };
    });
  }

  async #sweep(): Promise<void> {
    const hour = Math.floor(Date.now() / HOUR_MS);
    if (hour === this.#sweptHour) return;
    this.#sweptHour = hour;
    await this.#store.forgetOld();
  }
}

const textOf = (value: object | null | undefined) => (value ? JSON.stringify(value) : null);

function keyOf(workspaceId: string, connection: string): string {
  return `${workspaceId}\n${connection}`;
}

function costOf(outcome: CallOutcome): { currency: string; costMicros: number } {
  const usage = outcome.status === 'succeeded' ? outcome.usage : undefined;
  const { costMicros, currency } = usage ?? {};
  return costMicros === undefined || currency === undefined
    ? { currency: '', costMicros: 0 }
    : { currency, costMicros: Math.round(costMicros) };
}

function errorOf(
  { request, capability, endMs }: EndedCall,
  { error }: Extract<CallOutcome, { status: 'failed' }>,
): ConnectionError {
  return {
    at: new Date(endMs).toISOString(),
    title: error.title.slice(0, TITLE_LENGTH_MAX),
    status: error.status,
    capability,
    runId: request.runId,
  };
}
