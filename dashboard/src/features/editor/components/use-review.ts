'use client';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Applied, WorkflowDetail, WorkflowPreview, WorkflowPublished } from '@tutti/contracts';
import { hub } from '@/hub/client';

const YAML = { 'content-type': 'application/yaml' };

export const workflowPath = (namespace: string, name: string): string =>
  `/v1/workflows/${encodeURIComponent(namespace)}/${encodeURIComponent(name)}`;

/** What an apply of the text would change and break, asked anew each time the review opens. */
export function usePreview(text: string) {
  return useQuery({
    queryKey: ['preview', text],
    staleTime: 0,
    gcTime: 0,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      hub<WorkflowPreview>('/v1/workflows/preview', { method: 'POST', body: text, headers: YAML, signal }),
  });
}

/** The text of the version that the preview compares with; '' when there is none. */
export function useCurrentText(preview: WorkflowPreview | undefined) {
  const hash = preview?.current?.contentHash;
  const query = useQuery({
    queryKey: ['workflow', preview?.namespace, preview?.name, hash],
    enabled: preview !== undefined && hash !== undefined,
    queryFn: ({ signal }) =>
      hub<WorkflowDetail>(workflowPath(preview?.namespace ?? '', preview?.name ?? ''), {
        query: { version: hash },
        signal,
      }),
  });
  return hash === undefined ? { text: '', error: null } : { text: query.data?.source, error: query.error };
}

function useRefresh() {
  const client = useQueryClient();
  return () =>
    Promise.all([
      client.invalidateQueries({ queryKey: ['workflow'] }),
      client.invalidateQueries({ queryKey: ['workflows'] }),
      client.invalidateQueries({ queryKey: ['preview'] }),
    ]);
}

export interface Apply {
  text: string;
  note: string;
  /** Content hash of the version that must be the current one; null: there must be none. */
  expected: string | null;
}

/** Applies the text, unless another version is the current one by now. */
export function useApply() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ text, note, expected }: Apply) =>
      hub<Applied>('/v1/workflows', {
        method: 'PUT',
        query: { note: note.trim() },
        body: text,
        headers: {
          ...YAML,
          ...(expected === null ? { 'if-none-match': '*' } : { 'if-match': `"${expected}"` }),
        },
      }),
    onSettled: refresh,
  });
}

export interface Undo {
  namespace: string;
  name: string;
  /** The number of the version that is the current one again. */
  to: number;
  /** Content hash of the version that is taken back: another one is not. */
  from: string;
}

export function useUndo() {
  const refresh = useRefresh();
  return useMutation({
    mutationFn: ({ namespace, name, to, from }: Undo) =>
      hub<WorkflowPublished>(`${workflowPath(namespace, name)}/versions/${to}/publish`, {
        method: 'POST',
        body: { note: 'Undone in the editor' },
        headers: { 'if-match': `"${from}"` },
      }),
    onSettled: refresh,
  });
}
