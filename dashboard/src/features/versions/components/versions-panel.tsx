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
import { MigrateDialog } from './migrate-dialog';
import { PublishDialog } from './publish-dialog';

interface Actions {
  onPublish: (number: number) => void;
  /** Null: runs are under way on this version at the most. */
  onMove: (to: WorkflowVersion) => (() => void) | null;
}

function RowActions({ version, onPublish, onMove }: Actions & { version: WorkflowVersion }) {
  const move = onMove(version);
  return (
    <span className="inline-flex gap-2">
      {move !== null && (
        <Button onClick={move} aria-label={`Move runs to #${version.number}`}>
          Move runs here
        </Button>
      )}
      {!version.current && (
        <Button onClick={() => onPublish(version.number)} aria-label={`Publish #${version.number}`}>
          Publish
        </Button>
      )}
    </span>
  );
}

function columnsOf(actions: Actions): Columns<WorkflowVersion> {
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
      header: () => <span className="sr-only">Actions</span>,
      meta: { number: true },
      cell: ({ row }) => <RowActions version={row.original} {...actions} />,
    },
  ];
}

/** The versions of a workflow, the canary, and two of them compared. */
export function VersionsPanel({ of }: { of: WorkflowName }) {
  const [publishing, setPublishing] = useState<number>();
  const [moving, setMoving] = useState<WorkflowVersion>();
  const pages = usePages<WorkflowVersion>(
    ['versions', 'list', of.namespace, of.name],
    `${workflowPath(of)}/versions`,
  );
  const onMove = (to: WorkflowVersion) =>
    pages.items.some(({ number, runsUnderWay }) => number !== to.number && runsUnderWay > 0)
      ? () => setMoving(to)
      : null;
  const version = pages.items.find(({ number }) => number === publishing);
  if (pages.error !== null) return <ProblemNote error={pages.error} retry={() => void pages.refetch()} />;
  if (pages.isPending) return <SkeletonRows rows={5} />;
  return (
    <>
      <CanaryPanel of={of} onPublish={setPublishing} />
      <Panel label="Versions">
        <DataTable
          label="Versions"
          columns={columnsOf({ onPublish: setPublishing, onMove })}
          items={pages.items}
          id={({ id }) => id}
          hasMore={pages.hasNextPage}
          loadingMore={pages.isFetchingNextPage}
          onMore={() => void pages.fetchNextPage()}
          foot={`${plural(pages.items.length, 'version')} shown, newest first`}
        />
      </Panel>
      {pages.items.length > 1 && <ComparePanel of={of} versions={pages.items} />}
      {moving !== undefined && (
        <MigrateDialog of={of} to={moving} versions={pages.items} onClose={() => setMoving(undefined)} />
      )}
      {version !== undefined && (
        <PublishDialog of={of} version={version} onClose={() => setPublishing(undefined)} />
      )}
    </>
  );
}
