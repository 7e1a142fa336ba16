'use client';
import { useState } from 'react';
import Link from 'next/link';
import type { MigratableRun, RunMigrations, WorkflowVersion } from '@tutti/contracts';
import type { WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { formatCount, plural, shortId } from '@/format/format';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { type Moved, useMove, useMovePreview } from './use-migration';

/** Runs that stay which are named. */
const SHOWN = 20;

function Staying({ runs }: { runs: readonly MigratableRun[] }) {
  if (runs.length === 0) return null;
  return (
    <section aria-label="Runs that stay" className="mt-3">
      <h3 className="font-medium">{plural(runs.length, 'run')} cannot go on with it</h3>
      <ul className="mt-1 text-small">
        {runs.slice(0, SHOWN).map(({ id, number, reasons }) => (
          <li key={id} className="flex gap-3 py-0.5">
            <Link href={`/runs/${id}`} className="mono text-accent hover:underline">
              {shortId(id)}
            </Link>
            <span className="text-ink-3">#{number}</span>
            <span className="min-w-0 break-words text-ink-2">{reasons.join('; ')}</span>
          </li>
        ))}
      </ul>
      {runs.length > SHOWN && <p className="text-small text-ink-3">and {runs.length - SHOWN} more</p>}
    </section>
  );
}

function Preview({ preview: { matched, can, items, nextCursor } }: { preview: RunMigrations }) {
  const looked = nextCursor === null ? '' : `Of the newest ${formatCount(items.length)} looked at, `;
  if (matched === 0) return <p>No run is under way on the version that is chosen.</p>;
  return (
    <>
      <p role="status">
        {plural(matched, 'run')} {matched === 1 ? 'is' : 'are'} under way. {looked}
        {formatCount(can)} can go on with it now. Each is checked again when it does.
      </p>
      <Staying runs={items.filter((item) => !item.can)} />
    </>
  );
}

function Progress({ moved: { matched, looked, asked, staying }, ended }: { moved: Moved; ended: boolean }) {
  return (
    <>
      {!ended && <progress className="w-full" aria-label="Runs looked at" value={looked} max={matched} />}
      <p role="status">
        {plural(asked, 'run')} asked to go on with it{ended ? '.' : `, ${looked} of ${matched} looked at.`}
        {ended && asked > 0 ? ' What became of each is in its journal.' : ''}
      </p>
      <Staying runs={staying} />
    </>
  );
}

function From({
  versions,
  value,
  onChange,
}: {
  versions: readonly WorkflowVersion[];
  value: string;
  onChange: (from: string) => void;
}) {
  return (
    <label className="mb-3 flex items-center gap-2">
      Runs of
      <select className="field max-w-64" value={value} onChange={(event) => onChange(event.target.value)}>
        <option value="">all other versions</option>
        {versions.map(({ number, runsUnderWay }) => (
          <option key={number} value={number}>
            #{number}, {plural(runsUnderWay, 'run')} under way
          </option>
        ))}
      </select>
    </label>
  );
}

/** Lets runs under way go on with a version, after it said which can. */
export function MigrateDialog({
  of,
  to,
  versions,
  onClose,
}: {
  of: WorkflowName;
  to: WorkflowVersion;
  versions: readonly WorkflowVersion[];
  onClose: () => void;
}) {
  const [from, setFrom] = useState('');
  const asked = { to: String(to.number), ...(from !== '' && { from }) };
  const preview = useMovePreview(of, asked);
  const move = useMove(of);
  const close = () => {
    move.stop();
    onClose();
  };
  const others = versions.filter(({ number, runsUnderWay }) => number !== to.number && runsUnderWay > 0);
  const begun = move.progress !== undefined;
  const nothing = preview.data === undefined || (preview.data.can === 0 && preview.data.nextCursor === null);
  return (
    <Dialog
      open
      onClose={close}
      wide
      title={`Move runs to version #${to.number}?`}
      note="A run goes on from where it waits, with the tasks of this version. Results it has stay."
      footer={
        <>
          <Button onClick={close}>{move.isSuccess ? 'Close' : 'Back'}</Button>
          {!move.isSuccess && (
            <Button
              variant="primary"
              busy={move.isPending}
              disabled={nothing}
              onClick={() => move.mutate(asked)}
            >
              Move the runs that can
            </Button>
          )}
        </>
      }
    >
      {!begun && <From versions={others} value={from} onChange={setFrom} />}
      {move.error !== null && <ProblemNote error={move.error} />}
      {!begun && preview.error !== null && (
        <ProblemNote error={preview.error} retry={() => void preview.refetch()} />
      )}
      {!begun && preview.isPending && <SkeletonRows rows={3} />}
      {!begun && preview.data !== undefined && <Preview preview={preview.data} />}
      {move.progress !== undefined && <Progress moved={move.progress} ended={move.isSuccess} />}
    </Dialog>
  );
}
