'use client';
import { useEffect, useRef } from 'react';
import { autocompletion, type CompletionContext } from '@codemirror/autocomplete';
import { setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { minimalSetup, EditorView } from 'codemirror';
import { expressionSuggestions } from '@/features/editor/prepare/suggest';
import { EDITOR_LOOK } from '@/ui/editor-look';
import type { Evaluation } from '../prepare/evaluate';

interface ExpressionEditorProps {
  initial: string;
  /** Names of the variables that exist here, without `$`. */
  variables: readonly string[];
  evaluation: Evaluation;
  onChange: (text: string) => void;
}

const LABEL = 'Expression';

/** A field for one jq expression; the place where it stops being jq is marked. */
export function ExpressionEditor(props: ExpressionEditorProps) {
  const { initial, evaluation } = props;
  const host = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const calls = useRef(props);
  useEffect(() => {
    calls.current = props;
  });
  useEffect(() => {
    if (host.current === null) return undefined;
    const complete = (context: CompletionContext) => {
      const typed = context.state.doc.sliceString(0, context.pos);
      const found = expressionSuggestions(typed, context.pos, calls.current.variables);
      if (found === undefined) return null;
      const options = found.items.map(({ label, about }) => ({ label, ...(about && { info: about }) }));
      return { from: found.from, options, validFor: /^[\w$]*$/ };
    };
    const made = new EditorView({
      parent: host.current,
      state: EditorState.create({
        doc: initial,
        extensions: [
          minimalSetup,
          EDITOR_LOOK,
          EditorView.lineWrapping,
          autocompletion({ override: [complete] }),
          EditorView.contentAttributes.of({ 'aria-label': LABEL }),
          EditorView.updateListener.of((update) => {
            if (update.docChanged) calls.current.onChange(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = made;
    return () => {
      view.current = null;
      made.destroy();
    };
    // The editor keeps its own text.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, []);
  useEffect(() => {
    const { current } = view;
    if (current === null) return;
    const wrong =
      evaluation.kind === 'syntax' && evaluation.to <= current.state.doc.length ? [evaluation] : [];
    const marks = wrong.map(({ from, to, message }) => ({ from, to, message, severity: 'error' as const }));
    current.dispatch(setDiagnostics(current.state, marks));
  }, [evaluation]);
  return (
    <div
      ref={host}
      className="min-h-[58px] overflow-hidden rounded-md border border-control-line bg-surface py-1"
    />
  );
}
