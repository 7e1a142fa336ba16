'use client';
import { useState, type ReactNode } from 'react';
import type { UseMutationResult } from '@tanstack/react-query';
import type { Applied } from '@tutti/contracts';
import { Button } from './button';
import { Dialog } from './dialog';
import { ProblemNote } from './notes';
import { Panel } from './page';
import { useToasts } from './toasts';
import { YamlView } from './yaml-view';

type Apply = UseMutationResult<Applied, Error, string>;

interface DocumentPanelProps {
  title: string;
  note: string;
  /** What the text is, for a screen reader. */
  label: string;
  /** The document as it is applied; a panel of another document needs another `key`. */
  text: string;
  apply: Apply;
  onApplied?: (applied: Applied) => void;
  /** Stands beside the button that applies. */
  actions?: ReactNode;
  editorClassName?: string;
}

/** A document in YAML that can be changed and applied. */
export function DocumentPanel({ title, note, label, text: applied, apply, ...more }: DocumentPanelProps) {
  const { onApplied, actions, editorClassName } = more;
  const [text, setText] = useState(applied);
  const toasts = useToasts();
  const changed = text !== applied;
  const send = () =>
    apply.mutate(text, {
      onSuccess: (result) => {
        const { change, version } = result;
        toasts.show(change === 'unchanged' ? 'Nothing changed' : `Applied as version ${version}`);
        onApplied?.(result);
      },
    });
  return (
    <Panel title={title} note={note} className="min-h-0" bodyClassName="flex min-h-0 flex-col">
      <YamlView
        text={applied}
        label={label}
        onChange={setText}
        className={editorClassName ?? 'h-[46vh] min-h-[280px]'}
      />
      {apply.error !== null && <ProblemNote error={apply.error} className="m-3" />}
      <div className="flex items-center justify-end gap-2 border-t border-line px-4 py-2.5">
        <span className="mr-auto text-small text-ink-2" role="status">
          {changed ? 'Changed, not applied yet' : 'As it is applied'}
        </span>
        {actions}
        <Button variant="primary" disabled={!changed} busy={apply.isPending} onClick={send}>
          Apply
        </Button>
      </div>
    </Panel>
  );
}

interface NewDocumentDialogProps {
  title: string;
  note: string;
  label: string;
  /** What the editor begins with. */
  template: string;
  apply: Apply;
  onApplied: (applied: Applied) => void;
  onClose: () => void;
}

/** Applies a new document in YAML. */
export function NewDocumentDialog(props: NewDocumentDialogProps) {
  const { title, note, label, template, apply, onApplied, onClose } = props;
  const [text, setText] = useState(template);
  return (
    <Dialog
      open
      wide
      onClose={onClose}
      title={title}
      note={note}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            variant="primary"
            busy={apply.isPending}
            onClick={() => apply.mutate(text, { onSuccess: onApplied })}
          >
            Apply
          </Button>
        </>
      }
    >
      <YamlView text={template} label={label} onChange={setText} className="h-[44vh] border border-line" />
      {apply.error !== null && <ProblemNote error={apply.error} className="mt-3" />}
    </Dialog>
  );
}
