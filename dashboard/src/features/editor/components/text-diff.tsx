'use client';
import { useEffect, useRef, useState, useSyncExternalStore } from 'react';
import { yaml } from '@codemirror/lang-yaml';
import { MergeView, unifiedMergeView } from '@codemirror/merge';
import { EditorState, type Extension } from '@codemirror/state';
import { EditorView, lineNumbers } from '@codemirror/view';
import { EDITOR_LOOK } from '@/ui/editor-look';
import { Segments } from '@/ui/segments';

const DIFF_LOOK = EditorView.theme({
  '&': { height: 'auto' },
  '&.cm-merge-a .cm-changedLine, & .cm-deletedChunk': { backgroundColor: 'var(--bad-soft)' },
  '&.cm-merge-b .cm-changedLine, & .cm-inlineChangedLine': { backgroundColor: 'var(--ok-soft)' },
  '&.cm-merge-a .cm-changedText, & .cm-deletedChunk .cm-deletedText': {
    background: 'color-mix(in srgb, var(--bad) 26%, transparent)',
  },
  '&.cm-merge-b .cm-changedText': { background: 'color-mix(in srgb, var(--ok) 26%, transparent)' },
  // On the stronger ground the colours of the syntax would be too weak to read.
  '& .cm-changedText, & .cm-changedText *, & .cm-deletedChunk .cm-deletedText, & .cm-deletedText *': {
    color: 'var(--ink)',
  },
  '&.cm-merge-a .cm-changedLineGutter, & .cm-deletedLineGutter': { background: 'var(--bad)' },
  '&.cm-merge-b .cm-changedLineGutter': { background: 'var(--ok)' },
  '& .cm-collapsedLines': {
    background: 'var(--idle-soft)',
    color: 'var(--ink-2)',
    fontFamily: 'var(--font-sans)',
    padding: '4px 12px',
  },
  '& .cm-collapsedLines:before, & .cm-collapsedLines:after': { content: '"⋯"', color: 'var(--ink-3)' },
});
const COLLAPSE = { margin: 3, minSize: 6 };
const WIDE = '(min-width: 900px)';
const VIEWS = [
  ['split', 'Side by side'],
  ['unified', 'Unified'],
] as const;

function extensionsOf(label: string): Extension[] {
  return [
    lineNumbers(),
    yaml(),
    EDITOR_LOOK,
    DIFF_LOOK,
    EditorView.lineWrapping,
    EditorState.readOnly.of(true),
    EditorView.contentAttributes.of({ 'aria-label': label, 'aria-readonly': 'true', tabindex: '0' }),
  ];
}

/** A text, and what it is called. */
interface Side {
  text: string;
  label: string;
}

function splitView(parent: HTMLElement, before: Side, after: Side): () => void {
  const view = new MergeView({
    parent,
    a: { doc: before.text, extensions: extensionsOf(before.label) },
    b: { doc: after.text, extensions: extensionsOf(after.label) },
    collapseUnchanged: COLLAPSE,
  });
  return () => view.destroy();
}

function unifiedView(parent: HTMLElement, before: Side, after: Side): () => void {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: after.text,
      extensions: [
        ...extensionsOf(`${after.label}, with what it takes away`),
        unifiedMergeView({ original: before.text, mergeControls: false, collapseUnchanged: COLLAPSE }),
      ],
    }),
  });
  return () => view.destroy();
}

function subscribeWide(changed: () => void): () => void {
  const query = window.matchMedia(WIDE);
  query.addEventListener('change', changed);
  return () => query.removeEventListener('change', changed);
}

/** Two texts and what differs, side by side where there is room. */
export function TextDiff({ before, after }: { before: Side; after: Side }) {
  const host = useRef<HTMLDivElement>(null);
  const wide = useSyncExternalStore(
    subscribeWide,
    () => window.matchMedia(WIDE).matches,
    () => true,
  );
  const [wanted, setWanted] = useState<string | undefined>();
  const view = wanted ?? (wide ? 'split' : 'unified');
  useEffect(() => {
    if (host.current === null) return undefined;
    return (view === 'split' ? splitView : unifiedView)(host.current, before, after);
    // The sides are made anew each time they are drawn; what they say is not.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [view, before.text, before.label, after.text, after.label]);
  return (
    <section aria-label="Difference of the texts" className="rounded-md border border-line">
      <div className="flex flex-wrap items-center justify-between gap-2 border-b border-line px-3 py-1.5">
        <h3 className="font-semibold">Difference of the texts</h3>
        <Segments label="How to show it" options={VIEWS} value={view} onChange={setWanted} />
      </div>
      <div ref={host} className="max-h-[46vh] overflow-auto" tabIndex={0} role="group" aria-label="Text" />
    </section>
  );
}
