import { Logger } from '@nestjs/common';
import type { CallRequest, CallSettled } from '@tutti/contracts';
import { type Counters, isDatabaseAway } from '@tutti/store';
import { LIMITS } from '../limits.js';
import { type CallKey, type Claim, type ClaimStore, nameOf } from './claim-store.js';
import { Grouping } from './grouping.js';

/** What is known of a repeat before it may begin here. */
export type Before =
  /** It ended already: its result is sent again. */
  | { settled: CallSettled }
  /** It may begin; `redelivered` says whether it may have begun before. */
  | { redelivered: boolean };

export interface ClaimsParts {
  store: ClaimStore;
  counters: Counters;
  /** How often the claims of other hosts are looked at again. */
  pollMs?: number;
}

/** A promise for what another host or the next start of this one does. */
export const NEVER = new Promise<never>(() => undefined);

const RETRY_MS = 250;

/**
 * Which host began which attempt. Writes are claimed before they begin; other calls only when they take long
 * or when the bus may give them to another host, so that ordinary calls cost no statement. A repeat finds the
 * claim and waits for its owner, sends its result again, or takes it over when the owner is dead.
 */
export class Claims {
  readonly #logger = new Logger(Claims.name);
  readonly #parts: ClaimsParts;
  readonly #held = new Set<string>();
  readonly #claiming = new Map<string, Promise<unknown>>();
  readonly #takes: Grouping<CallKey, boolean>;
  readonly #looks: Grouping<CallKey, Claim | null>;
  readonly #takeOvers: Grouping<{ key: CallKey; from: string }, boolean>;
  readonly #settles: Grouping<CallSettled, undefined>;
  readonly #sinceMs: Promise<number>;
  readonly #sweeping: NodeJS.Timeout;
  #closed = false;

  constructor(parts: ClaimsParts) {
    this.#parts = parts;
    const { store } = parts;
    this.#takes = new Grouping((keys) => this.#insist(() => store.take(keys)));
    this.#looks = new Grouping((keys) => this.#insist(() => store.look(keys)));
    this.#takeOvers = new Grouping((claims) => this.#insist(() => store.takeOver(claims)));
    this.#settles = new Grouping(async (settled) => {
      await this.#insist(() => store.settle(settled));
      return settled.map(() => undefined);
    });
    this.#sinceMs = this.#insist(() => store.claimsSince());
    this.#sweeping = setInterval(() => void this.#sweep(), LIMITS.claimsSweepMs).unref();
  }

  /**
   * Resolves once a repeat may begin here, or with the result that it had; it waits while a live host has it.
   */
  async before(request: CallRequest): Promise<Before> {
    let waited = false;
    for (;;) {
      if (this.#closed) return NEVER;
      const claim = await this.#looks.add(request);
      if (claim === null)
        return { redelivered: request.redelivered && !(await this.#wouldBeClaimed(request)) };
      if (claim.settled !== null) return { settled: claim.settled };
      if (!this.#abandoned(claim)) {
        if (!waited) this.#parts.counters.add('claims.waited');
        waited = true;
        await this.#moment();
      } else if (await this.#takeOvers.add({ key: request, from: claim.instanceId })) {
        this.#parts.counters.add('claims.taken-over');
        this.#held.add(nameOf(request));
        return { redelivered: true };
      }
    }
  }

  /** Claims a write that is about to begin; false when another host has begun it. */
  async begin(request: CallRequest): Promise<boolean> {
    const name = nameOf(request);
    if (this.#held.has(name)) return true;
    const taken = await this.#takes.add(request);
    if (taken) this.#held.add(name);
    return taken;
  }

  /** Claims calls under way, so that a host that gets a repeat of one waits for its result. */
  async claimUnderWay(requests: readonly CallRequest[]): Promise<void> {
    const open = requests.filter((request) => {
      const name = nameOf(request);
      return !this.#held.has(name) && !this.#claiming.has(name);
    });
    await Promise.all(open.map((request) => this.#claimLate(request)));
  }

  /** Whether this host has claimed the attempt, or is about to. */
  concerns(name: string): boolean {
    return this.#held.has(name) || this.#claiming.has(name);
  }

  /** Records the result of a claimed attempt; nothing to do for the others. */
  async settle(settled: CallSettled): Promise<void> {
    const name = nameOf(settled);
    // A late claim that is being written now would stay open for ever.
    const claiming = this.#claiming.get(name);
    if (claiming !== undefined) await claiming;
    if (!this.#held.has(name)) return;
    await this.#settles.add(settled);
    this.#held.delete(name);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#sweeping);
  }

  async #claimLate(request: CallRequest): Promise<void> {
    const name = nameOf(request);
    const claiming = this.#takes.add(request).then((taken) => {
      if (taken) this.#held.add(name);
    });
    this.#claiming.set(name, claiming);
    await claiming.finally(() => this.#claiming.delete(name));
  }

  /** A claim of this instance that is asked for here belongs to a call that is no longer under way. */
  #abandoned({ instanceId, alive }: Claim): boolean {
    return !alive || instanceId === this.#parts.store.instanceId;
  }

  /**
   * Whether a missing claim proves that the attempt never began: claims are kept longer than such a run is
   * old, and every host that worked on it wrote claims.
   */
  async #wouldBeClaimed({ runId }: CallRequest): Promise<boolean> {
    const startedMs = parseInt(runId.replaceAll('-', '').slice(0, 12), 16);
    const ageMs = Date.now() - startedMs;
    return ageMs < LIMITS.claimsCertainMs && startedMs > (await this.#sinceMs) + LIMITS.clockSkewMsMax;
  }

  /** Tries until the database is back: what is undone at the end of the process, another host gets. */
  async #insist<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.#closed) return NEVER;
        if (!isDatabaseAway(error)) throw error;
        this.#logger.warn(`The claims of calls wait for the database: ${(error as Error).message}`);
        await this.#moment(RETRY_MS);
      }
    }
  }

  async #sweep(): Promise<void> {
    try {
      await this.#parts.store.sweep();
    } catch (error) {
      this.#logger.warn(`Old claims were not deleted, which is tried again: ${(error as Error).message}`);
    }
  }

  #moment(ms: number = this.#parts.pollMs ?? LIMITS.claimsPollMs): Promise<void> {
    return new Promise((resolve) => void setTimeout(resolve, ms));
  }
}
