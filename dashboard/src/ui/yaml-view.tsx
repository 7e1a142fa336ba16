'use client';
import { useEffect, useRef } from 'react';
import { basicSetup, EditorView } from 'codemirror';
import { yaml } from '@codemirror/lang-yaml';
import { EditorState } from '@codemirror/state';
import { EDITOR_LOOK } from './editor-look';

interface YamlViewProps {
  text: string;
  label: string;
  onChange?: (text: string) => void;
  className?: string;
}

/** YAML with line numbers, folding and search; read only unless a change is wanted. */
export function YamlView({ text, label, onChange, className = 'h-[62vh]' }: YamlViewProps) {
  const host = useRef<HTMLDivElement>(null);
  const change = useRef(onChange);
  useEffect(() => {
    change.current = onChange;
  }, [onChange]);
  const editable = onChange !== undefined;
  useEffect(() => {
    if (host.current === null) return undefined;
    const view = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: text,
        extensions: [
          basicSetup,
          yaml(),
          EDITOR_LOOK,
          EditorState.readOnly.of(!editable),
          EditorView.contentAttributes.of({
            'aria-label': label,
            'aria-readonly': String(!editable),
            tabindex: '0',
          }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) change.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    return () => view.destroy();
    // An editor keeps its own text: a new one is made only for another document.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [editable ? '' : text, editable, label]);
  return <div ref={host} className={`overflow-hidden rounded-lg ${className}`} />;
}
