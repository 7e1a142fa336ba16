'use client';
import { useMutation, useQuery } from '@tanstack/react-query';
import type { WorkflowCanaryAnswer, WorkflowPublished, WorkflowSummary } from '@tutti/contracts';
import { askPreview, useRefresh } from '@/features/workflows/components/use-workflow';
import { workflowPath, type WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { hub } from '@/hub/client';

/** Figures of a canary grow with every run, and nothing tells of them. */
const ASK_MS = 10_000;

export function useCanary(of: WorkflowName) {
  return useQuery({
    queryKey: ['versions', 'canary', of.namespace, of.name],
    queryFn: ({ signal }) => hub<WorkflowCanaryAnswer>(`${workflowPath(of)}/canary`, { signal }),
    refetchInterval: ASK_MS,
  });
}

/** What would change and break if this text became the current version. */
export function useDifference(source: string | undefined) {
  return useQuery({
    queryKey: ['versions', 'preview', source],
    enabled: source !== undefined,
    retry: false,
    queryFn: ({ signal }) => askPreview(source ?? '', signal),
  });
}

/** What lint finds in a version now. */
export function usePublishCheck(of: WorkflowName, version: number) {
  return useQuery({
    queryKey: ['versions', 'check', of.namespace, of.name, version],
    gcTime: 0,
    queryFn: ({ signal }) =>
      hub<WorkflowPublished>(`${workflowPath(of)}/versions/${version}/publish`, {
        method: 'POST',
        body: { dryRun: true },
        signal,
      }),
  });
}

export interface Publish {
  version: number;
  percent: number;
  note: string;
  force: boolean;
}

export function usePublish(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ version, percent, note, force }: Publish) =>
      hub<WorkflowPublished>(`${workflowPath(of)}/versions/${version}/publish`, {
        method: 'POST',
        body: { percent, force, ...(note === '' ? {} : { note }) },
      }),
    onSuccess: refresh,
  });
}

export function useStopCanary(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => hub<WorkflowCanaryAnswer>(`${workflowPath(of)}/canary`, { method: 'DELETE' }),
    onSuccess: refresh,
  });
}

export function useDisable(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (reason: string) =>
      hub<WorkflowSummary>(`${workflowPath(of)}/disable`, { method: 'POST', body: { reason } }),
    onSuccess: refresh,
  });
}

export function useEnable(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => hub<WorkflowSummary>(`${workflowPath(of)}/enable`, { method: 'POST' }),
    onSuccess: refresh,
  });
}
