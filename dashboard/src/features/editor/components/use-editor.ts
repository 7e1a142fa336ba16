'use client';
import { useDeferredValue, useMemo, useRef, useState } from 'react';
import { graphOf } from '@/features/workflows/prepare/graph';
import { readDocument, taskAround } from '../prepare/document';
import { placeFindings } from '../prepare/findings';
import type { EditorHandle } from './code-editor';
import { useKnowledge, useLiveLint } from './use-lint';

/** The last document of which a graph could be drawn. */
function useLastGood(value: unknown): unknown {
  const [good, setGood] = useState<unknown>(value);
  const isGood = useMemo(() => graphOf(value).nodes.length > 0, [value]);
  if (isGood && good !== value) setGood(value);
  return isGood ? value : good;
}

/** All that is derived from the text: the document, its graph, its findings, where the cursor is. */
export function useEditor(text: string) {
  const handle = useRef<EditorHandle>(null);
  const [cursor, setCursor] = useState(0);
  const read = useDeferredValue(text);
  const document = useMemo(() => readDocument(read), [read]);
  const lint = useLiveLint(text);
  const findings = useMemo(
    () =>
      lint.isCurrent && read === text ? placeFindings(lint.data?.findings ?? [], text, document) : undefined,
    [lint.isCurrent, lint.data, read, text, document],
  );
  const [shown, setShown] = useState(findings);
  if (findings !== undefined && findings !== shown) setShown(findings);
  const definition = useLastGood(document.value);
  const task = taskAround(document.pointerAt(cursor));
  const goToTask = (pointer: string) => {
    const place = document.placeOf(pointer);
    if (place !== undefined) handle.current?.goTo(place.key);
  };
  return {
    handle,
    knowledge: useKnowledge(),
    findings,
    /** The findings to list: those of a moment ago while the hub looks at the text. */
    shown: shown ?? [],
    isChecking: findings === undefined && lint.error === null,
    lintError: lint.error,
    definition,
    isOld: definition !== document.value,
    broken: document.broken,
    task,
    setCursor,
    goToTask,
  };
}
