'use client';
import { useEffect, useMemo, useRef, useState } from 'react';
import { useRouter } from 'next/navigation';
import { useMutation } from '@tanstack/react-query';
import { Play } from 'lucide-react';
import type { RunStarted, WorkflowDetail } from '@tutti/contracts';
import { workflowPath } from '@/features/workflows/prepare/workflow-path';
import { hub } from '@/hub/client';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { Command } from '@/ui/short-id';
import { refusedFaults } from '../prepare/refused';
import { startCommand } from '../prepare/start';
import { InputFields, useInput } from './input-fields';

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

function Body({ workflow, onClose }: { workflow: WorkflowDetail; onClose: () => void }) {
  const input = useInput(workflow.inputSchema);
  const sending = useSending(workflow, input, onClose);
  const { start, send, refused } = sending;
  const { parsed } = input;
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
      <InputFields input={input} faults={sending.shown} form={sending.form} onChange={() => start.reset()} />
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
