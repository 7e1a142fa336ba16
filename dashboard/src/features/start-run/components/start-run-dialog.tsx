'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useRouter } from 'next/navigation';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import type { RunStarted, WorkflowDetail } from '@tutti/contracts';
import { SchemaForm } from '@/features/schema-form/components/schema-form';
import { faultsOf } from '@/features/schema-form/prepare/check';
import { formOf, initialOf, type Field, type Schema } from '@/features/schema-form/prepare/fields';
import { workflowPath } from '@/features/workflows/prepare/workflow-path';
import { hub } from '@/hub/client';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { Segments } from '@/ui/segments';
import { Command } from '@/ui/short-id';
import { refusedFaults, sendable } from '../prepare/refused';
import { parseInput, startCommand } from '../prepare/start';

/** The schema and its form, when one can be made: from that of an object, be it by reference or in parts. */
function formFrom(value: unknown): { schema: Schema; field: Field } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const schema = value as Schema;
  const field = formOf(schema);
  return field.children.length > 0 ? { schema, field } : null;
}

const VIEWS = [
  ['form', 'Form'],
  ['json', 'JSON'],
] as const;

/**
 * One key for each opening of the dialog: a second click, or a retry after a lost answer, starts no second
 * run.
 */
function useStart(workflow: WorkflowDetail) {
  const key = useRef(crypto.randomUUID());
  return useMutation({
    mutationFn: (input: unknown) =>
      hub<RunStarted>(`${workflowPath(workflow)}/runs`, {
        method: 'POST',
        body: JSON.stringify(input ?? {}),
        headers: { 'content-type': 'application/json', 'idempotency-key': key.current },
      }),
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
  const form = useMemo(() => formFrom(workflow.inputSchema), [workflow.inputSchema]);
  const { schema, field } = form ?? { schema: null, field: null };
  const [input, setInput] = useState<unknown>(() => (field === null ? {} : (initialOf(field) ?? {})));
  const [text, setText] = useState<string | null>(field === null ? '{}' : null);
  const sent = useMemo(() => (field === null ? input : sendable(field, input)), [field, input]);
  const parsed = text === null ? { value: sent, fault: null } : parseInput(text);
  const faults = field === null || text !== null ? [] : faultsOf(field, input, schema ?? {});
  const switchView = () => {
    if (text === null) setText(JSON.stringify(sent, null, 2));
    else if (parsed.fault === null) {
      setInput(parsed.value);
      setText(null);
    }
  };
  return { schema, field, input, setInput, text, setText, parsed, faults, switchView };
}

/** Sending the input: what the hub refuses is placed beside the fields. */
function useSending(workflow: WorkflowDetail, input: ReturnType<typeof useInput>, onStarted: () => void) {
  const router = useRouter();
  const start = useStart(workflow);
  const [tried, setTried] = useState(false);
  const form = useRef<HTMLDivElement>(null);
  const { field, text, parsed, faults } = input;
  const refused = useMemo(
    () =>
      start.error === null || field === null || text !== null
        ? { faults: [], rest: true }
        : refusedFaults(field, asProblem(start.error).problem),
    [start.error, field, text],
  );
  // The first field with a fault, once the faults have been drawn.
  useEffect(() => {
    if (tried) form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
  }, [tried, refused]);
  const send = () => {
    setTried(true);
    if (parsed.fault !== null || faults.length > 0) return;
    start.mutate(parsed.value, {
      onSuccess: ({ id }) => {
        onStarted();
        router.push(`/runs/${id}`);
      },
    });
  };
  return { start, form, send, refused, shown: tried ? [...faults, ...refused.faults] : [] };
}

function InputView({
  input,
  sending,
}: {
  input: ReturnType<typeof useInput>;
  sending: ReturnType<typeof useSending>;
}) {
  const { schema, field, text, setText, setInput, parsed } = input;
  const { start, form, shown } = sending;
  if (text !== null || field === null)
    return <JsonInput text={text ?? ''} fault={parsed.fault} onChange={setText} />;
  const change = (value: unknown) => {
    start.reset();
    setInput(value);
  };
  return (
    <div ref={form}>
      <SchemaForm field={field} root={schema ?? {}} value={input.input} onChange={change} faults={shown} />
    </div>
  );
}

function Body({ workflow, onClose }: { workflow: WorkflowDetail; onClose: () => void }) {
  const input = useInput(workflow);
  const sending = useSending(workflow, input, onClose);
  const { start, send, refused } = sending;
  const { field, text, parsed, switchView } = input;
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
          <Segments
            label="How to give the input"
            options={VIEWS}
            value={text === null ? 'form' : 'json'}
            onChange={(view) => {
              if ((view === 'form') !== (text === null)) switchView();
            }}
          />
        </div>
      )}
      <InputView input={input} sending={sending} />
      {start.error !== null && refused.rest && <ProblemNote error={start.error} className="mt-3" />}
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
