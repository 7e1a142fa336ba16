'use client';
import { useEffect, useState, useSyncExternalStore } from 'react';
import Link from 'next/link';
import { FlaskConical } from 'lucide-react';
import type { Applied, WorkflowDetail, WorkflowPreview } from '@tutti/contracts';
import { TryDialog } from '@/features/expressions/components/try-dialog';
import { useWorkflow } from '@/features/workflows/components/use-workflow';
import { WorkflowGraph } from '@/features/workflows/components/workflow-graph';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { countFindings } from '../prepare/count-findings';
import { CodeEditor } from './code-editor';
import { FindingsList } from './findings-list';
import { ReviewDialog } from './review-dialog';
import { useDraft, type Base } from './use-draft';
import { useEditor } from './use-editor';
import { useUndo, type Undo } from './use-review';

const TEMPLATE = `document:
  dsl: '1.0.3'
  namespace: default
  name: my-workflow
  version: '0.1.0'
  title: My workflow
do:
  - greet:
      set:
        message: \${ "Hello " + (.name // "world") }
`;
const NEW: Base = { namespace: '', name: '', text: TEMPLATE, contentHash: null };
const WORKFLOWS = { href: '/workflows', label: 'Workflows' };

type EditorState = ReturnType<typeof useEditor>;

function GraphPanel({ editor, label }: { editor: EditorState; label: string }) {
  const { broken, isOld, definition, task, goToTask } = editor;
  return (
    <Panel
      title="Graph"
      note={isOld ? undefined : 'of the text as it stands'}
      className="min-h-0 flex-1 max-lg:h-[420px] max-lg:flex-none"
      bodyClassName="relative min-h-0"
    >
      {isOld && (
        <p role="status" className="border-b border-line bg-wait-soft px-4 py-1.5 text-small text-wait">
          {broken === undefined
            ? 'The text has no tasks to draw. This is the last graph that it gave.'
            : `Line ${broken.line} cannot be read: this is the graph from before.`}
        </p>
      )}
      <div className="size-full">
        <WorkflowGraph definition={definition} selected={task} onSelect={goToTask} label={label} />
      </div>
    </Panel>
  );
}

function FindingsPanel({ editor }: { editor: EditorState }) {
  const { shown, isChecking, lintError, handle } = editor;
  return (
    <Panel
      title="Findings"
      note={
        <span role="status">
          {isChecking ? 'Checking …' : lintError === null ? countFindings(shown) : 'Not checked'}
        </span>
      }
      className="max-h-[34%] min-h-[92px] shrink-0 max-lg:max-h-none"
      bodyClassName="overflow-y-auto"
    >
      {lintError !== null && <ProblemNote error={lintError} className="m-3" />}
      {shown.length === 0 && lintError === null ? (
        <p className="px-4 py-2 text-ink-3">
          {isChecking ? 'The hub looks at the text.' : 'The static check has nothing to say.'}
        </p>
      ) : (
        <div tabIndex={0} role="group" aria-label="List of findings">
          <FindingsList findings={shown} onSelect={({ range }) => handle.current?.goTo(range)} />
        </div>
      )}
    </Panel>
  );
}

/** What was just applied, and the way back. */
function AppliedNote({
  applied,
  undo,
  onUndone,
}: {
  applied: Applied;
  undo: Undo | undefined;
  onUndone: () => void;
}) {
  const back = useUndo();
  return (
    <div
      role="status"
      className="mb-3 flex flex-wrap items-center gap-3 rounded-md border border-line bg-ok-soft px-4 py-2"
    >
      <span className="font-medium text-ok">
        Applied: {applied.namespace}/{applied.name} {applied.version}
      </span>
      <span className="text-ink-2">New runs start on it; runs under way stay on theirs.</span>
      <span className="ml-auto flex items-center gap-2">
        {undo !== undefined && (
          <Button busy={back.isPending} onClick={() => back.mutate(undo, { onSuccess: onUndone })}>
            Undo
          </Button>
        )}
        <Link
          href={workflowHref({ namespace: applied.namespace ?? '', name: applied.name })}
          className="text-accent hover:underline"
        >
          Open the workflow
        </Link>
      </span>
      {back.error !== null && <ProblemNote error={back.error} className="w-full" />}
    </div>
  );
}

/** Ctrl+S or Cmd+S, wherever the focus is. */
function useSaveKey(run: () => void): void {
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key.toLowerCase() !== 's' || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      event.preventDefault();
      if (document.querySelector('[role="dialog"]') === null) run();
    };
    document.addEventListener('keydown', press);
    return () => document.removeEventListener('keydown', press);
  }, [run]);
}

/** An apply, and how to take it back. */
interface Done {
  applied: Applied;
  undo: Undo | undefined;
  before: Base;
}

function useApplied(draft: ReturnType<typeof useDraft>) {
  const [done, setDone] = useState<Done | undefined>();
  const [undone, setUndone] = useState(false);
  const onApplied = (applied: Applied, { current }: WorkflowPreview) => {
    const { namespace = '', name, contentHash } = applied;
    const undo = current === null ? undefined : { namespace, name, to: current.number, from: contentHash };
    // What was compared with, as the base of the text when the apply is taken back.
    const before = { namespace, name, text: draft.base.text, contentHash: current?.contentHash ?? null };
    setDone({ applied, undo, before });
    setUndone(false);
    draft.rebase({ namespace, name, text: draft.text, contentHash });
  };
  const onUndone = () => {
    if (done !== undefined) draft.rebase(done.before);
    setDone(undefined);
    setUndone(true);
  };
  return { done, undone, onApplied, onUndone };
}

interface EditorProps {
  id: string;
  begin: Base;
  title: string;
  /** The version that is the current one now; another one than the base when somebody applied meanwhile. */
  latest?: string | undefined;
}

function Notes({
  draft,
  editing,
  latest,
  onDiscard,
}: {
  draft: ReturnType<typeof useDraft>;
  editing: ReturnType<typeof useApplied>;
  latest: string | undefined;
  onDiscard: () => void;
}) {
  const { done, undone, onUndone } = editing;
  const isLate = latest !== undefined && draft.base.contentHash !== null && latest !== draft.base.contentHash;
  return (
    <>
      {done !== undefined && <AppliedNote applied={done.applied} undo={done.undo} onUndone={onUndone} />}
      {undone && (
        <p role="status" className="mb-3 rounded-md border border-line bg-idle-soft px-4 py-2 text-ink-2">
          Taken back: the version from before is the current one again. Your text is still here.
        </p>
      )}
      {draft.restored && draft.isDirty && (
        <p
          role="status"
          className="mb-3 flex flex-wrap items-center gap-3 rounded-md border border-line bg-idle-soft px-4 py-1.5 text-ink-2"
        >
          This is your draft of before, which is not applied.
          <Button onClick={onDiscard}>Discard it</Button>
        </p>
      )}
      {isLate && done === undefined && (
        <p role="status" className="mb-3 rounded-md border border-line bg-wait-soft px-4 py-2 text-wait">
          Another version was applied since you began. Review your changes to see the difference to it.
        </p>
      )}
    </>
  );
}

interface ActionsProps {
  draft: ReturnType<typeof useDraft>;
  /** Absent: there are no runs to try expressions on. */
  onTry: (() => void) | undefined;
  onDiscard: () => void;
  onReview: () => void;
}

function Actions({ draft, onTry, onDiscard, onReview }: ActionsProps) {
  return (
    <>
      {onTry !== undefined && (
        <Button icon={<FlaskConical size={14} aria-hidden />} onClick={onTry}>
          Try an expression
        </Button>
      )}
      <Button disabled={!draft.isDirty} onClick={onDiscard}>
        Discard changes
      </Button>
      <Button
        variant="primary"
        keys="Ctrl S"
        disabled={!draft.isDirty && draft.base.contentHash !== null}
        onClick={onReview}
      >
        Review changes
      </Button>
    </>
  );
}

const GRID =
  'grid min-h-0 flex-1 grid-cols-[minmax(0,56fr)_minmax(0,44fr)] gap-3 ' +
  'max-lg:grid-cols-1 max-lg:grid-rows-[480px_auto]';

function stateOf({ isDirty }: { isDirty: boolean }, { contentHash }: Base): string {
  if (isDirty) return 'Changed, not applied';
  return contentHash === null ? 'Not applied' : 'As it is applied';
}

function Editor({ id, begin, title, latest }: EditorProps) {
  const draft = useDraft(id, begin);
  const { text, setText } = draft;
  const [open, setOpen] = useState<'review' | 'try' | undefined>();
  const editor = useEditor(text);
  const editing = useApplied(draft);
  const close = () => setOpen(undefined);
  const review = () => setOpen('review');
  useSaveKey(review);
  const discard = () => {
    draft.rebase(begin, begin.text);
    editor.handle.current?.replace(begin.text);
  };
  const isNew = begin.contentHash === null;
  return (
    <PageFrame
      title={title}
      above={isNew ? [WORKFLOWS] : [WORKFLOWS, { href: workflowHref(begin), label: begin.name }]}
      aside={<span className="text-ink-3">{stateOf(draft, draft.base)}</span>}
      actions={
        <Actions
          draft={draft}
          onTry={isNew ? undefined : () => setOpen('try')}
          onDiscard={discard}
          onReview={review}
        />
      }
      fill
    >
      <Notes draft={draft} editing={editing} latest={latest} onDiscard={discard} />
      <div className={GRID}>
        <Panel title="Document" note="Esc, then Tab leaves the text" bodyClassName="min-h-0">
          <CodeEditor
            ref={editor.handle}
            initial={text}
            label={`Document, ${title}`}
            findings={editor.findings}
            knowledge={editor.knowledge}
            onChange={setText}
            onCursor={editor.setCursor}
          />
        </Panel>
        <div className="flex min-h-0 flex-col gap-3">
          <GraphPanel editor={editor} label={`Graph, ${title}`} />
          <FindingsPanel editor={editor} />
        </div>
      </div>
      {open === 'try' && <TryDialog {...begin} task={editor.task} onClose={close} />}
      {open === 'review' && (
        <ReviewDialog
          text={text}
          base={draft.base}
          onText={(next) => editor.handle.current?.replace(next)}
          onApplied={(applied, preview) => {
            editing.onApplied(applied, preview);
            close();
          }}
          onClose={close}
        />
      )}
    </PageFrame>
  );
}

const never = () => () => undefined;

/** The draft is in the browser's storage, which the server cannot see: there is nothing to draw before. */
const useInBrowser = (): boolean =>
  useSyncExternalStore(
    never,
    () => true,
    () => false,
  );

function Loading({ title }: { title: string }) {
  return (
    <PageFrame title={title} above={[WORKFLOWS]}>
      <SkeletonRows />
    </PageFrame>
  );
}

export function NewWorkflowPage() {
  return useInBrowser() ? (
    <Editor id="new" begin={NEW} title="New workflow" />
  ) : (
    <Loading title="New workflow" />
  );
}

const hashOf = ({ versions }: WorkflowDetail): string | null =>
  versions.find(({ current }) => current)?.contentHash ?? null;

export function EditWorkflowPage({ namespace, name }: { namespace: string; name: string }) {
  const { data, error, refetch } = useWorkflow({ namespace, name });
  const title = `Edit ${name}`;
  if (error !== null && data === undefined)
    return (
      <PageFrame title={title} above={[WORKFLOWS]}>
        <ProblemNote
          error={error}
          {...(asProblem(error).status === 404 ? {} : { retry: () => void refetch() })}
        />
      </PageFrame>
    );
  if (data === undefined) return <Loading title={title} />;
  const contentHash = hashOf(data);
  const begin = { namespace, name, text: data.source, contentHash };
  return <Editor id={`${namespace}/${name}`} begin={begin} title={title} latest={contentHash ?? undefined} />;
}
