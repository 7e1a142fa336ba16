import { Logger } from '@nestjs/common';
import type { Connection } from '../connections/connection.js';
import type { HostedCapability } from '../plugins/hosted-plugin.js';
import { LIMITS } from '../limits.js';
import { Gate, type Entry, type Waiter, type WaitingRoom } from './gate.js';
import { Limit, type LimitParts, type Surroundings } from './limit.js';
import type { LimitStore } from './limit-store.js';

/** A gate with the limits that its calls fall under. */
export interface ConnectionGate {
  gate: Gate;
  /** The limit of the whole connection, which the other side may ask to slow down. */
  connection: Limit;
  /** The connection's and, where it has one, the capability's own. */
  limits: readonly Limit[];
}

/**
 * How the wait at a connection's gate ended; `not-before`: the other side wants no call until the deadline.
 */
export type ConnectionEntry = Entry | { notBeforeInMs: number };

export interface GatesParts {
  room: WaitingRoom;
  /** Called for each call that had to wait for a rate limit or for the other side. */
  onThrottled: () => void;
}

/**
 * The gates of all connections. Where several hosts work, it borrows shares of the limits from the database:
 * for all connections in one statement, ten times a second while calls wait, seldom otherwise, never when
 * this host is alone.
 */
export class Gates implements Surroundings {
  readonly #logger = new Logger(Gates.name);
  readonly #parts: GatesParts;
  readonly #byConnection = new WeakMap<Connection, Map<string, ConnectionGate>>();
  readonly #gates = new Map<string, ConnectionGate>();
  readonly #limits = new Map<string, Limit>();
  #store: LimitStore | null = null;
  #aloneUntilMs = Infinity;
  #quietUntilMs = -Infinity;
  #clockAheadMs = 0;
  #pulse: NodeJS.Timeout | undefined;
  #watch: NodeJS.Timeout | undefined;
  #beats = 0;
  #roundAtMs = -Infinity;
  #round: Promise<void> | null = null;

  constructor(parts: GatesParts) {
    this.#parts = parts;
  }

  /** From now on other hosts may work on the same connections. Resolves when it is known whether some do. */
  async share(store: LimitStore): Promise<void> {
    this.#store = store;
    this.#aloneUntilMs = -Infinity;
    await this.#look();
    // Hosts that are alone find out about this one before it begins.
    if (!this.alone()) this.#quietUntilMs = performance.now() + LIMITS.aloneMsMax + LIMITS.hostsPollMs;
    this.#watch = setInterval(() => void this.#look(), LIMITS.hostsPollMs).unref();
  }

  alone(): boolean {
    return this.#store === null || performance.now() < this.#aloneUntilMs;
  }

  nowMs(): number {
    return Date.now() + this.#clockAheadMs;
  }

  /** Capabilities with a bound of their own have a queue of their own, the others share the connection's. */
  of(connection: Connection, name: string, capability: HostedCapability): ConnectionGate {
    let known = this.#byConnection.get(connection);
    if (known === undefined) this.#byConnection.set(connection, (known = new Map()));
    let gate = known.get(name);
    if (gate === undefined) known.set(name, (gate = this.#find(connection, name, capability)));
    return gate;
  }

  /** Waits for a place. */
  enter(of: ConnectionGate, waiter: Waiter & { dueMs: number }): ConnectionEntry | Promise<ConnectionEntry> {
    const { gate, connection, limits } = of;
    if (gate.tryEnter()) return 'entered';
    const notBeforeInMs = connection.notBeforeMs - this.nowMs();
    if (limits.some((limit) => !limit.ready())) this.#parts.onThrottled();
    if (notBeforeInMs > waiter.dueMs - performance.now()) return { notBeforeInMs };
    const entry = gate.enter(waiter);
    this.#wake();
    return entry;
  }

  /** The other side asked to be left alone for so long: all hosts learn of it with their next share. */
  slowDown({ connection }: ConnectionGate, forMs: number): void {
    connection.slowDown(forMs);
    this.#wake();
  }

  close(): void {
    clearInterval(this.#pulse);
    clearInterval(this.#watch);
    this.#pulse = undefined;
  }

  /** The gate outlives changes of its connection, whose calls under way go on. */
  #find(connection: Connection, name: string, capability: HostedCapability): ConnectionGate {
    const { concurrency, rateLimit } = capability;
    const { workspaceId, limits, plugin } = connection;
    const bound = limits?.concurrency ?? LIMITS.callsPerConnectionMax;
    // What calls nobody else is bounded by this process alone.
    const shared = plugin.plugin.reachesOut || limits !== undefined;
    const key = JSON.stringify([workspaceId, connection.name]);
    const rate = limits?.rateLimit ?? plugin.plugin.rateLimit ?? null;
    const whole = this.#limitOf({ key, concurrency: bound, rate, shared });
    if (concurrency === undefined && rateLimit === undefined) return this.#gateOf(whole, null);
    const part = this.#limitOf({
      key: JSON.stringify([workspaceId, connection.name, name]),
      concurrency: concurrency ?? bound,
      rate: rateLimit ?? null,
      shared,
    });
    return this.#gateOf(whole, part);
  }

  #limitOf(parts: LimitParts): Limit {
    const known = this.#limits.get(parts.key);
    if (known !== undefined) known.parts = parts;
    const limit = known ?? new Limit(parts, this);
    this.#limits.set(parts.key, limit);
    return limit;
  }

  #gateOf(whole: Limit, part: Limit | null): ConnectionGate {
    const bounding = part ?? whole;
    const known = this.#gates.get(bounding.parts.key);
    if (known !== undefined) return known;
    const leave = {
      slots: () => (bounding.parts.shared && performance.now() < this.#quietUntilMs ? 0 : bounding.slots()),
      take: () => {
        if (!whole.ready() || !(part?.ready() ?? true)) return false;
        whole.use();
        part?.use();
        return true;
      },
    };
    const gate = new Gate(leave, this.#parts.room);
    bounding.bounded = gate;
    whole.counted.add(gate);
    part?.counted.add(gate);
    const made = { gate, connection: whole, limits: part === null ? [whole] : [whole, part] };
    this.#gates.set(bounding.parts.key, made);
    return made;
  }

  /** Looks after those that wait until nobody does. */
  #wake(): void {
    if (this.#pulse === undefined) {
      this.#pulse = setInterval(() => {
        this.#beat();
      }, LIMITS.gatesBeatMs);
      this.#pulse.unref();
    }
    if (!this.alone() && performance.now() - this.#roundAtMs >= LIMITS.limitsRoundMs) void this.#borrow();
  }

  #beat(): void {
    this.#beats += 1;
    let active = false;
    for (const { gate } of this.#gates.values()) {
      if (gate.waiting === 0) continue;
      active = true;
      gate.admit();
      if (this.#beats % LIMITS.beatsPerExpiry === 0) gate.expire();
    }
    if (this.#store !== null) {
      for (const limit of this.#limits.values()) active ||= limit.isDue(0);
      if (active && performance.now() - this.#roundAtMs >= LIMITS.limitsRoundMs) void this.#borrow();
    }
    if (active) return;
    clearInterval(this.#pulse);
    this.#pulse = undefined;
  }

  /** One round of asking at a time. */
  #borrow(): Promise<void> {
    this.#round ??= this.#ask().finally(() => {
      this.#round = null;
    });
    return this.#round;
  }

  async #ask(): Promise<void> {
    const store = this.#store;
    const due = [...this.#limits.values()].filter((limit) => limit.isDue(LIMITS.leaseRenewMs));
    if (store === null || due.length === 0) return;
    this.#roundAtMs = performance.now();
    const byKey = new Map(due.map((limit) => [limit.parts.key, limit]));
    const asks = new Map(due.map((limit) => [limit.parts.key, limit.ask(store.instanceId)]));
    try {
      const { grants, nowMs } = await store.reserve(asks);
      this.#clockAheadMs = nowMs - Date.now();
      for (const [key, granted] of grants) byKey.get(key)?.granted(granted);
    } catch (error) {
      this.#logger.warn(`The limits of connections wait for the database: ${(error as Error).message}`);
      for (const limit of due) limit.refused();
    }
    for (const { gate } of this.#gates.values()) gate.admit();
  }

  /** Whether other hosts live. What is not known for sure is taken for yes. */
  async #look(): Promise<void> {
    const startedAtMs = performance.now();
    try {
      const others = (await this.#store?.otherHosts()) ?? 0;
      this.#aloneUntilMs = others === 0 ? startedAtMs + LIMITS.aloneMsMax : -Infinity;
    } catch (error) {
      this.#logger.warn(`Other hosts could not be looked for: ${(error as Error).message}`);
    }
    if (!this.alone()) this.#wake();
  }
}
