'use client';
import { useEffect, useImperativeHandle, type Ref, type RefObject } from 'react';
import {
  acceptCompletion,
  autocompletion,
  type Completion,
  type CompletionContext,
} from '@codemirror/autocomplete';
import { indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { lintGutter, setDiagnostics, type Diagnostic } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { keymap } from '@codemirror/view';
import { basicSetup, EditorView } from 'codemirror';
import { EDITOR_LOOK } from '@/ui/editor-look';
import { useEditorView } from '@/ui/use-editor-view';
import type { TextRange } from '../prepare/document';
import type { PlacedFinding } from '../prepare/findings';
import { suggestionsAt, type Knowledge, type Suggestion } from '../prepare/suggest';

/** What others may do with the editor. */
export interface EditorHandle {
  /** Puts the cursor there, in view, and the focus into the editor. */
  goTo: (place: TextRange) => void;
  replace: (text: string) => void;
}

interface CodeEditorProps {
  ref: Ref<EditorHandle>;
  /** The text to begin with; later changes come through the handle. */
  initial: string;
  label: string;
  findings: readonly PlacedFinding[] | undefined;
  knowledge: Knowledge | undefined;
  onChange: (text: string) => void;
  onCursor: (offset: number) => void;
}

const TYPES: Record<Suggestion['kind'], string> = {
  keyword: 'property',
  value: 'enum',
  capability: 'function',
  task: 'variable',
  variable: 'variable',
  function: 'function',
  snippet: 'text',
};

function completionOf({ label, text, kind, detail, about, boost }: Suggestion): Completion {
  return {
    label,
    type: TYPES[kind],
    ...(text === undefined ? {} : { apply: text }),
    ...(detail === undefined ? {} : { detail }),
    ...(about === undefined || about === '' ? {} : { info: about }),
    ...(boost === undefined ? {} : { boost }),
  };
}

function diagnosticOf({ range, severity, code, message, fix }: PlacedFinding): Diagnostic {
  return { ...range, severity, source: code, message: fix === undefined ? message : `${message}\n${fix}` };
}

function extensionsOf(
  label: string,
  calls: RefObject<Pick<CodeEditorProps, 'knowledge' | 'onChange' | 'onCursor'>>,
) {
  const complete = (context: CompletionContext) => {
    const { knowledge } = calls.current;
    if (knowledge === undefined) return null;
    const found = suggestionsAt(context.state.doc.toString(), context.pos, knowledge);
    if (found === undefined || (found.from === context.pos && !context.explicit)) return null;
    return { from: found.from, options: found.items.map(completionOf), validFor: /^[\w$@:./-]*$/ };
  };
  return [
    basicSetup,
    yaml(),
    EDITOR_LOOK,
    lintGutter(),
    autocompletion({ activateOnCompletion: ({ type }) => type === 'property' }),
    EditorState.languageData.of(() => [{ autocomplete: complete }]),
    keymap.of([{ key: 'Tab', run: acceptCompletion }, indentWithTab]),
    EditorState.tabSize.of(2),
    EditorView.contentAttributes.of({ 'aria-label': label }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) calls.current.onChange(update.state.doc.toString());
      if (update.docChanged || update.selectionSet) calls.current.onCursor(update.state.selection.main.head);
    }),
  ];
}

/** A YAML editor with completion, squiggles and a gutter for findings. */
export function CodeEditor(props: CodeEditorProps) {
  const { ref, initial, label, findings } = props;
  const { host, view } = useEditorView(props, label, (latest) => ({
    doc: initial,
    extensions: extensionsOf(label, latest),
  }));
  useEffect(() => {
    if (view.current === null || findings === undefined) return;
    const end = view.current.state.doc.length;
    const within = findings.filter(({ range }) => range.to <= end);
    view.current.dispatch(setDiagnostics(view.current.state, within.map(diagnosticOf)));
  }, [view, findings]);
  useImperativeHandle(ref, () => ({
    goTo({ from }) {
      const at = Math.min(from, view.current?.state.doc.length ?? 0);
      view.current?.dispatch({
        selection: { anchor: at },
        effects: EditorView.scrollIntoView(at, { y: 'center' }),
      });
      view.current?.focus();
    },
    replace(text) {
      const { current } = view;
      current?.dispatch({ changes: { from: 0, to: current.state.doc.length, insert: text } });
    },
  }));
  return <div ref={host} className="h-full min-h-0 overflow-hidden" />;
}
