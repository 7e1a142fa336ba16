'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { RunStarted, ScheduleDetail } from '@tutti/contracts';
import type { WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { hub } from '@/hub/client';
import { schedulePath } from '../prepare/schedule-path';

/** Planned times come without a word, so they are asked for. */
const ASK_MS = 5_000;

export function useSchedule(of: WorkflowName) {
  return useQuery({
    queryKey: ['schedules', of.namespace, of.name],
    queryFn: ({ signal }) => hub<ScheduleDetail>(schedulePath(of), { signal }),
    refetchInterval: ASK_MS,
  });
}

export function usePause(of: WorkflowName) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (what: 'pause' | 'resume') =>
      hub<ScheduleDetail>(`${schedulePath(of)}/${what}`, { method: 'POST' }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['schedules'] }),
  });
}

export function useFire(of: WorkflowName) {
  const client = useQueryClient();
  return useMutation({
    // A click that is repeated because the answer was lost starts no second run.
    mutationFn: (key: string) =>
      hub<RunStarted>(`${schedulePath(of)}/fire`, { method: 'POST', headers: { 'idempotency-key': key } }),
    onSuccess: () => client.invalidateQueries({ queryKey: ['schedules'] }),
  });
}
