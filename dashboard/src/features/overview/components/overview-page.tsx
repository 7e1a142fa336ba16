'use client';
import Link from 'next/link';
import { Play } from 'lucide-react';
import type { Overview } from '@tutti/contracts';
import { CostChart, OutcomeChart, TimeChart } from '@/features/metrics/components/charts';
import { RangeSelect } from '@/features/metrics/components/range-select';
import { Tile } from '@/features/metrics/components/tile';
import { useOverview, useShownRange } from '@/features/metrics/components/use-shown-range';
import { rangeOf, stepWord, type Range } from '@/features/metrics/prepare/range';
import { rowsOf, totalsOf } from '@/features/metrics/prepare/series';
import { formatCost, formatCount, formatRelative, plural } from '@/format/format';
import { Empty, ProblemNote, Skeleton } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { useNow } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { overviewTiles, telemetryNote } from '../prepare/tiles';
import { LatestFaults, WaitingReviews, WorkflowHealth } from './overview-lists';

const TILES = ['Runs started', 'Success', 'Median cycle time', 'Waiting reviews', 'Model cost', 'AI systems'];

function Tiles({ data, range }: { data: Overview | undefined; range: Range }) {
  const now = useNow();
  const oldest = data?.reviews.oldestOpenAt ?? null;
  const tiles =
    data === undefined
      ? []
      : overviewTiles(data, range.id, oldest === null ? null : formatRelative(Date.parse(oldest), now));
  return (
    <div className="grid grid-cols-6 gap-3 max-xl:grid-cols-3 max-md:grid-cols-2">
      {data === undefined
        ? TILES.map((label) => <Tile key={label} label={label} value="" note="" loading />)
        : tiles.map(({ id, ...tile }) => <Tile key={id} {...tile} />)}
    </div>
  );
}

function ChartPanel({
  title,
  note,
  loading,
  empty,
  none = 'No run in this time.',
  children,
}: {
  title: string;
  note: string;
  loading: boolean;
  empty: boolean;
  none?: string;
  children: React.ReactNode;
}) {
  return (
    <Panel title={title} note={note} bodyClassName="min-h-[236px]">
      {loading ? (
        <div className="p-4">
          <Skeleton className="h-[200px]" />
        </div>
      ) : empty ? (
        <p className="flex h-[236px] items-center justify-center text-ink-3">{none}</p>
      ) : (
        children
      )}
    </Panel>
  );
}

function Charts({ data, range }: { data: Overview | undefined; range: Range }) {
  const rows = data === undefined ? [] : rowsOf(data);
  const { runs, ended, costMicros } = totalsOf(data?.points ?? []);
  const over = `${data === undefined ? '' : `${stepWord(data.stepSeconds)}, `}${range.label.toLowerCase()}`;
  const props = { loading: data === undefined, empty: runs === 0 };
  return (
    <div className="grid grid-cols-3 gap-3 max-xl:grid-cols-1">
      <ChartPanel title="Runs by outcome" note={`${over}, from ${plural(runs, 'run')}`} {...props}>
        <OutcomeChart rows={rows} label={`Runs by outcome ${over}: ${formatCount(runs)} runs`} />
      </ChartPanel>
      <ChartPanel title="Cycle time" note={`${over}, from ${formatCount(ended)} ended`} {...props}>
        <TimeChart rows={rows} label={`Cycle time ${over}, from ${formatCount(ended)} ended runs`} />
      </ChartPanel>
      <ChartPanel
        title="Model cost"
        note={`${over}, ${formatCost(costMicros)} in all`}
        loading={data === undefined}
        empty={costMicros === 0}
        none="No run has used a paid model in this time."
      >
        <CostChart rows={rows} label={`Model cost ${over}: ${formatCost(costMicros)}`} />
      </ChartPanel>
    </div>
  );
}

export function OverviewPage() {
  const { get, change } = useUrlState();
  const { range, known } = useShownRange(get('range'), rangeOf('24h'));
  const overview = useOverview(range, known);
  const { error, refetch } = overview;
  const data = known ? overview.data : undefined;
  const untouched =
    data !== undefined && data.runs.started === 0 && data.previous.started === 0 && data.runs.active === 0;
  return (
    <PageFrame
      title="Overview"
      summary={data === undefined ? 'Loading …' : `${range.label}. ${telemetryNote(data.telemetry)}.`}
      actions={<RangeSelect value={range.id} onChange={(id) => change({ range: id })} />}
    >
      <div className="flex flex-1 flex-col gap-3">
        {error !== null && <ProblemNote error={error} retry={() => void refetch()} />}
        <Tiles data={data} range={range} />
        {untouched && (
          <Panel>
            <Empty
              icon={Play}
              title="No run in this time"
              command="npx tutti run finance/invoice"
              action={
                <Link
                  className="inline-flex h-8 items-center rounded-md bg-accent-fill px-3 font-medium text-accent-ink hover:opacity-90"
                  href="/workflows"
                >
                  Start one from a workflow
                </Link>
              }
            >
              Start a workflow, and its runs, times and costs appear here while it goes.
            </Empty>
          </Panel>
        )}
        <Charts data={data} range={range} />
        <div className="grid flex-1 grid-cols-3 gap-3 max-xl:grid-cols-1">
          <WaitingReviews />
          <LatestFaults />
          <WorkflowHealth />
        </div>
      </div>
    </PageFrame>
  );
}
