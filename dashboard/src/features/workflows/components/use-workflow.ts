'use client';
import { useQuery } from '@tanstack/react-query';
import type { WorkflowDetail } from '@tutti/contracts';
import { hub } from '@/hub/client';

interface Identity {
  namespace: string;
  name: string;
  version?: string;
}

const pathOf = ({ namespace, name }: Identity) =>
  `/v1/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

export function useWorkflow(identity: Identity | undefined, contentHash?: string) {
  return useQuery({
    queryKey: ['workflow', identity?.namespace, identity?.name, contentHash ?? 'current'],
    enabled: identity !== undefined,
    queryFn: ({ signal }) =>
      hub<WorkflowDetail>(pathOf(identity as Identity), { query: { version: contentHash }, signal }),
  });
}

/** The document of the version that a run is on: the current one, or an older one found by its version. */
export function useWorkflowVersion(identity: Identity | undefined) {
  const current = useWorkflow(identity);
  const other =
    current.data !== undefined && identity?.version !== undefined && current.data.version !== identity.version
      ? current.data.versions.find(({ version }) => version === identity.version)?.contentHash
      : undefined;
  const older = useWorkflow(other === undefined ? undefined : identity, other);
  return other === undefined ? current : older;
}
