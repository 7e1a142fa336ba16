'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { DeadLetterBatch, DeadLetterDetail, DeadLetterSelection } from '@tutti/contracts';
import { hub } from '@/hub/client';

export type BulkAction = 'redrive' | 'discard';
const BATCHES_MAX = 1000;

const pathOf = (id: string) => `/v1/dead-letters/${encodeURIComponent(id)}`;

export function useLetter(id: string) {
  return useQuery({
    queryKey: ['dead-letter', id],
    queryFn: ({ signal }) => hub<DeadLetterDetail>(pathOf(id), { signal }),
  });
}

/** What is done to one letter; the answer is the letter as it is then. */
export function useLetterAction(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: BulkAction | 'reopen' | 'restore' | { text: string }) => {
      if (typeof action === 'object')
        return hub<DeadLetterDetail>(`${pathOf(id)}/payload`, { method: 'PUT', body: action });
      if (action === 'restore') return hub<DeadLetterDetail>(`${pathOf(id)}/payload`, { method: 'DELETE' });
      return hub<DeadLetterDetail>(`${pathOf(id)}/${action}`, { method: 'POST' });
    },
    onSuccess: (letter) => client.setQueryData(['dead-letter', id], letter),
    // Also when it was refused: somebody else may have been quicker.
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => /^dead-letter/.test(String(queryKey[0])) }),
  });
}

/** What a bulk action would do to the first batch. */
export function usePlan(action: BulkAction, selection: DeadLetterSelection) {
  return useQuery({
    queryKey: ['dead-letters-plan', action, selection],
    queryFn: ({ signal }) =>
      hub<DeadLetterBatch>(`/v1/dead-letters/${action}`, {
        method: 'POST',
        query: { plan: true },
        body: selection,
        signal,
      }),
    gcTime: 0,
  });
}

/** Does it, batch by batch until there is none behind. */
export function useBulk(action: BulkAction) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (selection: DeadLetterSelection) => {
      const sum = { done: 0, refused: 0, skipped: 0 };
      let cursor: string | null = null;
      for (let batches = 0; batches < BATCHES_MAX; batches += 1) {
        const batch: DeadLetterBatch = await hub(`/v1/dead-letters/${action}`, {
          method: 'POST',
          body: { ...selection, ...(cursor === null ? {} : { cursor }) },
        });
        sum.done += batch.done;
        sum.refused += batch.refused.length;
        sum.skipped += batch.skipped;
        cursor = batch.nextCursor;
        if (cursor === null) break;
      }
      return sum;
    },
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => /^dead-letter/.test(String(queryKey[0])) }),
  });
}

/** Opens discarded letters again: the undo of a discard. */
export function useReopen() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (ids: readonly string[]) =>
      Promise.all(ids.map((id) => hub<DeadLetterDetail>(`${pathOf(id)}/reopen`, { method: 'POST' }))),
    onSettled: () =>
      client.invalidateQueries({ predicate: ({ queryKey }) => /^dead-letter/.test(String(queryKey[0])) }),
  });
}
