import { Logger } from '@nestjs/common';
import type { Bus } from '@tutti/bus';
import { TOPICS } from '@tutti/contracts';
import { isClassifiedError } from '@tutti/plugin-sdk';
import { type HeldTrigger, TriggerLost } from '@tutti/store';
import { LIMITS } from '../limits.js';
import { isTimeout, retryInMs, TriggerTurn, type TriggerTurnParts } from './trigger-turn.js';

export interface TriggerWorkerParts extends Omit<TriggerTurnParts, 'found'> {
  bus: Pick<Bus, 'subscribe' | 'publish'>;
  /** How long a host that is silent keeps a trigger; tests wait for none of the long ones. */
  leaseMs?: number;
  pollMs?: number;
}

interface Running {
  controller: AbortController;
  done: Promise<void>;
}

/** How long what is under way may take when the process ends. */
const FAREWELL_MS = 5_000;

/** Takes triggers of plugins that are due and works on each in one host at a time. */
export class TriggerWorker {
  readonly #logger = new Logger(TriggerWorker.name);
  readonly #parts: TriggerWorkerParts;
  readonly #leaseMs: number;
  readonly #running = new Map<string, Running>();
  readonly #unsubscribe: () => void;
  readonly #timer: NodeJS.Timeout;
  #looking: Promise<void> | null = null;
  #again = false;
  #closed = false;

  constructor(parts: TriggerWorkerParts) {
    this.#parts = parts;
    this.#leaseMs = parts.leaseMs ?? LIMITS.triggerLeaseMs;
    this.#unsubscribe = parts.bus.subscribe(TOPICS.control, (messages) => {
      if (messages.some(({ what }) => what === 'connection' || what === 'plugin')) void this.#lookAtFailing();
      else if (messages.some(({ what }) => what === 'trigger')) void this.look();
    });
    this.#timer = setInterval(() => void this.look(), parts.pollMs ?? LIMITS.triggersPollMs).unref();
    void this.look();
  }

  /** Takes what is due; one look at a time. */
  look(): Promise<void> {
    this.#again = true;
    this.#looking ??= this.#take().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  /** Ends what is under way, and leaves it to the other hosts at once. */
  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    this.#unsubscribe();
    await this.#looking;
    const running = [...this.#running.values()];
    for (const { controller } of running) controller.abort(new TriggerLost('The host ends.'));
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, FAREWELL_MS)));
    await Promise.race([Promise.all(running.map(({ done }) => done)), late]);
    clearTimeout(timer);
  }

  async #take(): Promise<void> {
    try {
      while (this.#again && !this.#closed) {
        this.#again = false;
        const limit = LIMITS.triggersAtOnceMax - this.#running.size;
        if (limit <= 0) return;
        const { store, owner } = this.#parts;
        for (const held of await store.takeDue({ owner, leaseMs: this.#leaseMs, limit })) this.#begin(held);
      }
    } catch (error) {
      this.#logger.warn(`Triggers of plugins wait: ${(error as Error).message}`);
    }
  }

  #begin(held: HeldTrigger): void {
    // A trigger that was changed is taken again while the work on what it was still ends.
    const key = `${held.id} ${held.fence}`;
    const controller = new AbortController();
    const done = this.#work(held, controller).finally(() => {
      this.#running.delete(key);
      if (!this.#closed) void this.look();
    });
    this.#running.set(key, { controller, done });
  }

  async #work(held: HeldTrigger, controller: AbortController): Promise<void> {
    const { bus, ...parts } = this.#parts;
    const beat = this.#hold(held, controller);
    const found = (workspaceId: string) => {
      const message = { kind: 'definitions.changed', workspaceId, what: 'trigger-events' } as const;
      // Who makes runs of them looks by itself as well.
      bus.publish(TOPICS.control, [message]).catch(() => undefined);
    };
    try {
      await new TriggerTurn({ ...parts, found }, held, controller.signal).perform();
    } catch (error) {
      await this.#failed(held, error);
    } finally {
      clearInterval(beat);
    }
  }

  /** Renews the lease for as long as the work goes on; the work ends when that fails for too long. */
  #hold(held: HeldTrigger, controller: AbortController): NodeJS.Timeout {
    const { store, owner } = this.#parts;
    let renewedAt = performance.now();
    return setInterval(() => {
      const startedAt = performance.now();
      store.renew(held, owner, this.#leaseMs).then(
        () => (renewedAt = startedAt),
        (error: unknown) => {
          const isOver = performance.now() - renewedAt > this.#leaseMs;
          if (error instanceof TriggerLost || isOver)
            controller.abort(new TriggerLost('It is held no more.'));
        },
      );
    }, this.#leaseMs / 3).unref();
  }

  async #failed(held: HeldTrigger, error: unknown): Promise<void> {
    const { store, owner } = this.#parts;
    try {
      if (error instanceof TriggerLost) {
        if (this.#closed) await store.giveBack(held, owner, 0);
        return;
      }
      if (!held.wanted && held.failures + 1 >= LIMITS.unsubscribeTriesMax) {
        const told = await this.#told(held, error);
        this.#logger.warn(`The other system may go on sending to the trigger ${held.id}: ${told}`);
        return await store.unsubscribed(held, owner);
      }
      const nextInMs = retryInMs(error, held.failures);
      await store.fail(held, owner, { error: await this.#told(held, error), nextInMs });
    } catch (later) {
      // The lease runs out by itself, and then somebody tries again.
      if (!(later instanceof TriggerLost))
        this.#logger.warn(`A trigger could not be given back: ${(later as Error).message}`);
    }
  }

  async #told(held: HeldTrigger, error: unknown): Promise<string> {
    const text = error instanceof Error ? error.message : String(error);
    const prefix = isClassifiedError(error) || isTimeout(error) ? '' : 'The plugin failed unexpectedly: ';
    const told = `${prefix}${text}`.slice(0, LIMITS.errorTextLengthMax);
    const found = await this.#parts.directory.find(held.workspaceId, held.connection);
    return 'connection' in found ? found.connection.redactor.text(told) : told;
  }

  async #lookAtFailing(): Promise<void> {
    try {
      await this.#parts.store.lookAgain();
    } catch (error) {
      this.#logger.warn(`Triggers of plugins wait: ${(error as Error).message}`);
    }
    await this.look();
  }
}
