'use client';
import { useState } from 'react';
import Link from 'next/link';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { GitBranch, Pencil, Play } from 'lucide-react';
import type { WorkflowDetail } from '@tutti/contracts';
import { useKeys } from '@/features/keyboard/components/keyboard';
import { OutcomeChart, TimeChart, CostChart } from '@/features/metrics/components/charts';
import { RangeSelect } from '@/features/metrics/components/range-select';
import { Tile } from '@/features/metrics/components/tile';
import { useShownRange } from '@/features/metrics/components/use-shown-range';
import { rangeOf, spanOf, stepWord, type Range } from '@/features/metrics/prepare/range';
import { rowsOf, totalsOf } from '@/features/metrics/prepare/series';
import { AppliedFindings } from '@/features/editor/components/applied-findings';
import { SwitchWorkflow } from '@/features/versions/components/switch-workflow';
import { VersionsPanel } from '@/features/versions/components/versions-panel';
import { StartRunDialog } from '@/features/start-run/components/start-run-dialog';
import { formatCost, formatCount, formatDuration, plural } from '@/format/format';
import { hub } from '@/hub/client';
import { asProblem } from '@/hub/problem';
import type { MetricSeries } from '@/hub/types';
import { Button } from '@/ui/button';
import { JsonView } from '@/ui/json-view';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Tabs } from '@/ui/tabs';
import { Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { YamlView } from '@/ui/yaml-view';
import { baselineForChart, workflowTiles } from '../prepare/facts';
import { workflowHref, workflowPath, type WorkflowName } from '../prepare/workflow-path';
import { useWorkflow } from './use-workflow';
import { ProblemsNote } from './problems-note';
import { WorkflowGraph } from './workflow-graph';

function BaselineNote({ baseline }: { baseline: NonNullable<WorkflowDetail['baseline']> }) {
  const { cycleTimeMs, costMicros, currency, note } = baseline;
  const facts = [
    cycleTimeMs === null ? null : `${formatDuration(cycleTimeMs)} from start to end`,
    costMicros === null ? null : `${formatCost(costMicros, currency)} a case`,
  ];
  return (
    <p className="text-small text-ink-3">
      Before the hub: {facts.filter(Boolean).join(', ')}
      {note === null ? '' : ` (${note})`}.
    </p>
  );
}

function Metrics({ workflow, range }: { workflow: WorkflowDetail; range: Range }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['workflows', workflow.namespace, workflow.name, 'metrics', range.id],
    placeholderData: keepPreviousData,
    queryFn: ({ signal }) =>
      hub<MetricSeries>(`${workflowPath(workflow)}/metrics`, { query: spanOf(range, Date.now()), signal }),
  });
  if (error !== null && data === undefined) return <ProblemNote error={error} retry={() => void refetch()} />;
  const points = data?.points ?? [];
  const rows = data === undefined ? [] : rowsOf(data);
  const { runs, ended, costMicros } = totalsOf(points);
  const over = `${data === undefined ? '' : `${stepWord(data.stepSeconds)}, `}${range.label.toLowerCase()}`;
  const baseline = workflow.baseline;
  const chart = (drawn: React.ReactNode) =>
    data === undefined ? (
      <div className="p-4">
        <Skeleton className="h-[200px]" />
      </div>
    ) : runs === 0 ? (
      <p className="flex h-[236px] items-center justify-center text-ink-3">No run in this time.</p>
    ) : (
      drawn
    );
  return (
    <div className="flex flex-col gap-3">
      <div className="grid grid-cols-4 gap-3 max-lg:grid-cols-2">
        {workflowTiles(points, baseline).map(({ id, ...tile }) => (
          <Tile key={id} {...tile} loading={data === undefined} />
        ))}
      </div>
      {baseline !== null && <BaselineNote baseline={baseline} />}
      <div className="grid grid-cols-3 gap-3 max-xl:grid-cols-1">
        <Panel
          title="Runs by outcome"
          note={`${over}, from ${plural(runs, 'run')}`}
          bodyClassName="min-h-[236px]"
        >
          {chart(<OutcomeChart rows={rows} label={`Runs by outcome ${over}: ${formatCount(runs)}`} />)}
        </Panel>
        <Panel
          title="Cycle time"
          note={`${over}, from ${formatCount(ended)} ended`}
          bodyClassName="min-h-[236px]"
        >
          {chart(
            <TimeChart
              rows={rows}
              baselineMs={baselineForChart(points, baseline?.cycleTimeMs ?? null)}
              label={`Cycle time ${over}, from ${formatCount(ended)} ended runs`}
            />,
          )}
        </Panel>
        <Panel
          title="Model cost"
          note={`${over}, ${formatCost(costMicros)} in all`}
          bodyClassName="min-h-[236px]"
        >
          {costMicros === 0 && runs > 0 ? (
            <p className="flex h-[236px] items-center justify-center text-ink-3">
              No run has used a paid model in this time.
            </p>
          ) : (
            chart(<CostChart rows={rows} label={`Cost ${over}: ${formatCost(costMicros)}`} />)
          )}
        </Panel>
      </div>
    </div>
  );
}

function tabsOf(workflow: WorkflowDetail, range: Range) {
  return [
    { id: 'metrics', label: 'Metrics', content: <Metrics workflow={workflow} range={range} /> },
    {
      id: 'graph',
      label: 'Graph',
      content: (
        <Panel label="Graph" className="h-[calc(100dvh-200px)] min-h-[420px]" bodyClassName="h-full">
          <WorkflowGraph definition={workflow.definition} label={`Graph of ${workflow.name}`} />
        </Panel>
      ),
    },
    {
      id: 'yaml',
      label: 'YAML',
      content: (
        <Panel label="Document">
          <YamlView
            text={workflow.source}
            label={`Document of ${workflow.name}`}
            className="h-[calc(100dvh-200px)] min-h-[420px]"
          />
        </Panel>
      ),
    },
    {
      id: 'versions',
      label: 'Versions',
      note: workflow.versions.length,
      content: <VersionsPanel of={workflow} />,
    },
    {
      id: 'input',
      label: 'Input',
      content: (
        <Panel title="Schema of the input" bodyClassName="p-4">
          {workflow.inputSchema === null || workflow.inputSchema === undefined ? (
            <p className="text-ink-3">This workflow takes any input.</p>
          ) : (
            <JsonView value={workflow.inputSchema} label="input schema" />
          )}
        </Panel>
      ),
    },
  ];
}

function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  if (asProblem(error).status !== 404) return <ProblemNote error={error} retry={retry} />;
  return (
    <Panel>
      <Empty
        icon={GitBranch}
        title="There is no such workflow"
        command="npx tutti apply -f workflow.yaml"
        action={
          <Link href="/workflows" className="text-accent underline">
            All workflows
          </Link>
        }
      />
    </Panel>
  );
}

function DisabledNote({ disabled }: { disabled: NonNullable<WorkflowDetail['disabled']> }) {
  return (
    <p role="status" className="mb-3 rounded-md border border-line bg-held-soft px-3 py-2 text-held">
      Switched off{disabled.by === null ? '' : ` by ${disabled.by}`} <Time at={disabled.at} />
      {disabled.reason === null ? '' : `: ${disabled.reason}`}
    </p>
  );
}

function Actions({ workflow, onStart }: { workflow: WorkflowDetail; onStart: () => void }) {
  const { namespace, name, enabled } = workflow;
  return (
    <>
      <Link
        href={`/runs?workflow=${encodeURIComponent(`${namespace}/${name}`)}`}
        className="inline-flex h-8 items-center rounded-md border border-line-strong bg-surface px-3 font-medium hover:bg-hover"
      >
        Runs
      </Link>
      <Link
        href={`${workflowHref(workflow)}/edit`}
        className="inline-flex h-8 items-center gap-1.5 rounded-md border border-line-strong bg-surface px-3 font-medium hover:bg-hover"
      >
        <Pencil size={14} aria-hidden />
        Edit
      </Link>
      <SwitchWorkflow workflow={workflow} />
      <Button
        variant="primary"
        icon={<Play size={14} aria-hidden />}
        keys="s"
        disabled={!enabled}
        onClick={onStart}
      >
        Start a run
      </Button>
    </>
  );
}

export function WorkflowPage({ namespace, name }: WorkflowName) {
  const { get, change } = useUrlState();
  const { data: workflow, error, refetch } = useWorkflow({ namespace, name });
  const [starting, setStarting] = useState(false);
  const { range } = useShownRange(get('range'), rangeOf('7d'));
  useKeys({ s: { does: 'Start a run', run: () => setStarting(workflow !== undefined) } });
  const above = [{ href: '/workflows', label: 'Workflows' }];
  if (error !== null && workflow === undefined)
    return (
      <PageFrame title={name} above={above}>
        <Failure error={error} retry={() => void refetch()} />
      </PageFrame>
    );
  if (workflow === undefined)
    return (
      <PageFrame title={name} above={above} summary={<Skeleton className="w-96" />}>
        <SkeletonRows />
      </PageFrame>
    );
  const tabs = tabsOf(workflow, range);
  const tab = tabs.some(({ id }) => id === get('tab')) ? get('tab') : 'metrics';
  return (
    <PageFrame
      title={workflow.title ?? workflow.name}
      above={above}
      aside={
        <>
          <span className="text-ink-3">
            {namespace}/{name} {workflow.version}
          </span>
          {!workflow.enabled && <Status status="suspended" label="Off" soft />}
        </>
      }
      summary={workflow.summary ?? undefined}
      actions={
        <>
          {tab === 'metrics' && <RangeSelect value={range.id} onChange={(id) => change({ range: id })} />}
          <Actions workflow={workflow} onStart={() => setStarting(true)} />
        </>
      }
    >
      {workflow.disabled !== null && <DisabledNote disabled={workflow.disabled} />}
      <ProblemsNote problems={workflow.problems} title="Not everything that this workflow calls works now" />
      <AppliedFindings workflow={workflow} />
      <Tabs
        tabs={tabs}
        value={tab}
        onChange={(next) => change({ tab: next === 'metrics' ? null : next })}
        label="Views of the workflow"
      />
      <StartRunDialog workflow={workflow} open={starting} onClose={() => setStarting(false)} />
    </PageFrame>
  );
}
