'use client';
import { useEffect, type RefObject } from 'react';
import { autocompletion, type CompletionContext } from '@codemirror/autocomplete';
import { setDiagnostics } from '@codemirror/lint';
import { minimalSetup, EditorView } from 'codemirror';
import { expressionSuggestions } from '@/features/editor/prepare/suggest';
import { EDITOR_LOOK } from '@/ui/editor-look';
import { useEditorView } from '@/ui/use-editor-view';
import type { Evaluation } from '../prepare/evaluate';

interface ExpressionEditorProps {
  initial: string;
  /** Names of the variables that exist here, without `$`. */
  variables: readonly string[];
  evaluation: Evaluation;
  onChange: (text: string) => void;
}

const LABEL = 'Expression';

function extensionsOf(latest: RefObject<Pick<ExpressionEditorProps, 'variables' | 'onChange'>>) {
  const complete = (context: CompletionContext) => {
    const typed = context.state.doc.sliceString(0, context.pos);
    const found = expressionSuggestions(typed, context.pos, latest.current.variables);
    if (found === undefined) return null;
    const options = found.items.map(({ label, about }) => ({ label, ...(about && { info: about }) }));
    return { from: found.from, options, validFor: /^[\w$]*$/ };
  };
  return [
    minimalSetup,
    EDITOR_LOOK,
    EditorView.lineWrapping,
    autocompletion({ override: [complete] }),
    EditorView.contentAttributes.of({ 'aria-label': LABEL }),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) latest.current.onChange(update.state.doc.toString());
    }),
  ];
}

/** A field for one jq expression; the place where it stops being jq is marked. */
export function ExpressionEditor(props: ExpressionEditorProps) {
  const { initial, evaluation } = props;
  const { host, view } = useEditorView(props, LABEL, (latest) => ({
    doc: initial,
    extensions: extensionsOf(latest),
  }));
  useEffect(() => {
    const { current } = view;
    if (current === null) return;
    const wrong =
      evaluation.kind === 'syntax' && evaluation.to <= current.state.doc.length ? [evaluation] : [];
    const marks = wrong.map(({ from, to, message }) => ({ from, to, message, severity: 'error' as const }));
    current.dispatch(setDiagnostics(current.state, marks));
  }, [view, evaluation]);
  return (
    <div
      ref={host}
      className="min-h-[58px] overflow-hidden rounded-md border border-control-line bg-surface py-1"
    />
  );
}
