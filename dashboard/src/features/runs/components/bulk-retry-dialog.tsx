'use client';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { BulkRetried } from '@tutti/contracts';
import { plural } from '@/format/format';
import { hub } from '@/hub/client';
import { Button } from '@/ui/button';
import { Dialog } from '@/ui/dialog';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { ShortId } from '@/ui/short-id';

/** Runs that one click retries. */
const LIMIT = 500;

/** The filter of the list, without its states: a bulk retry is one of faulted runs. */
export interface BulkFilter {
  workflow?: string | undefined;
  q?: string | undefined;
  from?: string | undefined;
}

function retryMany(filter: BulkFilter, dryRun: boolean, signal?: AbortSignal): Promise<BulkRetried> {
  return hub<BulkRetried>('/v1/runs/retry', {
    method: 'POST',
    body: { ...filter, limit: LIMIT, dryRun },
    ...(signal && { signal }),
  });
}

function Found({ found }: { found: BulkRetried }) {
  if (found.matched === 0)
    return <p>No faulted run of this filter is left that was not retried in this way before.</p>;
  return (
    <>
      <p role="status">
        {found.more
          ? `The newest ${found.matched} of the faulted runs`
          : plural(found.matched, 'faulted run')}{' '}
        of this filter {found.more || found.matched > 1 ? 'are' : 'is'} retried, each from the task that
        faulted, on its own version.
      </p>
      <ul className="mt-2 text-small text-ink-2" aria-label="The newest of them">
        {found.sample.map(({ id, workflow, error }) => (
          <li key={id} className="flex gap-3">
            <ShortId id={id} what="run id" />
            <span>{workflow.name}</span>
            <span className="truncate">{error?.title}</span>
          </li>
        ))}
      </ul>
    </>
  );
}

function Done({ done }: { done: BulkRetried }) {
  return (
    <>
      <p role="status">
        {plural(done.retried.length, 'run')} retried, {done.refused.length} not.
        {done.more ? ' There are more: open this again for them.' : ''}
      </p>
      <ul className="mt-2 text-small text-bad">
        {done.refused.slice(0, 10).map(({ id, reason }) => (
          <li key={id}>{reason}</li>
        ))}
      </ul>
    </>
  );
}

/** Says how many faulted runs of a filter would be retried, then retries them. */
export function BulkRetryDialog({ filter, onClose }: { filter: BulkFilter; onClose: () => void }) {
  const client = useQueryClient();
  const found = useQuery({
    // Not below `runs`: a run that changes anywhere would have the whole count made anew.
    queryKey: ['bulk-retry', filter],
    gcTime: 0,
    queryFn: ({ signal }) => retryMany(filter, true, signal),
  });
  const retry = useMutation({
    mutationFn: () => retryMany(filter, false),
    onSuccess: () => client.invalidateQueries({ queryKey: ['runs'] }),
  });
  const error = retry.error ?? found.error;
  return (
    <Dialog
      open
      onClose={onClose}
      title="Retry faulted runs?"
      note="Each retry is a new run that calls the connections again from the task that faulted."
      footer={
        <>
          <Button onClick={onClose}>{retry.isSuccess ? 'Close' : 'Back'}</Button>
          {!retry.isSuccess && (
            <Button
              variant="primary"
              busy={retry.isPending}
              disabled={(found.data?.matched ?? 0) === 0}
              onClick={() => retry.mutate()}
            >
              {`Retry ${plural(found.data?.matched ?? 0, 'run')}`}
            </Button>
          )}
        </>
      }
    >
      {error !== null && <ProblemNote error={error} />}
      {found.isPending && <SkeletonRows rows={3} />}
      {retry.data !== undefined ? (
        <Done done={retry.data} />
      ) : (
        found.data !== undefined && <Found found={found.data} />
      )}
    </Dialog>
  );
}
