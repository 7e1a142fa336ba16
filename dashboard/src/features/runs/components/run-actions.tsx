'use client';
import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { Ban, RotateCcw } from 'lucide-react';
import type { RunSummary } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { taskName } from '@/format/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { hasEnded } from '../prepare/filters';
import { useCancel, useRetry } from './use-run';

function CancelDialog({ run, open, onClose }: { run: RunSummary; open: boolean; onClose: () => void }) {
  const cancel = useCancel(run.id);
  const [reason, setReason] = useState('');
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Cancel this run?"
      note="Calls that are under way are not undone, and a cancelled run cannot go on. It can be retried as a new run."
      footer={
        <>
          <Button onClick={onClose}>Keep it running</Button>
          <Button
            variant="danger"
            busy={cancel.isPending}
            onClick={() => cancel.mutate(reason, { onSuccess: onClose })}
          >
            Cancel the run
          </Button>
        </>
      }
    >
      <label htmlFor="cancel-reason" className="mb-1 block font-medium">
        Why <span className="font-normal text-ink-3">(optional, kept in the journal)</span>
      </label>
      <input
        id="cancel-reason"
        className="field"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      {cancel.error !== null && <ProblemNote error={cancel.error} className="mt-3" />}
    </Dialog>
  );
}

/** Asks before a retry, because it calls the connections again. */
export function RetryDialog({
  run,
  fromTask,
  open,
  onClose,
}: {
  run: RunSummary;
  fromTask?: string;
  open: boolean;
  onClose: () => void;
}) {
  const retry = useRetry(run.id);
  const router = useRouter();
  const from = fromTask === undefined ? 'the task that faulted, or the start' : taskName(fromTask);
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title={fromTask === undefined ? 'Retry this run?' : `Retry from ${from}?`}
      note={`A new run starts from ${from}, with the same input and the results of the tasks before it.`}
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            variant="primary"
            busy={retry.isPending}
            onClick={() =>
              retry.mutate(fromTask, {
                onSuccess: ({ id }) => {
                  onClose();
                  router.push(`/runs/${id}`);
                },
              })
            }
          >
            Start the retry
          </Button>
        </>
      }
    >
      <p className="text-ink-2">
        Tasks from there on run again, side effects too. The command line does the same:
      </p>
      <p className="mono mt-1 break-all">
        npx tutti retry {run.id}
        {fromTask === undefined ? '' : ` --from ${fromTask}`}
      </p>
      {retry.error !== null && <ProblemNote error={retry.error} className="mt-3" />}
    </Dialog>
  );
}

export function RunActions({ run }: { run: RunSummary }) {
  const [asked, setAsked] = useState<'cancel' | 'retry'>();
  const ended = hasEnded(run.status);
  useKeys(
    ended
      ? { R: { does: 'Retry the run', run: () => setAsked('retry') } }
      : { C: { does: 'Cancel the run', run: () => setAsked('cancel') } },
  );
  return (
    <>
      {ended ? (
        <Button icon={<RotateCcw size={14} aria-hidden />} onClick={() => setAsked('retry')}>
          Retry
        </Button>
      ) : (
        <Button variant="danger" icon={<Ban size={14} aria-hidden />} onClick={() => setAsked('cancel')}>
          Cancel
        </Button>
      )}
      <CancelDialog run={run} open={asked === 'cancel'} onClose={() => setAsked(undefined)} />
      <RetryDialog run={run} open={asked === 'retry'} onClose={() => setAsked(undefined)} />
    </>
  );
}
