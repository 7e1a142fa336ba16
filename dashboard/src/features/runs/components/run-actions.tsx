'use client';
import { useState } from 'react';
import { Ban, RotateCcw } from 'lucide-react';
import type { RunSummary } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { hasEnded } from '../prepare/filters';
import { RetryDialog } from './retry-dialog';
import { useCancel } from './use-run';

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
