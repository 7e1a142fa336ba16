'use client';
import { useState, type ReactNode } from 'react';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { KeyboardProvider } from '@/features/keyboard/components/keyboard';
import { LiveProvider } from '@/features/live/components/live';
import { HubProblem } from '@/hub/problem';
import { DecisionsProvider } from '@/features/reviews/components/decisions';
import { ToastProvider } from '@/ui/toasts';

const FRESH_MS = 5000;
const RETRIES_MAX = 2;

/** A session that ended shows the sign-in page at once instead of one error per panel. */
function leaveWhenSignedOut(error: unknown): void {
  if (!(error instanceof HubProblem) || error.status !== 401) return;
  const next = encodeURIComponent(window.location.pathname + window.location.search);
  window.location.assign(`/sign-in?problem=expired&next=${next}`);
}

function makeClient(): QueryClient {
  return new QueryClient({
    queryCache: new QueryCache({ onError: leaveWhenSignedOut }),
    mutationCache: new MutationCache({ onError: leaveWhenSignedOut }),
    defaultOptions: {
      queries: {
        staleTime: FRESH_MS,
        // What the hub refused it refuses again; only a hub that did not answer is asked once more.
        retry: (count, error) => count < RETRIES_MAX && !(error instanceof HubProblem && error.status < 500),
      },
    },
  });
}

export function Providers({ children }: { children: ReactNode }) {
  const [client] = useState(makeClient);
  return (
    <QueryClientProvider client={client}>
      <LiveProvider>
        <KeyboardProvider>
          <ToastProvider>
            <DecisionsProvider>{children}</DecisionsProvider>
          </ToastProvider>
        </KeyboardProvider>
      </LiveProvider>
    </QueryClientProvider>
  );
}
