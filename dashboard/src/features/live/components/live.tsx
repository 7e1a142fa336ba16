'use client';
import { createContext, useContext, useEffect, useState, type ReactNode } from 'react';
import { useQueryClient, type QueryClient } from '@tanstack/react-query';
import { hubUrl } from '@/hub/client';
import { delayMsOf, staleKeys } from '../prepare/changes';

type LiveState = 'connecting' | 'live' | 'lost';
const Context = createContext<LiveState>('connecting');
export const useLive = () => useContext(Context);

/** Collects what became old and asks again at most once per delay, however many events come. */
function makeInvalidator(client: QueryClient) {
  const waiting = new Map<string, ReturnType<typeof setTimeout>>();
  return {
    add(keys: string[][]) {
      for (const key of keys) {
        const name = key.join(' ');
        if (waiting.has(name)) continue;
        waiting.set(
          name,
          setTimeout(() => {
            waiting.delete(name);
            void client.invalidateQueries({ queryKey: key });
          }, delayMsOf(key)),
        );
      }
    },
    stop() {
      for (const timer of waiting.values()) clearTimeout(timer);
      waiting.clear();
    },
  };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The stream of events of the hub. Closed while the tab is hidden, because a browser allows only six
 * connections to one host and people keep many tabs; everything in view is asked again when it opens.
 */
export function LiveProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [state, setState] = useState<LiveState>('connecting');
  useEffect(() => {
    const invalidator = makeInvalidator(client);
    let source: EventSource | undefined;
    let opened = false;
    const open = () => {
      source = new EventSource(hubUrl('/v1/events'));
      source.onopen = () => {
        setState('live');
        if (opened) void client.invalidateQueries();
        opened = true;
      };
      source.onerror = () => setState('lost');
      // Some events were dropped because this page was too slow or away: everything may be old.
      source.addEventListener('resync', () => void client.invalidateQueries());
      for (const type of ['run.changed', 'review.changed']) {
        source.addEventListener(type, (event) =>
          invalidator.add(staleKeys(type, parse((event as MessageEvent<string>).data))),
        );
      }
    };
    const look = () => {
      if (document.hidden) {
        source?.close();
        source = undefined;
      } else if (source === undefined) open();
    };
    look();
    document.addEventListener('visibilitychange', look);
    return () => {
      document.removeEventListener('visibilitychange', look);
      source?.close();
      invalidator.stop();
    };
  }, [client]);
  return <Context.Provider value={state}>{children}</Context.Provider>;
}
