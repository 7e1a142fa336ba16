'use client';
import { useSyncExternalStore } from 'react';
import { formatDuration, formatExact, formatRelative, MISSING, toMs } from '@/format/format';

/** One ticker for all times of the page, so that they change together and only one timer runs. */
const listeners = new Set<() => void>();
let nowMs = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => {
    nowMs = Date.now();
    for (const each of listeners) each();
  }, 1000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** The time of the page, at most a second old. */
export function useNow(): number {
  return useSyncExternalStore(
    subscribe,
    () => nowMs,
    () => nowMs,
  );
}

/** A time relative to now, the exact one on hover. */
export function Time({ at }: { at: string | number | null | undefined }) {
  const now = useNow();
  if (at === null || at === undefined) return <span>{MISSING}</span>;
  const ms = toMs(at);
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatExact(ms)}>
      {formatRelative(ms, now)}
    </time>
  );
}

/** How long something took, counting up while it is under way. */
export function Elapsed({
  from,
  until,
  durationMs,
}: {
  from: string | number;
  until: string | number | null;
  durationMs?: number | null;
}) {
  const now = useNow();
  const ms =
    durationMs ?? (until === null ? Math.floor((now - toMs(from)) / 1000) * 1000 : toMs(until) - toMs(from));
  return <span>{formatDuration(Math.max(0, ms))}</span>;
}
