'use client';
import type { WorkflowCanary } from '@tutti/contracts';
import type { WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { ProblemNote } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { figureRows, RUNS_TO_COMPARE } from '../prepare/versions';
import { useCanary, useStopCanary } from './use-versions';

function Figures({ canary }: { canary: WorkflowCanary }) {
  const { current, canary: other } = canary;
  return (
    <table className="list" aria-label="The canary beside the current version">
      <thead>
        <tr>
          <th scope="col">Figure</th>
          <th scope="col" className="number">
            #{current.version.number}, current
          </th>
          <th scope="col" className="number">
            #{other.version.number}, canary
          </th>
        </tr>
      </thead>
      <tbody>
        {figureRows(current, other).map((row) => (
          <tr key={row.name}>
            <th scope="row" className="text-left font-normal">
              {row.name}
            </th>
            <td className={classNames('number', row.better === 'current' && 'font-semibold text-ok')}>
              {row.current}
            </td>
            <td className={classNames('number', row.better === 'canary' && 'font-semibold text-ok')}>
              {row.canary}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The canary with its figures and what can be done with it; nothing when there is none. */
export function CanaryPanel({ of, onPublish }: { of: WorkflowName; onPublish: (number: number) => void }) {
  const { data, error, refetch } = useCanary(of);
  const stop = useStopCanary(of);
  if (error !== null) return <ProblemNote error={error} retry={() => void refetch()} className="mb-3" />;
  const canary = data?.canary ?? null;
  if (canary === null) return null;
  const { number } = canary.canary.version;
  return (
    <Panel
      title={`#${number} takes ${canary.percent} % of the new runs`}
      note={
        <>
          since <Time at={canary.since} />, by {canary.by}
        </>
      }
      className="mb-3"
      actions={
        <div className="flex gap-2">
          <Button busy={stop.isPending} onClick={() => stop.mutate()}>
            Stop the canary
          </Button>
          <Button variant="primary" onClick={() => onPublish(number)}>
            Share or promote
          </Button>
        </div>
      }
    >
      <Figures canary={canary} />
      <p className="border-t border-line px-4 py-2 text-small text-ink-3">
        Runs since then, without retries and scheduled runs. From {RUNS_TO_COMPARE} ended runs of each on the
        better value is marked.
      </p>
      {stop.error !== null && <ProblemNote error={stop.error} className="m-3" />}
    </Panel>
  );
}
