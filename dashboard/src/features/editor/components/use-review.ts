'use client';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import type { Applied, WorkflowPreview, WorkflowPublished } from '@tutti/contracts';
import { askPreview, useRefresh, useWorkflow } from '@/features/workflows/components/use-workflow';
import { workflowPath } from '@/features/workflows/prepare/workflow-path';
import { hub, YAML } from '@/hub/client';

/** What an apply of the text would change and break, asked anew each time the review opens. */
export function usePreview(text: string) {
  return useQuery({
    queryKey: ['preview', text],
    staleTime: 0,
    gcTime: 0,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) => askPreview(text, signal),
  });
}

/** The text of the version that the preview compares with; '' when there is none. */
export function useCurrentText(preview: WorkflowPreview | undefined) {
  const hash = preview?.current?.contentHash;
  const query = useWorkflow(hash === undefined ? undefined : preview, hash);
  return hash === undefined ? { text: '', error: null } : { text: query.data?.source, error: query.error };
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
      hub<WorkflowPublished>(`${workflowPath({ namespace, name })}/versions/${to}/publish`, {
        method: 'POST',
        body: { note: 'Undone in the editor' },
        headers: { 'if-match': `"${from}"` },
      }),
    onSettled: refresh,
  });
}
