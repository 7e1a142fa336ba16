'use client';
import {
  createContext,
  useCallback,
  useContext,
  useEffect,
  useMemo,
  useRef,
  useState,
  type ReactNode,
  type RefObject,
} from 'react';
import { useQueryClient } from '@tanstack/react-query';
import type { ReviewDecisionRequest, ReviewDetail } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { hub, hubUrl } from '@/hub/client';
import { asProblem, type HubProblem } from '@/hub/problem';
import { useToasts } from '@/ui/toasts';

/** Decisions are final in the hub, so they are held back this long, and undo is simply not sending them. */
const GRACE_MS = 5000;

interface Waiting {
  review: Pick<ReviewDetail, 'id' | 'title'>;
  request: ReviewDecisionRequest;
  timer: ReturnType<typeof setTimeout>;
  close: () => void;
}
interface Decisions {
  /** Ids of reviews that are decided here but not sent, or on their way. */
  taken: ReadonlySet<string>;
  failures: ReadonlyMap<string, HubProblem>;
  decide: (review: Pick<ReviewDetail, 'id' | 'title'>, request: ReviewDecisionRequest) => void;
}
const Context = createContext<Decisions>({ taken: new Set(), failures: new Map(), decide: () => undefined });
export const useDecisions = () => useContext(Context);

const pathOf = (id: string) => `/v1/reviews/${id}/decision`;

/** Sends a decision and brings what is shown up to date, whether it was taken or not. */
function usePost(fail: (id: string, problem: HubProblem) => void) {
  const client = useQueryClient();
  const toasts = useToasts();
  return useCallback(
    async ({ review: { id, title }, request }: Waiting) => {
      try {
        const decided = await hub<ReviewDetail>(pathOf(id), { method: 'POST', body: request });
        client.setQueryData(['review', id], decided);
        await Promise.all([
          client.invalidateQueries({ queryKey: ['reviews'] }),
          client.invalidateQueries({ queryKey: ['overview'] }),
        ]);
      } catch (error) {
        fail(id, asProblem(error));
        toasts.show(`“${title}” was not decided: ${asProblem(error).problem.title}`, { forMs: 10_000 });
        await client.invalidateQueries({ queryKey: ['review', id] });
      }
    },
    [client, toasts, fail],
  );
}

/** The page closes: what was decided is sent now, because the person has seen it as done. */
function useFlush(waiting: RefObject<Map<string, Waiting>>) {
  useEffect(() => {
    const flush = () => {
      for (const [id, held] of waiting.current) {
        clearTimeout(held.timer);
        void fetch(hubUrl(pathOf(id)), {
          method: 'POST',
          keepalive: true,
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify(held.request),
        });
      }
      waiting.current.clear();
    };
    window.addEventListener('pagehide', flush);
    return () => window.removeEventListener('pagehide', flush);
  }, [waiting]);
}

function useUndoKey(waiting: RefObject<Map<string, Waiting>>, undo: (id: string) => void) {
  useKeys({
    u: {
      does: 'Undo the last decision',
      run: () => {
        const last = [...waiting.current.keys()].at(-1);
        if (last !== undefined) undo(last);
      },
    },
  });
}

/** Holds decisions for the time of undo; lives above the pages, so that going elsewhere does not lose one. */
export function DecisionsProvider({ children }: { children: ReactNode }) {
  const toasts = useToasts();
  const waiting = useRef(new Map<string, Waiting>());
  const [taken, setTaken] = useState<ReadonlySet<string>>(new Set());
  const [failures, setFailures] = useState<ReadonlyMap<string, HubProblem>>(new Map());

  const release = useCallback(
    (id: string) => setTaken((before) => new Set([...before].filter((each) => each !== id))),
    [],
  );
  const fail = useCallback(
    (id: string, problem: HubProblem) => setFailures((before) => new Map(before).set(id, problem)),
    [],
  );
  const post = usePost(fail);
  const send = useCallback(
    async (id: string) => {
      const held = waiting.current.get(id);
      if (held === undefined) return;
      waiting.current.delete(id);
      await post(held);
      release(id);
    },
    [post, release],
  );

  const undo = useCallback(
    (id: string) => {
      const held = waiting.current.get(id);
      if (held === undefined) return;
      clearTimeout(held.timer);
      held.close();
      waiting.current.delete(id);
      release(id);
    },
    [release],
  );

  const decide = useCallback<Decisions['decide']>(
    (review, request) => {
      if (waiting.current.has(review.id)) return;
      const close = toasts.show(
        `${request.decision === 'approve' ? 'Approved' : 'Rejected'} “${review.title}”`,
        { action: { label: 'Undo', run: () => undo(review.id) }, forMs: GRACE_MS },
      );
      waiting.current.set(review.id, {
        review,
        request,
        close,
        timer: setTimeout(() => void send(review.id), GRACE_MS),
      });
      setTaken((before) => new Set(before).add(review.id));
      setFailures((before) => new Map([...before].filter(([id]) => id !== review.id)));
    },
    [send, toasts, undo],
  );

  useUndoKey(waiting, undo);
  useFlush(waiting);
  const value = useMemo(() => ({ taken, failures, decide }), [taken, failures, decide]);
  return <Context.Provider value={value}>{children}</Context.Provider>;
}
