'use client';
import { useRef, useState } from 'react';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { MigratableRun, RunMigrations } from '@tutti/contracts';
import { useRefresh } from '@/features/workflows/components/use-workflow';
import { workflowPath, type WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { hub } from '@/hub/client';

/** Runs of one request. */
const PAGE = 200;

/** Runs under way and the version they are to go on with; `from` absent: those of all others. */
export interface Move {
  to: string;
  from?: string | undefined;
}

/** How far a move has come, and at its end what became of the runs. */
export interface Moved {
  matched: number;
  asked: number;
  looked: number;
  staying: MigratableRun[];
}

const NOTHING: Moved = { matched: 0, asked: 0, looked: 0, staying: [] };

function ask(of: WorkflowName, body: object, signal?: AbortSignal): Promise<RunMigrations> {
  return hub<RunMigrations>(`${workflowPath(of)}/migrate`, {
    method: 'POST',
    body: { ...body, limit: PAGE },
    ...(signal && { signal }),
  });
}

/** The newest runs that a move would look at: which can go on, and why others cannot. */
export function useMovePreview(of: WorkflowName, move: Move) {
  return useQuery({
    queryKey: ['move', of.namespace, of.name, move],
    gcTime: 0,
    retry: false,
    queryFn: ({ signal }) => ask(of, { ...move, dryRun: true }, signal),
  });
}

/** Asks all runs of a move, page by page; one that is closed meanwhile asks no further page. */
export function useMove(of: WorkflowName) {
  const refresh = useRefresh();
  const [progress, setProgress] = useState<Moved>();
  const ended = useRef(new AbortController());
  const mutation = useMutation({
    mutationFn: async (move: Move) => {
      let moved = NOTHING;
      let cursor: string | null = null;
      do {
        const page: RunMigrations = await ask(
          of,
          { ...move, ...(cursor !== null && { cursor }) },
          ended.current.signal,
        );
        moved = {
          matched: Math.max(moved.matched, page.matched),
          asked: moved.asked + page.asked,
          looked: moved.looked + page.items.length,
          staying: [...moved.staying, ...page.items.filter(({ can }) => !can)],
        };
        setProgress(moved);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return moved;
    },
    onSettled: refresh,
  });
  return { ...mutation, progress, stop: () => ended.current.abort() };
}
