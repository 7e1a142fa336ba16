'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type {
  WorkflowCanaryAnswer,
  WorkflowDetail,
  WorkflowPreview,
  WorkflowPublished,
  WorkflowSummary,
} from '@tutti/contracts';
import { hub } from '@/hub/client';

export interface WorkflowName {
  namespace: string;
  name: string;
}

export const pathOf = ({ namespace, name }: WorkflowName) =>
  `/v1/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

/** Figures of a canary grow with every run, and nothing tells of them. */
const ASK_MS = 10_000;

function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['workflow'] }),
      client.invalidateQueries({ queryKey: ['workflows'] }),
      client.invalidateQueries({ queryKey: ['versions'] }),
    ]);
}

export function useCanary(of: WorkflowName) {
  return useQuery({
    queryKey: ['versions', 'canary', of.namespace, of.name],
    queryFn: ({ signal }) => hub<WorkflowCanaryAnswer>(`${pathOf(of)}/canary`, { signal }),
    refetchInterval: ASK_MS,
  });
}

/** The text of a version, by its content hash. */
export function useSource(of: WorkflowName, contentHash: string | undefined) {
  return useQuery({
    queryKey: ['versions', 'source', of.namespace, of.name, contentHash],
    enabled: contentHash !== undefined,
    staleTime: Infinity,
    queryFn: ({ signal }) => hub<WorkflowDetail>(pathOf(of), { query: { version: contentHash }, signal }),
  });
}

/** What would change and break if this text became the current version. */
export function useDifference(source: string | undefined) {
  return useQuery({
    queryKey: ['versions', 'preview', source],
    enabled: source !== undefined,
    retry: false,
    queryFn: ({ signal }) =>
      hub<WorkflowPreview>('/v1/workflows/preview', {
        method: 'POST',
        body: source,
        headers: { 'content-type': 'application/yaml' },
        signal,
      }),
  });
}

/** What lint finds in a version now. */
export function usePublishCheck(of: WorkflowName, version: number) {
  return useQuery({
    queryKey: ['versions', 'check', of.namespace, of.name, version],
    gcTime: 0,
    queryFn: ({ signal }) =>
      hub<WorkflowPublished>(`${pathOf(of)}/versions/${version}/publish`, {
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
      hub<WorkflowPublished>(`${pathOf(of)}/versions/${version}/publish`, {
        method: 'POST',
        body: { percent, force, ...(note === '' ? {} : { note }) },
      }),
    onSuccess: refresh,
  });
}

export function useStopCanary(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => hub<WorkflowCanaryAnswer>(`${pathOf(of)}/canary`, { method: 'DELETE' }),
    onSuccess: refresh,
  });
}

export function useDisable(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: (reason: string) =>
      hub<WorkflowSummary>(`${pathOf(of)}/disable`, { method: 'POST', body: { reason } }),
    onSuccess: refresh,
  });
}

export function useEnable(of: WorkflowName) {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: () => hub<WorkflowSummary>(`${pathOf(of)}/enable`, { method: 'POST' }),
    onSuccess: refresh,
  });
}
