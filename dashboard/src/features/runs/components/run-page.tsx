'use client';
import { useState } from 'react';
import dynamic from 'next/dynamic';
import Link from 'next/link';
import type { RunDetail } from '@tutti/contracts';
import { Waterfall } from '@/features/traces/components/waterfall';
import { ProblemsNote } from '@/features/workflows/components/problems-note';
import { useWorkflow } from '@/features/workflows/components/use-workflow';
import { workflowHref } from '@/features/workflows/prepare/workflow-path';
import { formatCost, shortId, taskName } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { JsonView } from '@/ui/json-view';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { PageFrame, Panel } from '@/ui/page';
import { ShortId } from '@/ui/short-id';
import { Status } from '@/ui/status';
import { Tabs } from '@/ui/tabs';
import { Elapsed, Time } from '@/ui/time';
import { useUrlState } from '@/ui/url-state';
import { ListTree } from 'lucide-react';
import { hasEnded } from '../prepare/filters';
import { factsOfTurns, type Turns } from '../prepare/run-marks';
import { triggerText, triggerTitle } from '../prepare/trigger';
import { GraphPanel } from './graph-panel';
import { JournalList } from './journal-list';
import { PartialOutputsNote } from './partial-outputs';
import { RunActions } from './run-actions';
import { TaskPanel } from './task-panel';
import { Timeline } from './timeline';
import { useJournal, useRun, useTrace } from './use-run';

/** Brings an editor and jq along, which no other view of a run needs. */
const ExpressionPanel = dynamic(
  () => import('@/features/expressions/components/expression-panel').then((module) => module.ExpressionPanel),
  { ssr: false, loading: () => <SkeletonRows /> },
);

function Summary({ run }: { run: RunDetail }) {
  const facts: [string, React.ReactNode][] = [
    ['Run', <ShortId key="i" id={run.id} what="run id" />],
    ['Started', <Time key="s" at={run.startedAt} />],
    [
      run.endedAt === null ? 'Going for' : 'Took',
      <Elapsed key="d" from={run.startedAt} until={run.endedAt} durationMs={run.durationMs} />,
    ],
    ['Cost', run.costMicros === 0 ? 'none' : formatCost(run.costMicros, run.currency)],
    [
      'Trigger',
      <span key="trigger" title={triggerTitle(run.trigger)}>
        {triggerText(run.trigger)}
      </span>,
    ],
    [
      'Trace',
      <Link key="t" href={`/traces/${run.traceId}`} className="mono text-accent hover:underline">
        {run.traceId.slice(0, 8)}
      </Link>,
    ],
  ];
  if (run.retryOf !== null)
    facts.push([
      'Retry of',
      <Link key="r" href={`/runs/${run.retryOf}`} className="mono text-accent hover:underline">
        {shortId(run.retryOf)}
      </Link>,
    ]);
  if (run.parent !== null)
    facts.push([
      'Started by',
      <Link
        key="p"
        href={`/runs/${run.parent.id}?task=${encodeURIComponent(run.parent.position)}`}
        className="text-accent hover:underline"
      >
        {run.parent.workflow.namespace}/{run.parent.workflow.name}
      </Link>,
    ]);
  return (
    <dl className="mt-1 flex flex-wrap gap-x-5 gap-y-0.5">
      {facts.map(([name, value]) => (
        <div key={name} className="flex items-baseline gap-1.5">
          <dt className="text-ink-3">{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function FaultNote({ run, onTask }: { run: RunDetail; onTask: (task: string) => void }) {
  if (run.error === null) return null;
  const { error } = run;
  return (
    <div role="alert" className="mb-3 rounded-lg border border-line bg-bad-soft px-4 py-2.5">
      <p className="font-semibold text-bad">
        {error.title}
        {error.instance !== undefined && error.instance.startsWith('/') && (
          <>
            {' '}
            in{' '}
            <button type="button" className="underline" onClick={() => onTask(error.instance ?? '')}>
              {taskName(error.instance)}
            </button>
          </>
        )}
      </p>
      {error.detail !== undefined && <p className="break-words text-ink-2">{error.detail}</p>}
    </div>
  );
}

function TraceTab({ id, status }: { id: string; status: string }) {
  const { data, error, isPending, refetch } = useTrace(id, status);
  if (error !== null && asProblem(error).status !== 404)
    return <ProblemNote error={error} retry={() => void refetch()} />;
  if (isPending) return <SkeletonRows />;
  if (data === undefined || data.spans.length === 0)
    return (
      <Empty icon={ListTree} title="No spans yet">
        Spans appear a moment after the work they tell of.
      </Empty>
    );
  return <Waterfall spans={data.spans} className="h-full" />;
}

interface TabsOfRun {
  run: RunDetail;
  journal: ReturnType<typeof useJournal>;
  /** The task that is chosen, or ''. */
  task: string;
  select: (task: string) => void;
  /** The instance of the chosen task that is looked at. */
  position: string | undefined;
}

function tabsOf({ run, journal, task, select, position }: TabsOfRun) {
  return [
    {
      id: 'timeline',
      label: 'Timeline',
      content: (
        <div className="h-full overflow-auto" tabIndex={0} role="region" aria-label="Timeline">
          {journal.isPending ? (
            <SkeletonRows />
          ) : (
            <Timeline
              facts={journal.facts}
              startedMs={Date.parse(run.startedAt)}
              endedMs={run.endedAt === null ? null : Date.parse(run.endedAt)}
              selected={task}
              onSelect={select}
            />
          )}
        </div>
      ),
    },
    { id: 'trace', label: 'Trace', content: <TraceTab id={run.id} status={run.status} /> },
    {
      id: 'journal',
      label: 'Journal',
      note: journal.entries.length || undefined,
      content: (
        <JournalList
          entries={journal.entries}
          startedMs={Date.parse(run.startedAt)}
          cut={journal.more}
          task={task}
        />
      ),
    },
    {
      id: 'data',
      label: 'Input and output',
      content: (
        <div className="grid grid-cols-2 gap-3 max-xl:grid-cols-1">
          <Panel title="Input" bodyClassName="p-4">
            <JsonView value={run.input} label="input" />
          </Panel>
          <Panel title="Output" bodyClassName="p-4">
            {hasEnded(run.status) ? (
              <JsonView value={run.output ?? null} label="output" />
            ) : (
              <p className="text-ink-3">The run has not ended.</p>
            )}
          </Panel>
        </div>
      ),
    },
    {
      id: 'expressions',
      label: 'Expressions',
      content: (
        <div className="h-full overflow-auto" tabIndex={0} role="region" aria-label="Expressions">
          {journal.isPending ? (
            <SkeletonRows />
          ) : (
            <ExpressionPanel key={position} runId={run.id} instances={journal.facts} task={position} />
          )}
        </div>
      ),
    },
  ];
}

function Body({ run }: { run: RunDetail }) {
  const { get, change } = useUrlState();
  const journal = useJournal(run.id);
  const task = get('task');
  const select = (next: string) => change({ task: next === task ? null : next });
  const [turns, setTurns] = useState<Turns>({});
  const chosen = factsOfTurns(journal.facts, turns).filter((facts) => facts.task === task);
  const tabs = tabsOf({ run, journal, task, select, position: chosen.at(-1)?.position });
  return (
    <>
      {journal.error !== null && (
        <ProblemNote error={journal.error} retry={() => void journal.refetch()} className="mb-3" />
      )}
      <div className="grid min-h-0 flex-1 grid-cols-[minmax(380px,38%)_minmax(0,1fr)] gap-4 max-xl:grid-cols-1">
        <div className="flex min-h-0 flex-col gap-3 max-xl:h-[520px]">
          <GraphPanel
            run={run}
            facts={journal.facts}
            selected={task}
            onSelect={select}
            turns={turns}
            onTurns={setTurns}
          />
          <PartialOutputsNote run={run} facts={journal.facts} />
          {chosen.length > 0 && <TaskPanel run={run} facts={chosen} onClose={() => change({ task: null })} />}
        </div>
        <Tabs
          tabs={tabs}
          value={tabs.some(({ id }) => id === get('tab')) ? get('tab') : 'timeline'}
          onChange={(tab) => change({ tab: tab === 'timeline' ? null : tab })}
          label="Views of the run"
        />
      </div>
    </>
  );
}

/** What may have made it fail, if that is still so. */
function ProblemsOfRun({ workflow }: Pick<RunDetail, 'workflow'>) {
  const { data } = useWorkflow(workflow);
  return (
    <ProblemsNote
      problems={data?.problems ?? []}
      title="Before you retry: not everything that it calls works now"
    />
  );
}

/** Why an accepted run has not begun. */
function WaitNote({ run }: { run: RunDetail }) {
  if (run.waitsFor === null) return null;
  return (
    <p role="status" className="mb-3 rounded-md border border-line bg-idle-soft p-3 text-ink-2">
      This run {run.waitsFor}.
    </p>
  );
}

export function RunPage({ id }: { id: string }) {
  const { data: run, error, refetch } = useRun(id);
  const { change } = useUrlState();
  const above = [{ href: '/runs', label: 'Runs' }];
  if (error !== null && run === undefined) {
    return (
      <PageFrame title="Run" above={above}>
        {asProblem(error).status === 404 ? (
          <Empty
            icon={ListTree}
            title="There is no such run"
            command="npx tutti runs"
            action={
              <Link href="/runs" className="text-accent underline">
                All runs
              </Link>
            }
          >
            It may have been removed by the retention of the hub.
          </Empty>
        ) : (
          <ProblemNote error={error} retry={() => void refetch()} />
        )}
      </PageFrame>
    );
  }
  if (run === undefined)
    return (
      <PageFrame
        title={<Skeleton className="my-1.5 w-60" />}
        above={above}
        summary={<Skeleton className="w-96" />}
      >
        <SkeletonRows />
      </PageFrame>
    );
  return (
    <PageFrame
      title={
        <Link href={workflowHref(run.workflow)} className="hover:underline">
          {run.workflow.name}
        </Link>
      }
      above={above}
      aside={<Status status={run.status} soft />}
      summary={<Summary run={run} />}
      actions={<RunActions run={run} />}
      fill
    >
      <FaultNote run={run} onTask={(task) => change({ task })} />
      {run.status === 'faulted' && <ProblemsOfRun workflow={run.workflow} />}
      <WaitNote run={run} />
      <Body run={run} />
    </PageFrame>
  );
}
