'use client';
import { useCallback } from 'react';
import Link from 'next/link';
import { GitBranch, Plus, SearchX } from 'lucide-react';
import type { WorkflowSummary } from '@tutti/contracts';
import { formatCost, formatCount, formatDuration, formatShare, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { SearchField } from '@/ui/search-field';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { workflowHref } from '../prepare/workflow-path';

const successOf = ({ recent: { completed, faulted } }: WorkflowSummary) =>
  completed + faulted === 0 ? null : completed / (completed + faulted);

const COLUMNS: Columns<WorkflowSummary> = [
  {
    id: 'name',
    header: 'Workflow',
    meta: { className: 'w-[40%] max-w-0' },
    cell: ({ row: { original: workflow } }) => (
      <span className="flex min-w-0 flex-col py-1.5">
        <Link href={workflowHref(workflow)} className="truncate font-medium hover:underline">
          {workflow.title ?? workflow.name}
          <span className="ml-1.5 font-normal text-ink-3">
            {workflow.namespace}/{workflow.name} {workflow.version}
          </span>
        </Link>
        {workflow.summary !== null && (
          <span className="truncate text-small text-ink-3">{workflow.summary}</span>
        )}
      </span>
    ),
  },
  {
    id: 'enabled',
    header: 'State',
    cell: ({ row }) =>
      row.original.enabled ? <Status status="ok" label="On" /> : <Status status="suspended" label="Off" />,
  },
  {
    id: 'runs',
    header: 'Runs, 24 h',
    meta: { number: true },
    cell: ({
      row: {
        original: { recent },
      },
    }) => (
      <span>
        {formatCount(recent.runs)}
        {recent.active > 0 && <span className="ml-1.5 text-busy">{formatCount(recent.active)} active</span>}
      </span>
    ),
  },
  {
    id: 'success',
    header: 'Success',
    meta: { number: true },
    cell: ({ row }) => formatShare(successOf(row.original)),
  },
  {
    id: 'time',
    header: 'Median time',
    meta: { number: true },
    cell: ({ row }) => formatDuration(row.original.recent.p50Ms),
  },
  {
    id: 'cost',
    header: 'Cost',
    meta: { number: true },
    cell: ({ row }) => formatCost(row.original.recent.costMicros),
  },
  {
    id: 'updated',
    header: 'Applied',
    meta: { number: true },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.updatedAt} />
      </span>
    ),
  },
];

function NewWorkflow() {
  return (
    <Link
      href="/workflows/new"
      className="inline-flex h-8 items-center gap-1.5 rounded-md bg-accent-fill px-3 font-medium text-accent-ink hover:opacity-90"
    >
      <Plus size={14} aria-hidden />
      New workflow
    </Link>
  );
}

export function WorkflowsPage() {
  const { get, change } = useUrlState();
  const q = get('q');
  const search = useCallback((text: string) => change({ q: text }), [change]);
  const pages = usePages<WorkflowSummary>(['workflows', 'list'], '/v1/workflows', { q: q || undefined });
  return (
    <PageFrame title="Workflows" actions={<NewWorkflow />} fill>
      <div className="mb-3">
        <SearchField value={q} onChange={search} label="Search workflows" placeholder="Name or summary" />
      </div>
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Workflows" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows rows={7} height={52} />
        ) : pages.items.length > 0 ? (
          <DataTable
            label="Workflows"
            columns={COLUMNS}
            items={pages.items}
            id={({ namespace, name }) => `${namespace}/${name}`}
            href={workflowHref}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(pages.items.length, 'workflow')}; figures are of the last 24 hours`}
          />
        ) : q !== '' ? (
          <Empty
            icon={SearchX}
            title="No workflow matches"
            action={<Button onClick={() => change({ q: null })}>Clear the search</Button>}
          />
        ) : (
          <Empty
            icon={GitBranch}
            title="No workflow yet"
            command="npx tutti apply -f examples/invoice-processing"
            action={<NewWorkflow />}
          >
            A workflow is a Serverless Workflow document in YAML. Apply one of the examples to begin.
          </Empty>
        )}
      </Panel>
    </PageFrame>
  );
}
