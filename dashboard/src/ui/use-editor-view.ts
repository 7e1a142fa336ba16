'use client';
import { useEffect, useRef, type RefObject } from 'react';
import { EditorState, type EditorStateConfig } from '@codemirror/state';
import { EditorView } from '@codemirror/view';

/**
 * An editor inside of the element that gets `host`. It keeps its own text and is made anew for another key
 * only; what it calls it finds in a reference to the props as they are now.
 */
export function useEditorView<T>(
  props: T,
  key: string,
  configOf: (latest: RefObject<T>) => EditorStateConfig,
) {
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const latest = useRef(props);
  useEffect(() => {
    latest.current = props;
  });
  useEffect(() => {
    if (host.current === null) return undefined;
    const made = new EditorView({ parent: host.current, state: EditorState.create(configOf(latest)) });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [key]);
  return { host, view };
}
