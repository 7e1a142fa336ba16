'use client';
import { useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import type { RunSummary } from '@tutti/contracts';
import { useJournal } from '@/features/runs/components/use-run';
import { formatExact, shortId } from '@/format/format';
import { hub, type Page } from '@/hub/client';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { ExpressionPanel } from './expression-panel';

const RUNS = 20;

function OfRun({ runId, task }: { runId: string; task: string }) {
  const journal = useJournal(runId);
  if (journal.error !== null) return <ProblemNote error={journal.error} />;
  if (journal.isPending) return <SkeletonRows rows={4} />;
  const of = journal.facts.findLast((facts) => facts.task === task)?.position;
  return <ExpressionPanel key={runId} runId={runId} instances={journal.facts} task={of} />;
}

/** Tries expressions on the data of one of the last runs of a workflow. */
export function TryDialog({
  namespace,
  name,
  task,
  onClose,
}: {
  namespace: string;
  name: string;
  task: string;
  onClose: () => void;
}) {
  const { data, error } = useQuery({
    queryKey: ['runs', 'of', namespace, name],
    queryFn: ({ signal }) =>
      hub<Page<RunSummary>>('/v1/runs', { query: { workflow: `${namespace}/${name}`, limit: RUNS }, signal }),
  });
  const [chosen, setChosen] = useState<string | undefined>();
  const runs = data?.items ?? [];
  const runId = chosen ?? runs[0]?.id;
  return (
    <Dialog
      open
      onClose={onClose}
      wide
      title="Try an expression"
      note="On the data that a task of a past run had"
    >
      {error !== null && <ProblemNote error={error} />}
      {data !== undefined && runs.length === 0 && (
        <p className="py-4 text-ink-2">
          This workflow has not run yet: start a run, then try expressions on its data.
        </p>
      )}
      {runId !== undefined && (
        <>
          <label className="flex items-center gap-2 px-4">
            <span className="shrink-0 text-ink-2">Run</span>
            <select className="field" value={runId} onChange={(event) => setChosen(event.target.value)}>
              {runs.map(({ id, status, startedAt }) => (
                <option key={id} value={id}>
                  {formatExact(Date.parse(startedAt))}, {status} ({shortId(id)})
                </option>
              ))}
            </select>
          </label>
          <OfRun runId={runId} task={task} />
        </>
      )}
    </Dialog>
  );
}
