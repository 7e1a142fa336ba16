import { isClassifiedError, PermanentError, TransientError } from '@tutti/plugin-sdk';
import type { HeldTrigger, Look, PluginTriggerStore } from '@tutti/store';
import { z } from 'zod';
import { publicAddress } from '../http/public-address.js';
import { LIMITS } from '../limits.js';
import { BoundTrigger, type BoundTriggerParts } from './bound-trigger.js';

export interface TriggerTurnParts extends BoundTriggerParts {
  store: PluginTriggerStore;
  /** The process that holds the triggers. */
  owner: string;
  /** Where other systems reach the API; null: nobody said. */
  publicUrl: string | null;
  /** Events of a trigger wait to become runs. */
  found: (workspaceId: string) => void;
}

const Subscribed = z.object({
  state: z.unknown(),
  expiresInSeconds: z.number().positive().optional(),
});
/** Of the time that the other system gives, what is waited before the hook is registered anew. */
const RENEWED_AFTER = 0.7;

interface StoredSubscription {
  state: unknown;
  /** ISO 8601; null: it lasts. */
  renewAt: string | null;
}

/** Works on one trigger that this process holds: polls once, holds a stream, or sees to a hook. */
export class TriggerTurn {
  readonly #parts: TriggerTurnParts;
  readonly #held: HeldTrigger;
  readonly #signal: AbortSignal;

  constructor(parts: TriggerTurnParts, held: HeldTrigger, signal: AbortSignal) {
    this.#parts = parts;
    this.#held = held;
    this.#signal = signal;
  }

  /** Leaves the trigger given back, or rejects with why it could not be worked on. */
  async perform(): Promise<void> {
    const bound = await BoundTrigger.bind(this.#parts, this.#held);
    if (!this.#held.wanted) return this.#unsubscribe(bound);
    switch (bound.trigger.kind) {
      case 'poll':
        return this.#poll(bound);
      case 'stream':
        return this.#stream(bound);
      case 'webhook':
        return this.#subscribe(bound);
    }
  }

  async #poll(bound: BoundTrigger): Promise<void> {
    const { store, owner } = this.#parts;
    if (!(await this.#hasRoom())) return store.giveBack(this.#held, owner, LIMITS.triggerRoomMs);
    const deadline = AbortSignal.timeout(LIMITS.triggerPollTimeoutMs);
    const context = await bound.context(AbortSignal.any([this.#signal, deadline]));
    const given = await raced(context.signal, bound.trigger.poll?.({ ...context, cursor: this.#cursor() }));
    const { events, cursor, more } = bound.found(given);
    const intervalMs = this.#held.intervalMs ?? (bound.trigger.intervalSeconds ?? 60) * 1_000;
    await this.#keep({ kind: 'poll', events, cursor, nextInMs: more ? 0 : intervalMs, hold: false });
  }

  async #stream(bound: BoundTrigger): Promise<void> {
    const { store, owner } = this.#parts;
    await store.began(this.#held, owner, 'stream');
    const context = await bound.context(this.#signal);
    const emit = async (batch: unknown): Promise<void> => {
      const { events, cursor } = bound.found(batch);
      while (!(await this.#hasRoom())) await pause(LIMITS.triggerRoomMs, this.#signal);
      this.#signal.throwIfAborted();
      await this.#keep({ kind: 'stream', events, cursor, nextInMs: null, hold: true });
    };
    await raced(context.signal, bound.trigger.stream?.({ ...context, cursor: this.#cursor(), emit }));
    await store.giveBack(this.#held, owner, LIMITS.triggerPauseMs);
  }

  /** Registers the hook where the plugin can, and looks again whether it still may. */
  async #subscribe(bound: BoundTrigger): Promise<void> {
    const look = { kind: 'webhook', events: [], cursor: this.#held.cursor, hold: false };
    const nextInMs = LIMITS.triggerHookLookMs;
    const before = this.#subscription();
    const lasts = before !== null && (before.renewAt === null || Date.parse(before.renewAt) > Date.now());
    if (bound.trigger.subscribe === undefined || lasts) return this.#keep({ ...look, nextInMs });
    const context = await this.#subscriptionContext(bound, before);
    const given = Subscribed.safeParse(await raced(context.signal, bound.trigger.subscribe(context)));
    if (!given.success)
      throw new PermanentError('The plugin\'s "subscribe" has to give { state, expiresInSeconds? }.');
    const { state = null, expiresInSeconds } = given.data;
    const renewAt =
      expiresInSeconds === undefined
        ? null
        : new Date(Date.now() + expiresInSeconds * RENEWED_AFTER * 1_000).toISOString();
    const subscription = JSON.stringify({ state, renewAt } satisfies StoredSubscription);
    await this.#keep({ ...look, nextInMs, subscription });
  }

  async #unsubscribe(bound: BoundTrigger): Promise<void> {
    const context = await this.#subscriptionContext(bound, this.#subscription());
    await raced(context.signal, bound.trigger.unsubscribe?.(context));
    await this.#parts.store.unsubscribed(this.#held, this.#parts.owner);
  }

  async #subscriptionContext(bound: BoundTrigger, before: StoredSubscription | null) {
    const url = hookUrl(this.#parts.publicUrl, this.#held.hookToken);
    const deadline = AbortSignal.timeout(LIMITS.triggerPollTimeoutMs);
    const context = await bound.context(AbortSignal.any([this.#signal, deadline]));
    return { ...context, url, state: before?.state ?? null };
  }

  #subscription(): StoredSubscription | null {
    const { subscription } = this.#held;
    return subscription === null ? null : (JSON.parse(subscription) as StoredSubscription);
  }

  #cursor(): unknown {
    return this.#held.cursor === null ? null : (JSON.parse(this.#held.cursor) as unknown);
  }

  async #hasRoom(): Promise<boolean> {
    return (await this.#parts.store.eventsWaitingOf(this.#held.id)) < LIMITS.triggerWaitingMax;
  }

  async #keep(look: Look): Promise<void> {
    await this.#parts.store.keep(this.#held, this.#parts.owner, look);
    if (look.events.length > 0) this.#parts.found(this.#held.workspaceId);
  }
}

/** The address that another system sends to. */
export function hookUrl(publicUrl: string | null, token: string): string {
  return publicAddress(publicUrl, `/v1/hooks/${token}`);
}

/** When to try again, by what it was that failed and how often before. */
export function retryInMs(error: unknown, failures: number): number {
  const isTransient = isClassifiedError(error) ? error.fate === 'transient' : isTimeout(error);
  const asked = error instanceof TransientError ? (error.retryAfterMs ?? 0) : 0;
  const first = isTransient ? LIMITS.triggerRetryMs : LIMITS.triggerRefusedRetryMs;
  return Math.max(asked, Math.min(LIMITS.triggerRetryMsMax, first * 2 ** Math.min(failures, 20)));
}

export function isTimeout(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'TimeoutError';
}

/** A plugin that does not heed its signal is waited for no longer. */
export async function raced<T>(signal: AbortSignal, work: Promise<T> | T): Promise<T> {
  signal.throwIfAborted();
  let stop = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const end = () => reject(signal.reason as Error);
    signal.addEventListener('abort', end, { once: true });
    stop = () => signal.removeEventListener('abort', end);
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    stop();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return raced(signal, new Promise<void>((resolve) => setTimeout(resolve, ms)));
}
