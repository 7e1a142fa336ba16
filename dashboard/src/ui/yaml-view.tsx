'use client';
import { basicSetup, EditorView } from 'codemirror';
import { yaml } from '@codemirror/lang-yaml';
import { EditorState } from '@codemirror/state';
import { EDITOR_LOOK } from './editor-look';
import { useEditorView } from './use-editor-view';

interface YamlViewProps {
  text: string;
  label: string;
  onChange?: (text: string) => void;
  className?: string;
}

/** YAML with line numbers, folding and search; read only unless a change is wanted. */
export function YamlView({ text, label, onChange, className = 'h-[62vh]' }: YamlViewProps) {
  const editable = onChange !== undefined;
  // An editor keeps its own text: only one that is read is made anew for another.
  const key = [editable, label, editable ? '' : text].join('\n');
  const { host } = useEditorView({ onChange }, key, (latest) => ({
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
        if (update.docChanged) latest.current.onChange?.(update.state.doc.toString());
      }),
    ],
  }));
  return <div ref={host} className={`overflow-hidden rounded-lg ${className}`} />;
}
