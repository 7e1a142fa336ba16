'use client';
import Link from 'next/link';
import { CalendarClock } from 'lucide-react';
import type { ScheduleItem } from '@tutti/contracts';
import { formatCount, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { noNextText, ruleText, stateLook } from '../prepare/schedule';
import { scheduleHref } from '../prepare/schedule-path';

const COLUMNS: Columns<ScheduleItem> = [
  {
    id: 'workflow',
    header: 'Workflow',
    cell: ({ row: { original: item } }) => (
      <Link href={scheduleHref(item.workflow)} className="font-medium hover:underline">
        {item.workflow.namespace}/{item.workflow.name}
      </Link>
    ),
  },
  { id: 'state', header: 'State', cell: ({ row }) => <Status {...stateLook(row.original.state)} /> },
  {
    id: 'rule',
    header: 'When',
    meta: { className: 'w-[28%] max-w-0' },
    cell: ({ row: { original: item } }) => (
      <span
        className={item.error === null ? 'mono block truncate text-ink-2' : 'block truncate text-bad'}
        title={item.error ?? ruleText(item)}
      >
        {item.error ?? ruleText(item)}
      </span>
    ),
  },
  {
    id: 'next',
    header: 'Next',
    meta: { number: true },
    cell: ({ row: { original: item } }) => {
      const none = noNextText(item);
      return none === null ? <Time at={item.nextAt} /> : <span className="text-ink-3">{none}</span>;
    },
  },
  {
    id: 'last',
    header: 'Last',
    meta: { number: true },
    cell: ({ row: { original: item } }) =>
      item.lastRunId === null ? (
        <Time at={item.lastPlannedAt} />
      ) : (
        <Link href={`/runs/${item.lastRunId}`} className="hover:underline">
          <Time at={item.lastPlannedAt} />
        </Link>
      ),
  },
  { id: 'fired', header: 'Runs', meta: { number: true }, cell: ({ row }) => formatCount(row.original.fired) },
  {
    id: 'skipped',
    header: 'Skipped',
    meta: { number: true },
    cell: ({ row }) => <span className="text-ink-2">{formatCount(row.original.skipped)}</span>,
  },
];

/** All schedules: workflows that start by the clock. */
export function SchedulesPage() {
  const pages = usePages<ScheduleItem>(['schedules', 'list'], '/v1/schedules');
  return (
    <PageFrame
      title="Schedules"
      fill
      summary="Workflows that start by the clock: when next, and what became of it."
    >
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Schedules" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows rows={6} />
        ) : pages.items.length > 0 ? (
          <DataTable
            label="Schedules"
            columns={COLUMNS}
            items={pages.items}
            id={({ workflow }) => `${workflow.namespace}/${workflow.name}`}
            href={({ workflow }) => scheduleHref(workflow)}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(pages.items.length, 'schedule')}; counts are since each was first applied`}
          />
        ) : (
          <Empty icon={CalendarClock} title="No schedule yet" command="npx tutti apply -f close-of-day.yaml">
            A schedule is part of a workflow: write “schedule” with cron, every or after into its document and
            apply it.
          </Empty>
        )}
      </Panel>
    </PageFrame>
  );
}
