'use client';
import { useState } from 'react';
import Link from 'next/link';
import { Plug, Plus, SearchX } from 'lucide-react';
import type { ConnectionItem } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { formatCount, formatDuration, formatShare, plural } from '@/format/format';
import { usePages } from '@/hub/use-pages';
import { Button } from '@/ui/button';
import { DataTable, type Columns } from '@/ui/data-table';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status, statusLook } from '@/ui/status';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { environmentsOf } from '../prepare/labels';
import { STATES } from '../prepare/states';
import { costText } from '../prepare/usage';
import { NewConnectionDialog } from './new-connection-dialog';
import { useKnownConnections } from './use-connection';

const hrefOf = ({ name }: ConnectionItem) => `/connections/${encodeURIComponent(name)}`;

/** What its last test or its last failure told, else what it can do. */
function saidBy({ healthDetail, lastError, capabilities }: ConnectionItem): string {
  return healthDetail ?? lastError?.title ?? capabilities.join(', ');
}

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
    id: 'state',
    header: 'State',
    cell: ({ row }) => <Status status={row.original.state} />,
  },
  {
    id: 'plugin',
    header: 'Plugin',
    cell: ({ row }) => <span className="text-ink-2">{row.original.plugin}</span>,
  },
  {
    id: 'environment',
    header: 'Environment',
    cell: ({ row }) => <span className="text-ink-2">{row.original.environment}</span>,
  },
  {
    id: 'detail',
    header: 'What it says',
    meta: { className: 'w-[26%] max-w-0' },
    cell: ({ row: { original: connection } }) => (
      <span className="block truncate text-ink-2" title={saidBy(connection)}>
        {saidBy(connection)}
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
    id: 'p95',
    header: '95 % within',
    meta: { number: true },
    cell: ({ row }) => formatDuration(row.original.recent.p95Ms),
  },
  {
    id: 'cost',
    header: 'Cost',
    meta: { number: true },
    cell: ({ row }) => (row.original.recent.cost.length === 0 ? '' : costText(row.original.recent)),
  },
  {
    id: 'owner',
    header: 'Owner',
    cell: ({
      row: {
        original: { owner },
      },
    }) => (
      <span className="block max-w-36 truncate text-ink-2" title={owner ?? undefined}>
        {owner}
      </span>
    ),
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

const FILTERS = ['environment', 'plugin', 'state'] as const;
type Filter = (typeof FILTERS)[number];

function Filters({ get, change }: Pick<ReturnType<typeof useUrlState>, 'get' | 'change'>) {
  const known = useKnownConnections().data?.items ?? [];
  const options: Record<Filter, readonly (readonly [value: string, label: string])[]> = {
    environment: environmentsOf(known).map((each) => [each, each]),
    plugin: [...new Set(known.map(({ plugin }) => plugin))].sort().map((each) => [each, each]),
    state: STATES.map((each) => [each, statusLook(each).label]),
  };
  return (
    <div className="mb-3 flex flex-wrap gap-2">
      {FILTERS.map((name) => (
        <select
          key={name}
          className="field w-auto min-w-36"
          aria-label={`Filter by ${name}`}
          value={get(name)}
          onChange={(event) => change({ [name]: event.target.value })}
        >
          <option value="">Any {name}</option>
          {options[name].map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      ))}
    </div>
  );
}

export function ConnectionsPage() {
  const [adding, setAdding] = useState(false);
  useKeys({ n: { does: 'New connection', run: () => setAdding(true) } });
  const { get, change } = useUrlState();
  const filter = Object.fromEntries(FILTERS.map((name) => [name, get(name)]).filter(([, value]) => value));
  const isFiltered = Object.keys(filter).length > 0;
  const pages = usePages<ConnectionItem>(['connections', filter], '/v1/connections', filter);
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
      <Filters get={get} change={change} />
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
        ) : isFiltered ? (
          <Empty
            icon={SearchX}
            title="No connection is like this"
            action={
              <Button onClick={() => change(Object.fromEntries(FILTERS.map((name) => [name, null])))}>
                Show all connections
              </Button>
            }
          />
        ) : (
          <Empty
            icon={Plug}
            title="No connection yet"
            command="npx tutti connections set NAME --plugin PLUGIN"
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
