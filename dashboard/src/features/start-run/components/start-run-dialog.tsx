'use client';
import { useMemo, useRef, useState } from 'react';
import { useRouter } from 'next/navigation';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import type { RunStarted, WorkflowDetail } from '@tutti/contracts';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf, initialOf, type Schema } from '@/features/schema-form/prepare/fields';
import { hub } from '@/hub/client';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { Command } from '@/ui/short-id';
import { parseInput, startCommand } from '../prepare/start';

const isSchema = (value: unknown): value is Schema =>
  typeof value === 'object' && value !== null && 'properties' in value;

/**
 * One key for each opening of the dialog: a second click, or a retry after a lost answer, starts no second
 * run.
 */
function useStart(workflow: WorkflowDetail) {
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (input: unknown) =>
      hub<RunStarted>(
        `/v1/workflows/${encodeURIComponent(workflow.namespace)}/${encodeURIComponent(workflow.name)}/runs`,
        {
          method: 'POST',
          body: JSON.stringify(input ?? {}),
          headers: { 'content-type': 'application/json', 'idempotency-key': key.current },
        },
      ),
    // Another input after a refusal is another request.
    onError: () => {
      key.current = crypto.randomUUID();
    },
  });
}

function JsonInput({
  text,
  fault,
  onChange,
}: {
  text: string;
  fault: string | null;
  onChange: (text: string) => void;
}) {
  return (
    <>
      <label htmlFor="run-input" className="mb-1 block font-medium">
        Input, as JSON
      </label>
      <textarea
        id="run-input"
        rows={12}
        spellCheck={false}
        className="field mono h-auto py-2"
        value={text}
        onChange={(event) => onChange(event.target.value)}
      />
      {fault !== null && <p className="mt-1 text-small text-bad">{fault}</p>}
    </>
  );
}

/** The input as it is filled in: as a form, or as text for who prefers JSON. */
function useInput(workflow: WorkflowDetail) {
  const schema = isSchema(workflow.inputSchema) ? workflow.inputSchema : null;
  const field = useMemo(() => (schema === null ? null : formOf(schema)), [schema]);
  const [input, setInput] = useState<unknown>(() => (field === null ? {} : (initialOf(field) ?? {})));
  const [text, setText] = useState<string | null>(field === null ? '{}' : null);
  const parsed = text === null ? { value: input, fault: null } : parseInput(text);
  const faults = field === null || text !== null ? [] : faultsOf(field, input);
  const switchView = () => {
    if (text === null) setText(JSON.stringify(input, null, 2));
    else if (parsed.fault === null) {
      setInput(parsed.value);
      setText(null);
    }
  };
  return { schema, field, input, setInput, text, setText, parsed, faults, switchView };
}

function Body({ workflow, onClose }: { workflow: WorkflowDetail; onClose: () => void }) {
  const router = useRouter();
  const start = useStart(workflow);
  const { schema, field, input, setInput, text, setText, parsed, faults, switchView } = useInput(workflow);
  const [tried, setTried] = useState(false);
  const send = () => {
    setTried(true);
    if (parsed.fault !== null || faults.length > 0) return;
    start.mutate(parsed.value, {
      onSuccess: ({ id }) => {
        onClose();
        router.push(`/runs/${id}`);
      },
    });
  };
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title={`Run ${workflow.title ?? workflow.name}`}
      note={workflow.summary ?? `${workflow.namespace}/${workflow.name} ${workflow.version}`}
      footer={
        <>
          <Button onClick={onClose}>Close</Button>
          <Button
            variant="primary"
            icon={<Play size={14} aria-hidden />}
            busy={start.isPending}
            onClick={send}
          >
            Start the run
          </Button>
        </>
      }
    >
      {field !== null && (
        <div className="mb-3 flex justify-end">
          <Button variant="ghost" onClick={switchView}>
            {text === null ? 'Write it as JSON' : 'Back to the form'}
          </Button>
        </div>
      )}
      {text === null && field !== null ? (
        <SchemaForm
          field={field}
          root={schema ?? {}}
          value={input}
          onChange={setInput}
          faults={tried ? faults : []}
        />
      ) : (
        <JsonInput text={text ?? ''} fault={parsed.fault} onChange={setText} />
      )}
      {start.error !== null && <ProblemNote error={start.error} className="mt-3" />}
      <div className="mt-4 mb-1 text-small text-ink-3">
        The same on the command line:
        <div className="mt-1">
          <Command>{startCommand(`${workflow.namespace}/${workflow.name}`, parsed.value)}</Command>
        </div>
      </div>
    </Dialog>
  );
}

/**
 * Starts a run with an input made from the workflow's schema; files are stored first and travel as
 * references.
 */
export function StartRunDialog({
  workflow,
  open,
  onClose,
}: {
  workflow: WorkflowDetail;
  open: boolean;
  onClose: () => void;
}) {
  return open ? <Body workflow={workflow} onClose={onClose} /> : null;
}
