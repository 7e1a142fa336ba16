'use client';
import { useCallback } from 'react';
import Link from 'next/link';
import { ListTree } from 'lucide-react';
import { formatCompact, formatCost, formatCount, formatDuration, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import type { TraceSummary } from '@/hub/types';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { SearchField } from '@/ui/search-field';
import { Segments } from '@/ui/segments';
import { ShortId } from '@/ui/short-id';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';

const COLUMNS: Columns<TraceSummary> = [
  {
    id: 'name',
    header: 'Trace',
    meta: { className: 'w-[34%] max-w-0' },
    cell: ({ row: { original: trace } }) => (
      <Link href={`/traces/${trace.traceId}`} className="block truncate font-medium hover:underline">
        {trace.name}
      </Link>
    ),
  },
  {
    id: 'service',
    header: 'Application',
    cell: ({ row: { original: trace } }) => (
      <span>
        {trace.service}
        {!trace.managed && <span className="ml-1.5 text-small text-wait">unmanaged</span>}
      </span>
    ),
  },
  { id: 'id', header: 'Id', cell: ({ row }) => <ShortId id={row.original.traceId} what="trace id" /> },
  {
    id: 'errors',
    header: 'State',
    cell: ({
      row: {
        original: { errors },
      },
    }) =>
      errors > 0 ? (
        <Status status="error" label={plural(errors, 'error')} />
      ) : (
        <Status status="ok" label="No errors" />
      ),
  },
  {
    id: 'spans',
    header: 'Spans',
    meta: { number: true },
    cell: ({ row }) => formatCount(row.original.spans),
  },
  {
    id: 'tokens',
    header: 'Tokens',
    meta: { number: true },
    cell: ({ row: { original: trace } }) =>
      trace.inputTokens + trace.outputTokens === 0
        ? ''
        : formatCompact(trace.inputTokens + trace.outputTokens),
  },
  {
    id: 'cost',
    header: 'Cost',
    meta: { number: true },
    cell: ({ row }) => (row.original.costMicros === 0 ? '' : formatCost(row.original.costMicros)),
  },
  {
    id: 'duration',
    header: 'Time taken',
    meta: { number: true },
    cell: ({ row }) => formatDuration(row.original.durationMs),
  },
  {
    id: 'started',
    header: 'Started',
    meta: { number: true },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.startedAt} />
      </span>
    ),
  },
];
const VIEWS = [
  ['', 'All'],
  ['true', 'Managed'],
  ['false', 'Unmanaged'],
] as const;

export function TracesPage() {
  const { get, change } = useUrlState();
  const managed = get('managed');
  const pages = usePages<TraceSummary>(['traces'], '/v1/traces', {
    managed: managed || undefined,
    q: get('q') || undefined,
  });
  const search = useCallback((q: string) => change({ q }), [change]);
  return (
    <PageFrame
      title="Traces"
      fill
      summary="Everything that sends OpenTelemetry to the hub: its own runs and other applications."
      actions={
        <Segments
          label="Which applications"
          options={VIEWS}
          value={managed}
          onChange={(id) => change({ managed: id })}
        />
      }
    >
      <div className="mb-3">
        <SearchField
          value={get('q')}
          onChange={search}
          label="Search traces"
          placeholder="Name, application or model"
        />
      </div>
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Traces" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows rows={14} />
        ) : pages.items.length > 0 ? (
          <DataTable
            label="Traces"
            columns={COLUMNS}
            items={pages.items}
            id={({ traceId }) => traceId}
            href={({ traceId }) => `/traces/${traceId}`}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(pages.items.length, 'trace')} shown, newest first`}
          />
        ) : (
          <Empty
            icon={ListTree}
            title="No traces here yet"
            command="OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node app.js"
            action={
              managed === '' && get('q') === '' ? undefined : (
                <Button onClick={() => change({ managed: null, q: null })}>Show all</Button>
              )
            }
          >
            Point the OpenTelemetry exporter of any application at the hub, and its traces appear here.
          </Empty>
        )}
      </Panel>
    </PageFrame>
  );
}
