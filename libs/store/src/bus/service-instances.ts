import { hostname } from 'node:os';
import { uuidv7 } from '@tutti/contracts';
import type { Pool } from 'pg';

const HEARTBEAT_MS = 5_000;
/** SQL on a row of `service_instances`: one that was not seen for longer is taken for dead. */
export const INSTANCE_ALIVE = `seen_at > clock_timestamp() - interval '15 seconds'`;
/** Rows of instances that are gone are kept for those who look for what went wrong. */
const KEPT = `interval '1 day'`;

/** What an instance says of itself with every heartbeat. */
export interface InstanceReport {
  /** One word, such as `starting`, `ready`, `draining`. */
  state: string;
  /** The bus's status, as JSON has it. */
  bus: object;
  counters: Readonly<Record<string, number>>;
}

/** A process of the hub as its row shows it. */
export interface ServiceInstance extends InstanceReport {
  id: string;
  role: string;
  host: string;
  pid: number;
  version: string;
  startedAtMs: number;
  seenAtMs: number;
  alive: boolean;
  /** Its clock minus the database's at its last heartbeat; null: it did not say. */
  clockSkewMs: number | null;
}

interface InstanceRow extends Omit<ServiceInstance, 'bus' | 'counters' | 'clockSkewMs'> {
  bus: string;
  counters: string;
}

/**
 * Which processes of the hub there are. Each writes its own row every five seconds, by the database's clock,
 * so that the others can tell whether it lives.
 */
export class ServiceInstances {
  /** The id of this process. */
  readonly id = uuidv7();
  private timer: NodeJS.Timeout | null = null;
  private beating: Promise<void> | null = null;

  constructor(private readonly pool: Pool) {}

  /** Writes this process's row now and from now on. `onError` hears of a heartbeat that failed. */
  async start(
    who: { role: string; version: string },
    report: () => InstanceReport,
    onError: (error: Error) => void = () => undefined,
  ): Promise<void> {
    const beat = () => {
      // One that hangs must not be joined by others.
      this.beating ??= this.beat(who, report())
        .catch((error: unknown) => onError(error as Error))
        .finally(() => {
          this.beating = null;
        });
      return this.beating;
    };
    await this.beat(who, report());
    this.timer = setInterval(() => void beat(), HEARTBEAT_MS).unref();
  }

  /** Removes this process's row, if it has one: what it held is free at once. */
  async stop(): Promise<void> {
    if (this.timer === null) return;
    clearInterval(this.timer);
    this.timer = null;
    await this.beating;
    await this.pool.query('DELETE FROM service_instances WHERE id = $1', [this.id]);
  }

  /** All instances of the last day, those that started last first. */
  async list(): Promise<ServiceInstance[]> {
    const { rows } = await this.pool.query<InstanceRow>(
      `SELECT id, role, host, pid, version, state, bus, counters, ${INSTANCE_ALIVE} AS alive,
         (extract(epoch FROM started_at) * 1000)::float8 AS "startedAtMs", (extract(epoch FROM seen_at) * 1000)::float8 AS "seenAtMs"
       FROM service_instances ORDER BY started_at DESC, id DESC`,
    );
    return rows.map((row) => ({
      ...row,
      ...readBus(row),
      counters: JSON.parse(row.counters) as Record<string, number>,
    }));
  }

  async isAlive(id: string): Promise<boolean> {
    return (await this.alive([id])).has(id);
  }

  /** Which of these instances live. */
  async alive(ids: readonly string[]): Promise<Set<string>> {
    const { rows } = await this.pool.query<{ id: string }>(
      `SELECT id FROM service_instances WHERE id = ANY($1::uuid[]) AND ${INSTANCE_ALIVE}`,
      [ids],
    );
    return new Set(rows.map(({ id }) => id));
  }

  private async beat(who: { role: string; version: string }, report: InstanceReport): Promise<void> {
    await this.pool.query({
      name: 'heartbeat',
      text: `
        WITH gone AS (DELETE FROM service_instances WHERE seen_at < clock_timestamp() - ${KEPT} AND id <> $1)
        INSERT INTO service_instances (id, role, host, pid, version, state, bus, counters) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (id) DO UPDATE SET seen_at = clock_timestamp(), state = excluded.state, bus = excluded.bus,
          counters = excluded.counters`,
      values: [
        this.id,
        who.role,
        hostname(),
        process.pid,
        who.version,
        report.state,
        JSON.stringify({ ...report.bus, clockMs: Date.now() }),
        JSON.stringify(report.counters),
      ],
    });
  }
}

/**
 * The clock of the process travels with the bus's status, in the statement that reads the database's clock.
 */
function readBus({ bus: text, seenAtMs }: InstanceRow): { bus: object; clockSkewMs: number | null } {
  const { clockMs, ...bus } = JSON.parse(text) as { clockMs?: number };
  return { bus, clockSkewMs: clockMs === undefined ? null : clockMs - seenAtMs };
}
