'use client';
import { useCallback, useState } from 'react';
import { useQuery } from '@tanstack/react-query';
import {
  AppWindow,
  Bot,
  Boxes,
  Cable,
  ChevronRight,
  Cpu,
  EyeOff,
  ShieldCheck,
  Wrench,
  type LucideIcon,
} from 'lucide-react';
import type { AiAsset } from '@tutti/contracts';
import { formatCompact, formatCost, formatCount, formatShare, plural } from '@/format/format';
import { hub, type Page } from '@/hub/client';
import { Button } from '@/ui/button';
import { classNames } from '@/ui/class-names';
import { Empty, ProblemNote, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { SearchField } from '@/ui/search-field';
import { Segments } from '@/ui/segments';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { applicationsOf, KINDS, type Application } from '../prepare/tree';

const ICONS: Record<AiAsset['kind'], LucideIcon> = {
  application: AppWindow,
  model: Cpu,
  agent: Bot,
  tool: Wrench,
  'mcp-server': Cable,
};
const MANAGED = [
  ['', 'All'],
  ['false', 'Unmanaged'],
  ['true', 'Managed'],
] as const;
const PAGES_MAX = 10;

async function wholeInventory(
  query: Record<string, string | undefined>,
  signal: AbortSignal,
): Promise<{ items: AiAsset[]; more: boolean }> {
  const items: AiAsset[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const answer = await hub<Page<AiAsset>>('/v1/inventory', {
      query: { ...query, limit: 200, cursor },
      signal,
    });
    items.push(...answer.items);
    if (answer.nextCursor === null) return { items, more: false };
    cursor = answer.nextCursor;
  }
  return { items, more: true };
}

function Managed({ managed }: { managed: boolean }) {
  return managed ? (
    <span className="inline-flex items-center gap-1.5 text-ok">
      <ShieldCheck size={14} aria-hidden />
      Managed
    </span>
  ) : (
    <span className="inline-flex items-center gap-1.5 text-wait">
      <EyeOff size={14} aria-hidden />
      Unmanaged
    </span>
  );
}

function AssetRow({ asset }: { asset: AiAsset }) {
  const Icon = ICONS[asset.kind];
  return (
    <tr>
      <td className="w-[36%] max-w-0">
        <span className="flex items-center gap-2 pl-7">
          <Icon size={14} className="shrink-0 text-ink-3" aria-hidden />
          <span className="truncate">{asset.name}</span>
          {asset.provider !== null && <span className="text-small text-ink-3">{asset.provider}</span>}
        </span>
      </td>
      <td className="text-ink-2">{KINDS.find(([kind]) => kind === asset.kind)?.[1].replace(/s$/, '')}</td>
      <td>
        <Managed managed={asset.managed} />
      </td>
      <td className="number">{formatCount(asset.calls)}</td>
      <td className="number">{asset.calls === 0 ? '' : formatShare(asset.errors / asset.calls)}</td>
      <td className="number">
        {asset.inputTokens + asset.outputTokens === 0 ? (
          ''
        ) : (
          <span title={`${formatCount(asset.inputTokens)} in, ${formatCount(asset.outputTokens)} out`}>
            {formatCompact(asset.inputTokens + asset.outputTokens)}
          </span>
        )}
      </td>
      <td className="number">{asset.costMicros === 0 ? '' : formatCost(asset.costMicros, asset.currency)}</td>
      <td className="number text-ink-2">
        <Time at={asset.lastSeenAt} />
      </td>
    </tr>
  );
}

function ApplicationRows({ application }: { application: Application }) {
  const [open, setOpen] = useState(true);
  const { name, asset, inside, managed, calls, tokens, costMicros, currency, lastSeenAt } = application;
  return (
    <tbody>
      <tr className="bg-canvas">
        <td className="w-[36%] max-w-0">
          <button
            type="button"
            aria-expanded={open}
            onClick={() => setOpen(!open)}
            className="flex max-w-full items-center gap-2 font-medium"
          >
            <ChevronRight
              size={13}
              aria-hidden
              className={classNames('shrink-0 text-ink-3', open && 'rotate-90')}
            />
            <AppWindow size={14} className="shrink-0 text-ink-3" aria-hidden />
            <span className="truncate">{name}</span>
            <span className="text-small font-normal whitespace-nowrap text-ink-3">
              {asset?.environment ?? ''} {asset?.sender ?? ''}
            </span>
          </button>
        </td>
        <td className="text-ink-2">Application</td>
        <td>
          <Managed managed={managed} />
        </td>
        <td className="number">{formatCount(calls)}</td>
        <td className="number">
          {asset === null || asset.calls === 0 ? '' : formatShare(asset.errors / asset.calls)}
        </td>
        <td className="number">{tokens === 0 ? '' : formatCompact(tokens)}</td>
        <td className="number">{costMicros === 0 ? '' : formatCost(costMicros, currency)}</td>
        <td className="number text-ink-2">
          <Time at={lastSeenAt} />
        </td>
      </tr>
      {open && inside.map((each) => <AssetRow key={each.id} asset={each} />)}
    </tbody>
  );
}

function Filters({ get, change }: ReturnType<typeof useUrlState>) {
  const search = useCallback((q: string) => change({ q }), [change]);
  return (
    <div role="search" className="mb-3 flex flex-wrap items-center gap-2">
      <SearchField
        value={get('q')}
        onChange={search}
        label="Search the inventory"
        placeholder="Name or provider"
      />
      <select
        aria-label="Kind"
        className="field w-auto"
        value={get('kind')}
        onChange={(event) => change({ kind: event.target.value })}
      >
        <option value="">All kinds</option>
        {KINDS.map(([kind, label]) => (
          <option key={kind} value={kind}>
            {label}
          </option>
        ))}
      </select>
      <Segments
        label="Managed or not"
        options={MANAGED}
        value={get('managed')}
        onChange={(id) => change({ managed: id })}
      />
    </div>
  );
}

const HEADS = ['Name', 'Kind', 'Managed', 'Calls', 'Errors', 'Tokens', 'Cost', 'Last seen'] as const;
/** Headings before this one stand over words, the others over numbers. */
const FIRST_NUMBER = 3;

function AssetTable({ applications }: { applications: readonly Application[] }) {
  return (
    <div tabIndex={0} role="group" aria-label="AI systems, table" className="min-h-0">
      <table className="list" aria-label="AI systems by application">
        <thead>
          <tr>
            {HEADS.map((head, index) => (
              <th key={head} scope="col" className={index < FIRST_NUMBER ? undefined : 'number'}>
                {head}
              </th>
            ))}
          </tr>
        </thead>
        {applications.map((application) => (
          <ApplicationRows key={application.name} application={application} />
        ))}
      </table>
    </div>
  );
}

export function InventoryPage() {
  const url = useUrlState();
  const query = {
    q: url.get('q') || undefined,
    kind: url.get('kind') || undefined,
    managed: url.get('managed') || undefined,
  };
  const { data, error, isPending, refetch } = useQuery({
    queryKey: ['inventory', query],
    queryFn: ({ signal }) => wholeInventory(query, signal),
    placeholderData: (before) => before,
    refetchInterval: 30_000,
  });
  const applications = applicationsOf(data?.items ?? []);
  const unmanaged = applications.filter(({ managed }) => !managed).length;
  const filtered = Object.values(query).some((value) => value !== undefined);
  return (
    <PageFrame
      title="AI inventory"
      fill
      summary={
        data === undefined
          ? 'Loading …'
          : [
              `${plural(data.items.length, 'AI system')} in ${plural(applications.length, 'application')}`,
              `, ${formatCount(unmanaged)} of them not managed by the hub`,
              data.more ? '; only the first are shown' : '',
            ].join('')
      }
    >
      <Filters {...url} />
      {error !== null && <ProblemNote error={error} retry={() => void refetch()} className="mb-3" />}
      <Panel label="AI systems" className="min-h-0" bodyClassName="min-h-0 overflow-auto">
        {isPending ? (
          <SkeletonRows rows={12} />
        ) : applications.length > 0 ? (
          <AssetTable applications={applications} />
        ) : (
          <Empty
            icon={Boxes}
            title={filtered ? 'Nothing matches' : 'No AI system was seen yet'}
            command="OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318 node app.js"
            action={
              filtered ? (
                <Button onClick={() => url.change({ q: null, kind: null, managed: null })}>
                  Clear the filters
                </Button>
              ) : undefined
            }
          >
            Point the OpenTelemetry exporter of any application at the hub: the models, agents, tools and MCP
            servers it uses appear here.
          </Empty>
        )}
      </Panel>
    </PageFrame>
  );
}
