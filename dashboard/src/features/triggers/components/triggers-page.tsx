'use client';
import { useState } from 'react';
import Link from 'next/link';
import { Plus, Zap } from 'lucide-react';
import type { TriggerItem } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { formatCount, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Time } from '@/ui/time';
import { sourceOf } from '../prepare/trigger';
import { NewTriggerDialog } from './new-trigger-dialog';
import { TriggerStatus } from './trigger-status';

const hrefOf = ({ name }: TriggerItem) => `/triggers/${encodeURIComponent(name)}`;

const COLUMNS: Columns<TriggerItem> = [
  {
    id: 'name',
    header: 'Trigger',
    cell: ({ row: { original: trigger } }) => (
      <Link href={hrefOf(trigger)} className="font-medium hover:underline">
        {trigger.name}
      </Link>
    ),
  },
  { id: 'state', header: 'State', cell: ({ row }) => <TriggerStatus trigger={row.original} /> },
  {
    id: 'source',
    header: 'Source',
    meta: { className: 'w-[26%] max-w-0' },
    cell: ({ row: { original: trigger } }) => (
      <span
        className={trigger.error === null ? 'mono block truncate text-ink-2' : 'block truncate text-bad'}
        title={trigger.error ?? sourceOf(trigger)}
      >
        {trigger.error ?? sourceOf(trigger)}
      </span>
    ),
  },
  {
    id: 'workflow',
    header: 'Workflow',
    cell: ({
      row: {
        original: { workflow },
      },
    }) => (
      <Link href={workflowHref(workflow)} className="text-ink-2 hover:underline">
        {workflow.namespace}/{workflow.name}
      </Link>
    ),
  },
  { id: 'lag', header: 'Lag', meta: { number: true }, cell: ({ row }) => formatCount(row.original.lag) },
  {
    id: 'runs',
    header: 'Runs started',
    meta: { number: true },
    cell: ({ row }) => formatCount(row.original.runsStarted),
  },
  {
    id: 'filtered',
    header: 'Filtered',
    meta: { number: true },
    cell: ({ row }) => <span className="text-ink-2">{formatCount(row.original.records.filtered)}</span>,
  },
  {
    id: 'dead',
    header: 'Dead letters',
    meta: { number: true },
    cell: ({
      row: {
        original: {
          records: { dead },
        },
      },
    }) => <span className={dead > 0 ? 'text-bad' : 'text-ink-2'}>{formatCount(dead)}</span>,
  },
  {
    id: 'last',
    header: 'Last record',
    meta: { number: true },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.lastRecordAt} />
      </span>
    ),
  },
];

export function TriggersPage() {
  const [adding, setAdding] = useState(false);
  useKeys({ n: { does: 'New trigger', run: () => setAdding(true) } });
  const pages = usePages<TriggerItem>(['triggers'], '/v1/triggers');
  return (
    <PageFrame
      title="Triggers"
      fill
      summary="Topics and events that start runs: what is read, what became of it, and what waits."
      actions={
        <Button
          variant="primary"
          icon={<Plus size={14} aria-hidden />}
          keys="n"
          onClick={() => setAdding(true)}
        >
          New trigger
        </Button>
      }
    >
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Triggers" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows rows={6} />
        ) : pages.items.length > 0 ? (
          <DataTable
            label="Triggers"
            columns={COLUMNS}
            items={pages.items}
            id={({ name }) => name}
            href={hrefOf}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(pages.items.length, 'trigger')}; counts are since each was made`}
          />
        ) : (
          <Empty
            icon={Zap}
            title="No trigger yet"
            command="npx tutti apply -f trigger.yaml"
            action={<Button onClick={() => setAdding(true)}>Make the first trigger</Button>}
          >
            A trigger starts a run of a workflow for each record of a Kafka topic, or for each event that
            comes over HTTP, filtered and mapped with jq.
          </Empty>
        )}
      </Panel>
      {adding && <NewTriggerDialog onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}
