'use client';
import { useState } from 'react';
import type { WorkflowVersion } from '@tutti/contracts';
import { workflowPath, type WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { formatCount, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { ShortId } from '@/ui/short-id';
import { Time } from '@/ui/time';
import { roleOf } from '../prepare/versions';
import { CanaryPanel } from './canary-panel';
import { ComparePanel } from './compare-panel';
import { PublishDialog } from './publish-dialog';

function columnsOf(onPublish: (number: number) => void): Columns<WorkflowVersion> {
  return [
    {
      id: 'version',
      header: 'Version',
      cell: ({ row: { original: version } }) => (
        <span className="font-medium">
          #{version.number} <span className="font-normal text-ink-2">{version.version}</span>
          {roleOf(version) !== null && (
            <span
              className={
                version.current
                  ? 'ml-2 text-small font-normal text-ok'
                  : 'ml-2 text-small font-normal text-wait'
              }
            >
              {roleOf(version)}
            </span>
          )}
        </span>
      ),
    },
    {
      id: 'note',
      header: 'Note',
      meta: { className: 'w-[32%] max-w-0' },
      cell: ({ row }) => (
        <span className="block truncate text-ink-2" title={row.original.note ?? undefined}>
          {row.original.note}
        </span>
      ),
    },
    {
      id: 'content',
      header: 'Content',
      cell: ({ row }) => <ShortId id={row.original.contentHash} what="content hash" />,
    },
    { id: 'by', header: 'Applied by', cell: ({ row }) => row.original.createdBy },
    {
      id: 'applied',
      header: 'Applied',
      meta: { number: true },
      cell: ({ row }) => (
        <span className="text-ink-2">
          <Time at={row.original.createdAt} />
        </span>
      ),
    },
    {
      id: 'runs',
      header: 'Under way',
      meta: { number: true },
      cell: ({ row }) => formatCount(row.original.runsUnderWay),
    },
    {
      id: 'actions',
      header: () => <span className="sr-only">Publish</span>,
      meta: { number: true },
      cell: ({ row: { original: version } }) =>
        version.current ? null : (
          <Button onClick={() => onPublish(version.number)} aria-label={`Publish #${version.number}`}>
            Publish
          </Button>
        ),
    },
  ];
}

/** The versions of a workflow, the canary, and two of them compared. */
export function VersionsPanel({ of }: { of: WorkflowName }) {
  const [publishing, setPublishing] = useState<number>();
  const pages = usePages<WorkflowVersion>(
    ['versions', 'list', of.namespace, of.name],
    `${workflowPath(of)}/versions`,
  );
  const version = pages.items.find(({ number }) => number === publishing);
  if (pages.error !== null) return <ProblemNote error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isPending) return <SkeletonRows rows={5} />;
  return (
    <>
      <CanaryPanel of={of} onPublish={setPublishing} />
      <Panel label="Versions">
        <DataTable
          label="Versions"
          columns={columnsOf(setPublishing)}
          items={pages.items}
          id={({ id }) => id}
          hasMore={pages.hasNextPage}
          loadingMore={pages.isFetchingNextPage}
          onMore={() => void pages.fetchNextPage()}
          foot={`${plural(pages.items.length, 'version')} shown, newest first`}
        />
      </Panel>
      {pages.items.length > 1 && <ComparePanel of={of} versions={pages.items} />}
      {version !== undefined && (
        <PublishDialog of={of} version={version} onClose={() => setPublishing(undefined)} />
      )}
    </>
  );
}
