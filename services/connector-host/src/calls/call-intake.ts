import type { CallRequest, CallSettled } from '@tutti/contracts';
import type { Counters } from '@tutti/store';
import { nameOf } from '../claims/claim-store.js';
import { type Claims, NEVER } from '../claims/claims.js';
import { LIMITS } from '../limits.js';
import type { BeginCall } from './begin-call.js';
import type { CallExecutor } from './call-executor.service.js';
import { SettledCalls } from './settled-calls.js';
import type { SettledPublisher } from './settled-publisher.js';

export interface CallIntakeParts {
  executor: CallExecutor;
  publisher: SettledPublisher;
  counters: Counters;
  /** Null where no other host could get the calls: the bus inside of the process. */
  claims: Claims | null;
}

interface Begun {
  request: CallRequest;
  sinceMs: number;
}

/**
 * Takes calls in: performs each attempt once however often it comes, answers repeats with the result that
 * they had, and tells when each is done.
 */
export class CallIntake {
  readonly #parts: CallIntakeParts;
  /** Everything that was taken in and is not done, by the attempt's name. */
  readonly #open = new Map<string, Promise<void>>();
  readonly #begun = new Map<string, Begun>();
  readonly #settled = new SettledCalls();
  readonly #claiming: NodeJS.Timeout | undefined;
  #drained: Promise<void> | null = null;
  /** The process ends: what is under way is cut off, and how that ended is not the call's result. */
  #over = false;

  constructor(parts: CallIntakeParts) {
    this.#parts = parts;
    if (parts.claims === null) return;
    this.#claiming = setInterval(() => void this.claimUnderWay(LIMITS.unclaimedMsMax), LIMITS.unclaimedMsMax);
    this.#claiming.unref();
  }

  /**
   * One promise for each request, resolved when its result is kept durably by the bus. Rejects only for a
   * defect.
   */
  accept(requests: readonly CallRequest[], repeats: readonly boolean[] = []): Promise<void>[] {
    return requests.map((request, i) => this.#take(request, request.redelivered || repeats[i] === true));
  }

  /** Claims the calls that have been under way for so long, because others may get them now. */
  async claimUnderWay(forMs = 0): Promise<void> {
    const beforeMs = performance.now() - forMs;
    const calls = [...this.#begun.values()].filter(({ sinceMs }) => sinceMs <= beforeMs);
    await this.#parts.claims?.claimUnderWay(calls.map(({ request }) => request));
  }

  /**
   * Lets calls under way end for a while; what does not is given to a host again, whatever becomes of it
   * here. Where another host gets what is undone, calls that have not begun
   * never begin here; alone, everything that was taken in is still performed.
   */
  drain(limitMs: number = LIMITS.drainMsMax): Promise<void> {
    this.#drained ??= this.#drain(limitMs);
    return this.#drained;
  }

  async #drain(limitMs: number): Promise<void> {
    clearInterval(this.#claiming);
    const { claims } = this.#parts;
    const waitedFor = claims === null ? [...this.#open.values()] : this.#begunCalls();
    await within(limitMs, Promise.allSettled(waitedFor));
    this.#over = true;
    // What is still under way now will be looked for by the host that gets it.
    await within(LIMITS.connectTimeoutMs, this.claimUnderWay());
    claims?.close();
  }

  #begunCalls(): Promise<void>[] {
    return [...this.#begun.keys()].map((name) => this.#open.get(name)).filter((call) => call !== undefined);
  }

  #take(request: CallRequest, repeat: boolean): Promise<void> {
    if (this.#drained !== null) return NEVER;
    const name = nameOf(request);
    const open = this.#open.get(name);
    const settled = this.#settled.get(name);
    if (repeat || open !== undefined || settled !== undefined) this.#parts.counters.add('calls.repeated');
    if (open !== undefined) return open;
    if (settled !== undefined) return this.#parts.publisher.publish(settled);
    const call = this.#handle(name, request, repeat);
    this.#open.set(name, call);
    return call;
  }

  async #handle(name: string, request: CallRequest, repeat: boolean): Promise<void> {
    const { claims, publisher } = this.#parts;
    try {
      const settled = await (claims === null
        ? this.#perform(request)
        : this.#performOnce(name, { request, claims, repeat }));
      if (this.#over) return await NEVER;
      const published = publisher.publish(settled);
      await (claims?.concerns(name) === true ? Promise.all([published, claims.settle(settled)]) : published);
      // Alone, only a repeated write is worth the memory.
      if (claims !== null || request.effect === 'write') this.#settled.add(name, settled);
    } finally {
      this.#begun.delete(name);
      this.#open.delete(name);
    }
  }

  #perform(request: CallRequest): Promise<CallSettled> {
    this.#parts.counters.add('calls.performed');
    return this.#parts.executor.execute(request);
  }

  /** Performs the attempt here, unless it has a result already or another host is at it. */
  async #performOnce(
    name: string,
    of: { request: CallRequest; claims: Claims; repeat: boolean },
  ): Promise<CallSettled> {
    const { claims } = of;
    let { request, repeat } = of;
    for (;;) {
      if (repeat) {
        const before = await claims.before(request);
        if ('settled' in before) return before.settled;
        request = { ...request, redelivered: before.redelivered };
      }
      const settled = await this.#parts.executor.attempt(request, this.#beginOf(name, request, claims));
      if (settled !== null) return settled;
      // Another host claimed it at the same time.
      repeat = true;
    }
  }

  #beginOf(name: string, request: CallRequest, claims: Claims): BeginCall {
    return (write) => {
      if (this.#drained !== null) return NEVER;
      this.#begun.set(name, { request, sinceMs: performance.now() });
      if (write) return this.#claim(name, request, claims);
      this.#parts.counters.add('calls.performed');
      return true;
    };
  }

  async #claim(name: string, request: CallRequest, claims: Claims): Promise<boolean> {
    const mine = await claims.begin(request);
    if (mine) this.#parts.counters.add('calls.performed');
    else this.#begun.delete(name);
    return mine;
  }
}

async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, late]);
  clearTimeout(timer);
}
