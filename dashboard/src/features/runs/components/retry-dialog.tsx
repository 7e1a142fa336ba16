'use client';
import { useState } from 'react';
import { useRouter } from 'next/navigation';
import { useQuery } from '@tanstack/react-query';
import type { RetryPreview, RunSummary } from '@tutti/contracts';
import { taskName } from '@/format/format';
import { hub } from '@/hub/client';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { planSections, planSummary, type PlanSection, retryTasks } from '../prepare/retry';
import { useJournal, useRetry } from './use-run';

const TONES = { plain: 'text-ink', warn: 'text-wait', bad: 'text-bad' } as const;

function usePreview(runId: string, from: string, open: boolean) {
  return useQuery({
    queryKey: ['run', runId, 'retry-preview', from],
    enabled: open,
    queryFn: ({ signal }) =>
      hub<RetryPreview>(`/v1/runs/${runId}/retry-preview`, {
        query: from === '' ? {} : { from },
        signal,
      }),
  });
}

function Section({ title, tone, lines, more }: PlanSection) {
  return (
    <section className="mt-3" aria-label={title}>
      <h3 className={classNames('font-medium', TONES[tone])}>{title}</h3>
      <ul className="mt-0.5 text-small text-ink-2">
        {lines.map((line, i) => (
          <li key={`${i} ${line}`} className="break-words">
            {line}
          </li>
        ))}
        {more > 0 && <li className="text-ink-3">and {more} more</li>}
      </ul>
    </section>
  );
}

function Preview({ preview }: { preview: RetryPreview }) {
  if (preview.plan === null)
    return (
      <p role="alert" className="text-bad">
        {preview.refused}
      </p>
    );
  return (
    <>
      <p role="status">{planSummary(preview.plan)}</p>
      {planSections(preview.plan).map((section) => (
        <Section key={section.title} {...section} />
      ))}
    </>
  );
}

function TaskChoice({
  run,
  value,
  onChange,
}: {
  run: RunSummary;
  value: string;
  onChange: (position: string) => void;
}) {
  const { entries } = useJournal(run.id);
  const tasks = retryTasks(entries);
  const isListed = value === '' || tasks.some(({ position }) => position === value);
  return (
    <>
      <label htmlFor="retry-from" className="mb-1 block font-medium">
        Begin with
      </label>
      <select
        id="retry-from"
        className="field"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      >
        <option value="">{run.status === 'faulted' ? 'The task that faulted' : 'Choose a task'}</option>
        {!isListed && <option value={value}>{taskName(value)}</option>}
        {tasks.map(({ position, name }) => (
          <option key={position} value={position}>
            {name} ({position})
          </option>
        ))}
      </select>
    </>
  );
}

/** Shows what a retry would do before it is started, because it calls the connections again. */
export function RetryDialog({
  run,
  fromTask = '',
  open,
  onClose,
}: {
  run: RunSummary;
  fromTask?: string;
  open: boolean;
  onClose: () => void;
}) {
  const [from, setFrom] = useState(fromTask);
  const retry = useRetry(run.id);
  const router = useRouter();
  const preview = usePreview(run.id, from, open);
  const start = () =>
    retry.mutate(from === '' ? undefined : from, {
      onSuccess: ({ id }) => {
        onClose();
        router.push(`/runs/${id}`);
      },
    });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      wide
      title={fromTask === '' ? 'Retry this run?' : `Retry from ${taskName(fromTask)}?`}
      note="A new run goes on from the task, with the same input and the answers of the calls before it."
      footer={
        <>
          <Button onClick={onClose}>Back</Button>
          <Button
            variant="primary"
            busy={retry.isPending}
            disabled={preview.data !== undefined && preview.data.plan === null}
            onClick={start}
          >
            Start the retry
          </Button>
        </>
      }
    >
      <TaskChoice run={run} value={from} onChange={setFrom} />
      <div className="mt-3 min-h-24">
        {preview.error !== null && <ProblemNote error={preview.error} />}
        {preview.isPending && <SkeletonRows rows={3} />}
        {preview.data !== undefined && <Preview preview={preview.data} />}
      </div>
      <p className="mono mt-4 text-small break-all text-ink-3">
        npx tutti retry {run.id}
        {from === '' ? '' : ` --from ${from}`} --plan
      </p>
      {retry.error !== null && <ProblemNote error={retry.error} className="mt-3" />}
    </Dialog>
  );
}
