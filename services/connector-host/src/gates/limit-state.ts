import type { RateLimit } from '@tutti/contracts';
import { leftNow, spanAt, spanMsOf, withSpent, type Spent } from './rate-window.js';

/** What all hosts together have of one limit. */
export interface LimitState {
  /** By instance: what it holds and wants. */
  leases: Record<string, Lease>;
  /** Calls that began or may begin, by span of time. */
  spent: Spent[];
  /** No call begins before: the other side said so. Epoch milliseconds. */
  notBeforeMs: number;
}

interface Lease {
  /** Calls that may be under way there. */
  held: number;
  /** Calls under way and waiting there. */
  wanted: number;
  /** Calls that wait there for the rate limit. */
  starting: number;
  askedAtMs: number;
}

/** What a host says and asks of one limit. */
export interface Ask {
  instanceId: string;
  concurrency: number;
  rate: RateLimit | null;
  running: number;
  wanted: number;
  /** How many calls it would begin until it asks again. */
  starting: number;
  /** What it began without having asked, and (negative) what it did not use. */
  changes: readonly Spent[];
  notBeforeMs: number;
}

/** What a host may do until it asks again. */
export interface Grant {
  slots: number;
  /** Calls that may begin in the span of time that starts at `spanStartMs`. */
  starts: number;
  spanStartMs: number;
  spanEndMs: number;
  notBeforeMs: number;
}

/** A lease whose host has not asked for so long has no effect any more. */
export const LEASE_MS = 10_000;
/** What cannot be divided evenly goes round among the hosts at this pace. */
const ROUND_MS = 1_000;
/** A host that asked within this time still wants to begin calls. */
const STARTING_MS = 1_000;

export const NO_STATE: LimitState = { leases: {}, spent: [], notBeforeMs: 0 };

/** Divides a limit among the hosts that need some of it. Pure: time comes in, the new state goes out. */
export function grant(state: LimitState, ask: Ask, nowMs: number): { state: LimitState; grant: Grant } {
  const others = Object.entries(state.leases).filter(
    ([id, { askedAtMs }]) => id !== ask.instanceId && askedAtMs > nowMs - LEASE_MS,
  );
  const slots = slotsOf(others, ask, nowMs);
  const { rate, instanceId, changes } = ask;
  const spent = rate === null ? [] : withSpent(rate, { spent: state.spent, changes, nowMs });
  const starts = rate === null ? 0 : startsOf({ others, ask, nowMs, left: leftNow(rate, spent, nowMs) });
  const spanStartMs = rate === null ? nowMs : spanAt(rate, nowMs);
  if (rate !== null && starts > 0) spent.push([spanStartMs, starts]);
  const notBeforeMs = Math.max(state.notBeforeMs, ask.notBeforeMs);
  const lease: Lease = {
    held: Math.max(slots, ask.running),
    wanted: ask.wanted,
    starting: ask.starting,
    askedAtMs: nowMs,
  };
  const leases = Object.fromEntries(others);
  if (lease.held > 0 || lease.wanted > 0) leases[instanceId] = lease;
  const spanEndMs = rate === null ? nowMs : spanStartMs + spanMsOf(rate);
  return {
    state: { leases, spent, notBeforeMs },
    grant: { slots, starts, spanStartMs, spanEndMs, notBeforeMs },
  };
}

function slotsOf(others: [string, Lease][], ask: Ask, nowMs: number): number {
  const wants = new Map(others.map(([id, { wanted }]) => [id, wanted]));
  wants.set(ask.instanceId, ask.wanted);
  const share = divide(ask.concurrency, wants, nowMs).get(ask.instanceId) ?? 0;
  const taken = others.reduce((sum, [, { held }]) => sum + held, 0);
  // What others hold beyond their share comes free as their calls end.
  return Math.max(0, Math.min(share, ask.concurrency - taken));
}

function startsOf(of: { others: [string, Lease][]; ask: Ask; nowMs: number; left: number }): number {
  const { others, ask, nowMs, left } = of;
  const wanting = others.filter(([, { askedAtMs }]) => askedAtMs > nowMs - STARTING_MS);
  const wants = new Map(wanting.map(([id, { starting }]) => [id, starting]));
  wants.set(ask.instanceId, ask.starting);
  return divide(left, wants, nowMs).get(ask.instanceId) ?? 0;
}

/**
 * Gives one to each in turn until all have what they want or nothing is left; who begins changes over time.
 */
export function divide(
  total: number,
  wants: ReadonlyMap<string, number>,
  nowMs: number,
): Map<string, number> {
  const ids = [...wants.keys()].sort();
  const first = Math.floor(nowMs / ROUND_MS) % ids.length;
  let open = [...ids.slice(first), ...ids.slice(0, first)];
  const shares = new Map(ids.map((id) => [id, 0]));
  let left = total;
  while (left > 0) {
    open = open.filter((id) => (shares.get(id) ?? 0) < (wants.get(id) ?? 0));
    if (open.length === 0) break;
    for (const id of open.slice(0, left)) shares.set(id, (shares.get(id) ?? 0) + 1);
    left -= Math.min(left, open.length);
  }
  return shares;
}
