'use client';
import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import Link from 'next/link';
import { useQuery } from '@tanstack/react-query';
import { Play, RotateCcw, SearchX } from 'lucide-react';
import type { RunSummary, WorkflowSummary } from '@tutti/contracts';
import { RANGES } from '@/features/metrics/prepare/range';
import { formatCost, plural } from '@/format/format';
import { hub, type Page } from '@/hub/client';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { SearchField } from '@/ui/search-field';
import { ShortId } from '@/ui/short-id';
import { Status, StatusIcon, statusLook } from '@/ui/status';
import { Elapsed, Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import {
  filtersFrom,
  holdNew,
  isFiltered,
  RUN_STATUSES,
  runQuery,
  toggled,
  type RunFilters,
} from '../prepare/filters';
import { triggerText, triggerTitle } from '../prepare/trigger';
import { BulkRetryDialog } from './bulk-retry-dialog';

const COLUMNS: Columns<RunSummary> = [
  {
    id: 'status',
    header: 'State',
    cell: ({ row }) => <Status status={row.original.status} />,
    meta: { className: 'w-[130px]' },
  },
  {
    id: 'workflow',
    header: 'Workflow',
    cell: ({ row: { original: run } }) => (
      <Link href={`/runs/${run.id}`} className="font-medium hover:underline">
        {run.workflow.name}
        <span className="ml-1.5 font-normal text-ink-3">{run.workflow.version}</span>
      </Link>
    ),
  },
  { id: 'run', header: 'Run', cell: ({ row }) => <ShortId id={row.original.id} what="run id" /> },
  {
    id: 'error',
    header: 'What happened',
    meta: { className: 'w-[34%] max-w-0' },
    cell: ({ row: { original: run } }) => (
      <span className="block truncate text-ink-2" title={run.error?.detail}>
        {run.error?.title ?? (run.retryOf === null ? '' : 'Retry of another run')}
      </span>
    ),
  },
  {
    id: 'trigger',
    header: 'Trigger',
    cell: ({ row: { original: run } }) => (
      <span className="text-ink-2" title={triggerTitle(run.trigger)}>
        {triggerText(run.trigger)}
      </span>
    ),
  },
  {
    id: 'cost',
    header: 'Cost',
    meta: { number: true },
    cell: ({ row: { original: run } }) => (
      <span className="text-ink-2">
        {run.costMicros === 0 ? '' : formatCost(run.costMicros, run.currency)}
      </span>
    ),
  },
  {
    id: 'duration',
    header: 'Time taken',
    meta: { number: true, className: 'min-w-[104px]' },
    cell: ({ row: { original: run } }) => (
      <Elapsed from={run.startedAt} until={run.endedAt} durationMs={run.durationMs} />
    ),
  },
  {
    id: 'started',
    header: 'Started',
    meta: { number: true, className: 'min-w-[96px]' },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.startedAt} />
      </span>
    ),
  },
];

const NO_FILTERS = { q: null, status: null, workflow: null, range: null };

function StateFilter({
  statuses,
  change,
}: {
  statuses: RunFilters['statuses'];
  change: (values: Record<string, string | null>) => void;
}) {
  return (
    <div role="group" aria-label="State" className="flex flex-wrap gap-1">
      {RUN_STATUSES.map((status) => {
        const on = statuses.includes(status);
        return (
          <button
            key={status}
            type="button"
            aria-pressed={on}
            onClick={() => change({ status: toggled(statuses, status) })}
            className={classNames(
              'inline-flex h-8 items-center gap-1.5 rounded-md border px-2.5',
              on ? 'border-accent bg-selected' : 'border-line bg-surface text-ink-2 hover:bg-hover',
            )}
          >
            <StatusIcon status={status} size={13} />
            {statusLook(status).label}
          </button>
        );
      })}
    </div>
  );
}

function Filters({
  filters,
  change,
}: {
  filters: RunFilters;
  change: (values: Record<string, string | null>) => void;
}) {
  const workflows = useQuery({
    queryKey: ['workflows', 'names'],
    queryFn: ({ signal }) => hub<Page<WorkflowSummary>>('/v1/workflows', { query: { limit: 200 }, signal }),
    staleTime: 60_000,
  });
  const search = useCallback((q: string) => change({ q }), [change]);
  return (
    <div className="mb-3 flex flex-wrap items-center gap-2" role="search">
      <SearchField
        value={filters.q}
        onChange={search}
        label="Search runs"
        placeholder="Id, or text in input, output, error"
      />
      <select
        aria-label="Workflow"
        className="field w-auto max-w-56"
        value={filters.workflow}
        onChange={(event) => change({ workflow: event.target.value })}
      >
        <option value="">All workflows</option>
        {(workflows.data?.items ?? []).map(({ namespace, name, title }) => (
          <option key={`${namespace}/${name}`} value={`${namespace}/${name}`}>
            {title ?? name}
          </option>
        ))}
        {filters.workflow !== '' && workflows.data === undefined && (
          <option value={filters.workflow}>{filters.workflow}</option>
        )}
      </select>
      <select
        aria-label="Started"
        className="field w-auto"
        value={filters.range}
        onChange={(event) => change({ range: event.target.value })}
      >
        <option value="">Any time</option>
        {RANGES.map(({ id, label }) => (
          <option key={id} value={id}>
            {label}
          </option>
        ))}
      </select>
      <StateFilter statuses={filters.statuses} change={change} />
      {isFiltered(filters) && (
        <Button variant="ghost" onClick={() => change(NO_FILTERS)}>
          Clear
        </Button>
      )}
    </div>
  );
}

/** Keeps the newest row that was shown when the list was opened; later ones wait behind a button. */
function useHeld(items: RunSummary[], key: string) {
  const [newest, setNewest] = useState<{ key: string; id: string | undefined }>({ key, id: undefined });
  const first = items[0]?.id;
  const known = newest.key === key ? newest.id : undefined;
  const started = useRef('');
  useEffect(() => {
    if (known !== undefined || first === undefined) return;
    started.current = first;
    setNewest({ key, id: first });
  }, [known, first, key]);
  const show = () => setNewest({ key, id: first });
  return { ...holdNew(items, known), show };
}

function NoRuns({ clear }: { clear: (() => void) | undefined }) {
  if (clear !== undefined)
    return (
      <Empty
        icon={SearchX}
        title="No run matches"
        action={<Button onClick={clear}>Clear the filters</Button>}
      >
        Search looks at ids and at text in input, output and error.
      </Empty>
    );
  return (
    <Empty
      icon={Play}
      title="No runs yet"
      command="npx tutti run finance/invoice"
      action={
        <Link
          href="/workflows"
          className="inline-flex h-8 items-center rounded-md bg-accent-fill px-3 font-medium text-accent-ink"
        >
          Start one from a workflow
        </Link>
      }
    >
      A run appears here the moment it is accepted.
    </Empty>
  );
}

/** Offered when the list shows faulted runs only: those of the filter are retried. */
function BulkRetry({ query: { status, q, workflow, from } }: { query: ReturnType<typeof runQuery> }) {
  const [open, setOpen] = useState(false);
  if (status !== 'faulted') return null;
  return (
    <>
      <Button icon={<RotateCcw size={14} aria-hidden />} onClick={() => setOpen(true)}>
        Retry these
      </Button>
      {open && <BulkRetryDialog filter={{ q, workflow, from }} onClose={() => setOpen(false)} />}
    </>
  );
}

export function RunsPage() {
  const { get, change } = useUrlState();
  const filters = filtersFrom(get);
  const query = useMemo(
    () => runQuery(filters, Date.now()),
    [filters.q, filters.statuses.join(), filters.workflow, filters.range],
  ); // eslint-disable-line react-hooks/exhaustive-deps
  const pages = usePages<RunSummary>(['runs'], '/v1/runs', query);
  const { shown, waiting, show } = useHeld(pages.items, JSON.stringify(query));
  return (
    <PageFrame
      title="Runs"
      fill
      actions={
        <>
          <BulkRetry query={query} />
          <Link
            href="/workflows"
            className="inline-flex h-8 items-center gap-1.5 rounded-md bg-accent-fill px-3 font-medium text-accent-ink hover:opacity-90"
          >
            <Play size={14} aria-hidden />
            Start a run
          </Link>
        </>
      }
    >
      <Filters filters={filters} change={change} />
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel
        label="Runs"
        className={classNames('min-h-0', pages.isPlaceholderData && 'opacity-60')}
        bodyClassName="relative flex min-h-0 flex-col"
      >
        {waiting > 0 && (
          <div className="pointer-events-none absolute inset-x-0 top-9 z-2 flex justify-center">
            <Button variant="primary" className="pointer-events-auto h-7 shadow-float" onClick={show}>
              Show {plural(waiting, 'new run')}
            </Button>
          </div>
        )}
        {pages.isPending ? (
          <SkeletonRows rows={14} />
        ) : shown.length > 0 ? (
          <DataTable
            label="Runs"
            columns={COLUMNS}
            items={shown}
            id={({ id }) => id}
            href={({ id }) => `/runs/${id}`}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(shown.length, 'run')} shown, newest first`}
          />
        ) : (
          <NoRuns clear={isFiltered(filters) ? () => change(NO_FILTERS) : undefined} />
        )}
      </Panel>
    </PageFrame>
  );
}
