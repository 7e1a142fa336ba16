'use client';
import type { DeadLetterBatch, DeadLetterSelection } from '@tutti/contracts';
import { formatCount, plural } from '@/format/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, Skeleton } from '@/ui/notes';
import { useBulk, usePlan, type BulkAction } from './use-letters';

const REFUSED_SHOWN = 5;

interface BulkDialogProps {
  action: BulkAction;
  selection: DeadLetterSelection;
  onClose: () => void;
  onDone: (done: number) => void;
}

function Plan({ plan, action }: { plan: DeadLetterBatch; action: BulkAction }) {
  const beyond = plan.matched - plan.done - plan.refused.length - plan.skipped;
  return (
    <div className="flex flex-col gap-3 pb-2">
      <ul className="rounded-md border border-line">
        {plan.groups.map(({ topic, reason, count }) => (
          <li
            key={`${topic} ${reason}`}
            className="flex justify-between gap-4 border-b border-line px-3 py-1.5 last:border-0"
          >
            <span className="min-w-0 break-all">
              <code className="mono">{topic}</code> <span className="text-ink-3">{reason}</span>
            </span>
            <span>{formatCount(count)}</span>
          </li>
        ))}
      </ul>
      {beyond > 0 && (
        <p className="text-ink-2">
          {plural(beyond, 'letter')} behind these match, too; they follow in batches of{' '}
          {formatCount(plan.done + plan.refused.length)}.
        </p>
      )}
      {plan.refused.length > 0 && (
        <div>
          <p className="text-ink-2">
            {plural(plan.refused.length, 'letter')} cannot be sent as{' '}
            {plan.refused.length === 1 ? 'it is' : 'they are'} and will stay open:
          </p>
          <ul className="mt-1 list-disc pl-4 text-ink-2">
            {plan.refused.slice(0, REFUSED_SHOWN).map(({ id, detail }) => (
              <li key={id} className="break-words">
                {detail}
              </li>
            ))}
          </ul>
        </div>
      )}
      {action === 'discard' && <p className="text-ink-2">They are kept, and can be opened again.</p>}
    </div>
  );
}

/** Says what would be done before it is done. */
export function BulkDialog({ action, selection, onClose, onDone }: BulkDialogProps) {
  const plan = usePlan(action, selection);
  const bulk = useBulk(action);
  const count = plan.data?.matched ?? 0;
  const verb = action === 'redrive' ? 'Redrive' : 'Discard';
  return (
    <Dialog
      open
      onClose={onClose}
      title={plan.data === undefined ? `${verb} these letters?` : `${verb} ${plural(count, 'letter')}?`}
      note={
        action === 'redrive'
          ? 'Each message is sent again, in the order in which they came. What was handled already is recognised.'
          : 'What waits for such a message goes on waiting.'
      }
      footer={
        <>
          <Button onClick={onClose}>Keep them as they are</Button>
          <Button
            variant={action === 'redrive' ? 'primary' : 'danger'}
            busy={bulk.isPending}
            disabled={plan.data === undefined || plan.data.done === 0}
            onClick={() => bulk.mutate(selection, { onSuccess: ({ done }) => onDone(done) })}
          >
            {verb}
          </Button>
        </>
      }
    >
      {plan.error !== null && (
        <ProblemNote error={plan.error} retry={() => void plan.refetch()} className="mb-3" />
      )}
      {bulk.error !== null && <ProblemNote error={bulk.error} className="mb-3" />}
      {plan.data === undefined ? (
        plan.error === null && <Skeleton className="h-20" />
      ) : (
        <Plan plan={plan.data} action={action} />
      )}
    </Dialog>
  );
}
