'use client';
import { useState } from 'react';
import Link from 'next/link';
import { Plug, Plus } from 'lucide-react';
import type { ConnectionItem } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { formatCount, formatDuration, formatShare, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { NewConnectionDialog } from './new-connection-dialog';

const hrefOf = ({ name }: ConnectionItem) => `/connections/${encodeURIComponent(name)}`;

const COLUMNS: Columns<ConnectionItem> = [
  {
    id: 'name',
    header: 'Connection',
    cell: ({ row: { original: connection } }) => (
      <Link href={hrefOf(connection)} className="font-medium hover:underline">
        {connection.name}
      </Link>
    ),
  },
  {
    id: 'plugin',
    header: 'Plugin',
    cell: ({ row }) => <span className="text-ink-2">{row.original.plugin}</span>,
  },
  {
    id: 'health',
    header: 'Health',
    cell: ({
      row: {
        original: { health, enabled },
      },
    }) => (enabled ? <Status status={health} /> : <Status status="suspended" label="Off" />),
  },
  {
    id: 'detail',
    header: 'What it says',
    meta: { className: 'w-[32%] max-w-0' },
    cell: ({
      row: {
        original: { healthDetail, capabilities },
      },
    }) => (
      <span className="block truncate text-ink-2" title={healthDetail ?? undefined}>
        {healthDetail ?? capabilities.join(', ')}
      </span>
    ),
  },
  {
    id: 'calls',
    header: 'Calls, 24 h',
    meta: { number: true },
    cell: ({ row }) => formatCount(row.original.recent.calls),
  },
  {
    id: 'failed',
    header: 'Failed',
    meta: { number: true },
    cell: ({
      row: {
        original: { recent },
      },
    }) =>
      recent.calls === 0 ? (
        ''
      ) : (
        <span className={recent.failed > 0 ? 'text-bad' : 'text-ink-2'}>
          {formatShare(recent.failed / recent.calls)}
        </span>
      ),
  },
  {
    id: 'p50',
    header: 'Median time',
    meta: { number: true },
    cell: ({ row }) => formatDuration(row.original.recent.p50Ms),
  },
  {
    id: 'checked',
    header: 'Checked',
    meta: { number: true },
    cell: ({ row }) => (
      <span className="text-ink-2">
        <Time at={row.original.checkedAt} />
      </span>
    ),
  },
];

export function ConnectionsPage() {
  const [adding, setAdding] = useState(false);
  useKeys({ n: { does: 'New connection', run: () => setAdding(true) } });
  const pages = usePages<ConnectionItem>(['connections'], '/v1/connections');
  const add = (
    <Button variant="primary" icon={<Plus size={14} aria-hidden />} keys="n" onClick={() => setAdding(true)}>
      New connection
    </Button>
  );
  return (
    <PageFrame
      title="Connections"
      fill
      summary="Configured systems that routing policies choose from."
      actions={add}
    >
      {pages.error !== null && (
        <ProblemNote error={pages.error} retry={() => void pages.refetch()} className="mb-3" />
      )}
      <Panel label="Connections" className="min-h-0" bodyClassName="flex min-h-0 flex-col">
        {pages.isPending ? (
          <SkeletonRows rows={6} />
        ) : pages.items.length > 0 ? (
          <DataTable
            label="Connections"
            columns={COLUMNS}
            items={pages.items}
            id={({ name }) => name}
            href={hrefOf}
            hasMore={pages.hasNextPage}
            loadingMore={pages.isFetchingNextPage}
            onMore={() => void pages.fetchNextPage()}
            foot={`${plural(pages.items.length, 'connection')}; figures are of the last 24 hours`}
          />
        ) : (
          <Empty
            icon={Plug}
            title="No connection yet"
            command="npx tutti doctor"
            action={<Button onClick={() => setAdding(true)}>Make the first connection</Button>}
          >
            A connection is a plugin with its address and secrets. Workflows call capabilities; policies pick
            the connection.
          </Empty>
        )}
      </Panel>
      {adding && <NewConnectionDialog onClose={() => setAdding(false)} />}
    </PageFrame>
  );
}
