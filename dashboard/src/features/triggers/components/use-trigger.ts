'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Applied, TriggerDetail } from '@tutti/contracts';
import { hub, YAML } from '@/hub/client';

/** What a trigger does is counted every two seconds; nothing tells of it, so it is asked. */
const ASK_MS = 3_000;

const pathOf = (name: string) => `/v1/triggers/${encodeURIComponent(name)}`;

export function useTrigger(name: string) {
  return useQuery({
    queryKey: ['trigger', name],
    queryFn: ({ signal }) => hub<TriggerDetail>(pathOf(name), { signal }),
    refetchInterval: ASK_MS,
  });
}

export function useApplyTrigger() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (text: string) => hub<Applied>('/v1/triggers', { method: 'PUT', body: text, headers: YAML }),
    onSuccess: ({ name }) =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['trigger', name] }),
        client.invalidateQueries({ queryKey: ['triggers'] }),
      ]),
  });
}

export function useEnableTrigger(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (enabled: boolean) =>
      hub<TriggerDetail>(pathOf(name), { method: 'PATCH', body: { enabled } }),
    onSuccess: (changed) => {
      client.setQueryData(['trigger', name], changed);
      return client.invalidateQueries({ queryKey: ['triggers'] });
    },
  });
}

/** Has the other system asked at once, whatever the next look was to be. */
export function useLook(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<TriggerDetail>(`${pathOf(name)}/look`, { method: 'POST' }),
    onSuccess: (looked) => client.setQueryData(['trigger', name], looked),
  });
}

export function useRemoveTrigger(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => hub<undefined>(pathOf(name), { method: 'DELETE' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['triggers'] }),
  });
}
