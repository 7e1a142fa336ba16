'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { RunStarted, ScheduleDetail } from '@tutti/contracts';
import { hub } from '@/hub/client';

/** Planned times come without a word, so they are asked for. */
const ASK_MS = 5_000;

export interface ScheduleName {
  namespace: string;
  name: string;
}

const pathOf = ({ namespace, name }: ScheduleName) =>
  `/v1/schedules/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export function useSchedule(of: ScheduleName) {
  return useQuery({
    queryKey: ['schedules', of.namespace, of.name],
    queryFn: ({ signal }) => hub<ScheduleDetail>(pathOf(of), { signal }),
    refetchInterval: ASK_MS,
  });
}

export function usePause(of: ScheduleName) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: 'pause' | 'resume') =>
      hub<ScheduleDetail>(`${pathOf(of)}/${what}`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['schedules'] }),
  });
}

export function useFire(of: ScheduleName) {
  const client = useQueryClient();
  return useMutation({
    // A click that is repeated because the answer was lost starts no second run.
    mutationFn: (key: string) =>
      hub<RunStarted>(`${pathOf(of)}/fire`, { method: 'POST', headers: { 'idempotency-key': key } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['schedules'] }),
  });
}
