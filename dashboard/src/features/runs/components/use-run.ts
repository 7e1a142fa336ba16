'use client';
import { useMemo } from 'react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { PartialOutputs, RunDetail, RunStarted, RunSummary } from '@tutti/contracts';
import { hub, type Page } from '@/hub/client';
import type { JournalItem, Trace } from '@/hub/types';
import { hasEnded } from '../prepare/filters';
import { entriesOf } from '../prepare/journal';
import { taskFacts } from '../prepare/task-facts';

const PAGE = 200;
const PAGES_MAX = 25;
const OPEN_TRACE_MS = 3000;
const PARTIAL_OUTPUTS_MS = 700;

export function useRun(id: string) {
  return useQuery({
    queryKey: ['run', id],
    queryFn: ({ signal }) => hub<RunDetail>(`/v1/runs/${id}`, { signal }),
  });
}

async function wholeJournal(
  id: string,
  signal: AbortSignal,
): Promise<{ items: JournalItem[]; more: boolean }> {
  const items: JournalItem[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await hub<Page<JournalItem>>(`/v1/runs/${id}/journal`, {
      query: { limit: PAGE, cursor },
      signal,
    });
    items.push(...answer.items);
    if (answer.nextCursor === null) return { items, more: false };
    cursor = answer.nextCursor;
  }
  return { items, more: true };
}

/**
 * The journal and what it says of the tasks. Very long journals are cut at 5,000 entries, and the page says
 * so.
 */
export function useJournal(id: string) {
  const query = useQuery({
    queryKey: ['run', id, 'journal'],
    queryFn: ({ signal }) => wholeJournal(id, signal),
  });
  const entries = useMemo(() => entriesOf(query.data?.items ?? []), [query.data]);
  const facts = useMemo(() => taskFacts(entries), [entries]);
  return { ...query, entries, facts, more: query.data?.more ?? false };
}

/** Spans come a moment after the events that tell of them, so an open trace is also asked again by time. */
export function useTrace(id: string, status: string | undefined) {
  return useQuery({
    queryKey: ['run', id, 'trace'],
    queryFn: ({ signal }) => hub<Trace>(`/v1/runs/${id}/trace`, { signal }),
    refetchInterval: ({ state }) =>
      status !== undefined && (!hasEnded(status) || (state.data?.spans.some(({ open }) => open) ?? false))
        ? OPEN_TRACE_MS
        : false,
  });
}

/** What the calls under way write; asked for only while there are any, because asking makes the hub tell. */
export function usePartialOutputs(id: string, isCalling: boolean) {
  return useQuery({
    queryKey: ['run', id, 'partial-outputs'],
    queryFn: ({ signal }) => hub<PartialOutputs>(`/v1/runs/${id}/partial-outputs`, { signal }),
    enabled: isCalling,
    refetchInterval: PARTIAL_OUTPUTS_MS,
  });
}

export function useCancel(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (reason: string) =>
      hub<RunSummary>(`/v1/runs/${id}/cancel`, { method: 'POST', body: reason === '' ? {} : { reason } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['run', id] }),
  });
}

export function useRetry(id: string) {
  return useMutation({
    mutationFn: (fromTask: string | undefined) =>
      hub<RunStarted>(`/v1/runs/${id}/retry`, {
        method: 'POST',
        body: fromTask === undefined ? {} : { fromTask },
      }),
  });
}
