'use client';
import { useCallback, useEffect, useState } from 'react';
import { useLeaveGuard } from '@/ui/use-leave-guard';

/** The version that editing began from; `contentHash` is null for a workflow that is not there yet. */
export interface Base {
  namespace: string;
  name: string;
  text: string;
  contentHash: string | null;
}
interface Draft {
  text: string;
  base: Base;
}

const keyOf = (id: string): string => `tutti.draft.${id}`;

function isDraft(value: unknown): value is Draft {
  const draft = value as Draft | null;
  return typeof draft?.text === 'string' && typeof draft.base?.text === 'string';
}

function readDraft(id: string): Draft | undefined {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(keyOf(id)) ?? 'null');
    return isDraft(value) ? value : undefined;
  } catch {
    // Not ours, or no storage: then there is no draft.
    return undefined;
  }
}

function writeDraft(id: string, draft: Draft): void {
  try {
    if (draft.text === draft.base.text) sessionStorage.removeItem(keyOf(id));
    else sessionStorage.setItem(keyOf(id), JSON.stringify(draft));
  } catch {
    // The storage is full or forbidden: the question before the tab closes still stands.
  }
}

/** The text that is edited and what it began from. It outlasts a reload, in this tab only. */
export function useDraft(id: string, begin: Base) {
  const [{ draft, restored }, setState] = useState(() => {
    const kept = readDraft(id);
    return kept === undefined
      ? { draft: { text: begin.text, base: begin }, restored: false }
      : { draft: kept, restored: true };
  });
  const isDirty = draft.text !== draft.base.text;
  useEffect(() => writeDraft(id, draft), [id, draft]);
  useLeaveGuard(isDirty);
  const setText = useCallback(
    (text: string) => setState((all) => ({ ...all, draft: { ...all.draft, text } })),
    [],
  );
  /** Begins anew from a version; the text stays when it is not given. */
  const rebase = useCallback(
    (base: Base, text?: string) =>
      setState(({ draft: { text: kept } }) => ({ draft: { base, text: text ?? kept }, restored: false })),
    [],
  );
  return { ...draft, isDirty, restored, setText, rebase };
}
