'use client';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import type { WorkflowDetail, WorkflowPreview } from '@tutti/contracts';
import { hub, YAML } from '@/hub/client';
import { workflowPath, type WorkflowName } from '../prepare/workflow-path';

/** A workflow as it is now, or a version of it by its content hash, which says the same for ever. */
export function useWorkflow(of: WorkflowName | undefined, contentHash?: string) {
  return useQuery({
    queryKey: ['workflow', of?.namespace, of?.name, contentHash ?? 'current'],
    enabled: of !== undefined,
    ...(contentHash !== undefined && { staleTime: Number.POSITIVE_INFINITY }),
    queryFn: ({ signal }) =>
      hub<WorkflowDetail>(workflowPath(of as WorkflowName), { query: { version: contentHash }, signal }),
  });
}

/** The document of the version that a run is on: the current one, or an older one found by its version. */
export function useWorkflowVersion(of: WorkflowName & { version: string }) {
  const current = useWorkflow(of);
  const other =
    current.data !== undefined && current.data.version !== of.version
      ? current.data.versions.find(({ version }) => version === of.version)?.contentHash
      : undefined;
  const older = useWorkflow(other === undefined ? undefined : of, other);
  return other === undefined ? current : older;
}

/** What would change and break if a text became the current version. */
export function askPreview(text: string, signal: AbortSignal): Promise<WorkflowPreview> {
  return hub<WorkflowPreview>('/v1/workflows/preview', { method: 'POST', body: text, headers: YAML, signal });
}

/** Has all asked anew that an apply, a publish or a switch makes old. */
export function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all(
      ['workflow', 'workflows', 'versions', 'preview'].map((key) =>
        client.invalidateQueries({ queryKey: [key] }),
      ),
    );
}
