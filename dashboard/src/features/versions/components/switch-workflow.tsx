'use client';
import { useState } from 'react';
import { Power } from 'lucide-react';
import type { WorkflowDetail } from '@tutti/contracts';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote } from '@/ui/notes';
import { useToasts } from '@/ui/toasts';
import { useDisable, useEnable } from './use-versions';

function DisableDialog({ workflow, onClose }: { workflow: WorkflowDetail; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const disable = useDisable(workflow);
  return (
    <Dialog
      open
      onClose={onClose}
      title={`Switch ${workflow.name} off?`}
      note="It starts no runs, its Kafka triggers hold their records, its schedule rests. Runs under way go on."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            variant="danger"
            disabled={reason.trim() === ''}
            busy={disable.isPending}
            onClick={() => disable.mutate(reason.trim(), { onSuccess: onClose })}
          >
            Switch it off
          </Button>
        </>
      }
    >
      <label htmlFor="disable-reason" className="mb-1 block font-medium">
        Why <span className="font-normal text-ink-3">(told to everybody whose run is refused)</span>
      </label>
      <input
        id="disable-reason"
        className="field"
        value={reason}
        maxLength={500}
        onChange={(event) => setReason(event.target.value)}
      />
      {disable.error !== null && <ProblemNote error={disable.error} className="mt-3" />}
    </Dialog>
  );
}

/** Switches a workflow off with a reason, and on again. */
export function SwitchWorkflow({ workflow }: { workflow: WorkflowDetail }) {
  const [asking, setAsking] = useState(false);
  const enable = useEnable(workflow);
  const toasts = useToasts();
  const switchOn = () => enable.mutate(undefined, { onSuccess: () => toasts.show(`${workflow.name} is on`) });
  return (
    <>
      {enable.error !== null && <ProblemNote error={enable.error} />}
      <Button
        icon={<Power size={14} aria-hidden />}
        busy={enable.isPending}
        onClick={() => (workflow.enabled ? setAsking(true) : switchOn())}
      >
        {workflow.enabled ? 'Switch off' : 'Switch on'}
      </Button>
      {asking && <DisableDialog workflow={workflow} onClose={() => setAsking(false)} />}
    </>
  );
}
