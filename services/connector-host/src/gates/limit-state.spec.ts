import fc from 'fast-check';
import type { RateLimit } from '@tutti/contracts';
import { divide, grant, LEASE_MS, NO_STATE, type Ask, type LimitState } from './limit-state.js';
import { spanMsOf } from './rate-window.js';

const ask = (instanceId: string, about: Partial<Ask> = {}): Ask => ({
  instanceId,
  concurrency: 4,
  rate: null,
  running: 0,
  wanted: 0,
  starting: 0,
  changes: [],
  notBeforeMs: 0,
  ...about,
});

it('never lends more slots than there are, whoever asks when and how calls end', () => {
  const step = fc.record({
    host: fc.integer({ min: 0, max: 3 }),
    demand: fc.integer({ min: 0, max: 9 }),
    ended: fc.integer({ min: 0, max: 9 }),
    passedMs: fc.integer({ min: 0, max: 2_000 }),
  });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 6 }), fc.array(step, { maxLength: 80 }), (concurrency, steps) => {
      let state: LimitState = NO_STATE;
      let nowMs = 1_000_000;
      const hosts = Array.from({ length: 4 }, () => ({ slots: 0, running: 0, askedAtMs: 0 }));
      for (const { host, demand, ended, passedMs } of steps) {
        nowMs += passedMs;
        const of = hosts[host] as (typeof hosts)[number];
        // A host whose lease is over lets its calls end and begins none.
        for (const each of hosts)
          if (each.askedAtMs <= nowMs - LEASE_MS) Object.assign(each, { slots: 0, running: 0 });
        of.running = Math.max(0, of.running - ended);
        const wanted = Math.min(concurrency, Math.max(of.running, demand));
        const given = grant(state, ask(`h${host}`, { concurrency, running: of.running, wanted }), nowMs);
        state = given.state;
        of.slots = given.grant.slots;
        of.askedAtMs = nowMs;
        of.running = Math.max(of.running, Math.min(of.slots, demand));
        expect(hosts.reduce((sum, { running }) => sum + running, 0)).toBeLessThanOrEqual(concurrency);
      }
    }),
  );
});

it('never lets more begin in any stretch of time than the rate says', () => {
  const step = fc.record({
    host: fc.integer({ min: 0, max: 2 }),
    starting: fc.integer({ min: 0, max: 12 }),
    unused: fc.integer({ min: 0, max: 12 }),
    passedMs: fc.integer({ min: 0, max: 400 }),
  });
  const rateOf = fc.record({
    requests: fc.integer({ min: 1, max: 20 }),
    perMs: fc.integer({ min: 100, max: 3_000 }),
  });
  fc.assert(
    fc.property(rateOf, fc.array(step, { maxLength: 80 }), (rate: RateLimit, steps) => {
      let state: LimitState = NO_STATE;
      let nowMs = 1_000_000;
      const begun: number[] = [];
      const returned = new Map<number, [number, number]>();
      for (const { host, starting, unused, passedMs } of steps) {
        nowMs += passedMs;
        const back = returned.get(host);
        returned.delete(host);
        const given = grant(state, ask(`h${host}`, { rate, starting, changes: back ? [back] : [] }), nowMs);
        state = given.state;
        const { starts, spanStartMs, spanEndMs } = given.grant;
        expect(spanEndMs - spanStartMs).toBe(spanMsOf(rate));
        const kept = Math.min(starts, unused);
        if (kept > 0) returned.set(host, [spanStartMs, -kept]);
        // Anywhere in the span: the worst is its end for the first ones and its start for the last.
        for (let i = kept; i < starts; i++)
          begun.push(i % 2 === 0 ? Math.max(nowMs, spanStartMs) : spanEndMs - 1);
      }
      for (const fromMs of begun) {
        const within = begun.filter((at) => at >= fromMs && at < fromMs + rate.perMs);
        expect(within.length).toBeLessThanOrEqual(rate.requests);
      }
    }),
  );
});

it('divides evenly, gives nobody more than it wants, and lets the odd one go round', () => {
  const wants = (entries: Record<string, number>) => new Map(Object.entries(entries));
  expect(Object.fromEntries(divide(10, wants({ a: 20, b: 2, c: 20 }), 0))).toEqual({ a: 4, b: 2, c: 4 });
  expect(Object.fromEntries(divide(10, wants({ a: 3, b: 2 }), 0))).toEqual({ a: 3, b: 2 });
  const winners = [0, 1_000, 2_000, 3_000].map((nowMs) => divide(1, wants({ a: 1, b: 1 }), nowMs).get('a'));
  expect(winners).toEqual([1, 0, 1, 0]);
});

it('gives what a dead host held to the others once its lease is over', () => {
  const { state } = grant(NO_STATE, ask('dead', { wanted: 4 }), 0);
  const busy = ask('alive', { wanted: 4 });
  expect(grant(state, busy, LEASE_MS - 1).grant.slots).toBe(0);
  expect(grant(state, busy, LEASE_MS).grant.slots).toBe(4);
});

it('takes slots back as calls end, so that a host that comes late gets its share', () => {
  let { state } = grant(NO_STATE, ask('first', { wanted: 4 }), 0);
  expect(grant(state, ask('late', { wanted: 4 }), 10).grant.slots).toBe(0);
  state = grant(state, ask('late', { wanted: 4 }), 10).state;
  const renewed = grant(state, ask('first', { running: 4, wanted: 4 }), 20);
  expect(renewed.grant.slots).toBe(2);
  state = grant(renewed.state, ask('first', { running: 2, wanted: 4 }), 30).state;
  expect(grant(state, ask('late', { wanted: 4 }), 40).grant.slots).toBe(2);
});

it('tells all hosts until when the other side wants no call', () => {
  const { state } = grant(NO_STATE, ask('told', { wanted: 1, notBeforeMs: 5_000 }), 0);
  expect(grant(state, ask('other', { wanted: 1 }), 10).grant.notBeforeMs).toBe(5_000);
});
