'use client';
import type { RunDetail } from '@tutti/contracts';
import { taskName } from '@/format/format';
import { hasEnded } from '../prepare/filters';
import type { TaskFacts } from '../prepare/task-facts';
import { usePartialOutputs } from './use-run';

/** What the calls of a run write, while they write it. */
export function PartialOutputsNote({ run, facts }: { run: RunDetail; facts: readonly TaskFacts[] }) {
  const isCalling =
    !hasEnded(run.status) && facts.some(({ attempts }) => attempts.some(({ endedMs }) => endedMs === null));
  const { data } = usePartialOutputs(run.id, isCalling);
  const parts = isCalling ? (data?.items ?? []) : [];
  if (parts.length === 0) return null;
  return (
    <section
      aria-label="What is being written"
      className="max-h-60 overflow-auto rounded-lg border border-line p-3"
    >
      {parts.map(({ callId, attempt, task, text, dropped }) => (
        <div key={`${callId} ${attempt}`} className="py-1">
          <p className="text-small text-ink-3">
            {taskName(task)} is writing{dropped > 0 ? `; ${dropped} more characters are not shown` : ''}
          </p>
          <p className="whitespace-pre-wrap break-words">{text}</p>
        </div>
      ))}
    </section>
  );
}
