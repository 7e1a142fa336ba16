'use client';
import { useState, type ReactNode } from 'react';
import Link from 'next/link';
import { CalendarClock, Pause, Play } from 'lucide-react';
import type { ScheduleDetail, ScheduleFire } from '@tutti/contracts';
import { workflowHref, type WorkflowName } from '@/features/workflows/prepare/workflow-path';
import { formatCount, formatExact, plural, shortId, toMs } from '@/format/format';
import { asProblem } from '@/hub/problem';
import { Button } from '@/ui/button';
import { Empty, ProblemNote, Skeleton, SkeletonRows } from '@/ui/notes';
import { Facts, PageFrame, Panel } from '@/ui/page';
import { Status } from '@/ui/status';
import { Time } from '@/ui/time';
import { useToasts } from '@/ui/toasts';
import { fireText, noNextText, ruleText, stateLook } from '../prepare/schedule';
import { useFire, usePause, useSchedule } from './use-schedules';

const ABOVE = [{ href: '/schedules', label: 'Schedules' }];

function factsOf(schedule: ScheduleDetail): [string, ReactNode][] {
  const { workflow, overlap, catchUp, catchUpMax, fired, skipped, waitsForRun, heldAt } = schedule;
  const facts: [string, ReactNode][] = [
    [
      'Workflow',
      <Link key="workflow" className="text-accent underline" href={workflowHref(workflow)}>
        {workflow.namespace}/{workflow.name}
      </Link>,
    ],
    [
      'When',
      <span key="rule" className="mono">
        {ruleText(schedule)}
      </span>,
    ],
    ['Overlap', overlap],
    ['Catch-up', catchUpMax === null ? catchUp : `${catchUp}, at most ${catchUpMax}`],
    ['Runs', `${formatCount(fired)} started, ${formatCount(skipped)} planned times skipped`],
  ];
  if (waitsForRun !== null)
    facts.push([
      'Waits for',
      <Link key="waits" className="text-accent underline" href={`/runs/${waitsForRun}`}>
        the end of a run
      </Link>,
    ]);
  if (heldAt !== null) facts.push(['Held', <Time key="held" at={heldAt} />]);
  return facts;
}

function NextTimes({ schedule }: { schedule: ScheduleDetail }) {
  const none = noNextText(schedule);
  return (
    <Panel title="Next" note="in the time of this browser" bodyClassName="p-4">
      {none !== null && <p className="text-ink-2">Nothing is planned: {none}.</p>}
      {none === null && (
        <ol className="tabular-nums">
          {schedule.nextTimes.map((at) => (
            <li key={at} className="flex justify-between gap-4">
              <span>{formatExact(toMs(at))}</span>
              <span className="text-ink-3">
                <Time at={at} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Panel>
  );
}

function Fire({ fire }: { fire: ScheduleFire }) {
  return (
    <tr>
      <td className="tabular-nums">{formatExact(toMs(fire.plannedAt))}</td>
      <td className={fire.outcome === 'skipped' ? 'text-ink-2' : ''} title={fire.detail ?? undefined}>
        {fireText(fire)}
      </td>
      <td>
        {fire.run !== null && (
          <Link href={`/runs/${fire.run.id}`} className="mono text-accent underline">
            {shortId(fire.run.id)}
          </Link>
        )}
      </td>
      <td>{fire.run?.status != null && <Status status={fire.run.status} />}</td>
    </tr>
  );
}

function History({ fires }: { fires: readonly ScheduleFire[] }) {
  return (
    <Panel title="Planned times" note={`${plural(fires.length, 'entry', 'entries')}, newest first`}>
      {fires.length === 0 ? (
        <p className="p-4 text-ink-2">None has come yet.</p>
      ) : (
        <div
          className="max-h-[60vh] overflow-auto"
          role="group"
          aria-label="Planned times, table"
          tabIndex={0}
        >
          <table className="list" aria-label="Planned times">
            <thead>
              <tr>
                <th scope="col">Planned</th>
                <th scope="col">What became of it</th>
                <th scope="col">Run</th>
                <th scope="col">State</th>
              </tr>
            </thead>
            <tbody>
              {fires.map((fire) => (
                <Fire key={`${fire.at} ${fire.plannedAt} ${fire.run?.id ?? ''}`} fire={fire} />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Panel>
  );
}

function Actions({ of, schedule }: { of: WorkflowName; schedule: ScheduleDetail }) {
  const pause = usePause(of);
  const fire = useFire(of);
  const toasts = useToasts();
  const [key, setKey] = useState(() => crypto.randomUUID());
  const paused = schedule.state === 'paused';
  const start = () =>
    fire.mutate(key, {
      onSuccess: ({ id }) => {
        setKey(crypto.randomUUID());
        toasts.show(`Run ${shortId(id)} is started`);
      },
    });
  const error = pause.error ?? fire.error;
  return (
    <>
      {error !== null && <ProblemNote error={error} />}
      <Button
        icon={paused ? <Play size={14} aria-hidden /> : <Pause size={14} aria-hidden />}
        busy={pause.isPending}
        onClick={() => pause.mutate(paused ? 'resume' : 'pause')}
      >
        {paused ? 'Resume' : 'Pause'}
      </Button>
      <Button
        variant="primary"
        icon={<CalendarClock size={14} aria-hidden />}
        busy={fire.isPending}
        disabled={schedule.state === 'disabled'}
        onClick={start}
      >
        Fire now
      </Button>
    </>
  );
}

function Failure({ error, retry }: { error: unknown; retry: () => void }) {
  if (asProblem(error).status !== 404) return <ProblemNote error={error} retry={retry} />;
  return (
    <Panel>
      <Empty icon={CalendarClock} title="There is no such schedule" command="npx tutti schedules">
        The workflow is not there, or its current version has no schedule.
      </Empty>
    </Panel>
  );
}

/** One schedule: its next times, what became of the last ones, pause, resume, and a run now. */
export function SchedulePage({ namespace, name }: WorkflowName) {
  const of = { namespace, name };
  const { data: schedule, error, refetch } = useSchedule(of);
  if (schedule === undefined)
    return (
      <PageFrame
        title={name}
        above={ABOVE}
        summary={error === null ? <Skeleton className="w-96" /> : undefined}
      >
        {error === null ? <SkeletonRows /> : <Failure error={error} retry={() => void refetch()} />}
      </PageFrame>
    );
  return (
    <PageFrame
      title={name}
      above={ABOVE}
      aside={<Status {...stateLook(schedule.state)} soft />}
      actions={<Actions of={of} schedule={schedule} />}
    >
      {schedule.error !== null && (
        <p role="alert" className="mb-3 text-bad">
          {schedule.error}
        </p>
      )}
      <div className="grid grid-cols-[minmax(320px,1fr)_2fr] gap-3 max-lg:grid-cols-1">
        <div className="flex flex-col gap-3">
          <Panel title="Schedule" bodyClassName="p-4">
            <Facts items={factsOf(schedule)} />
          </Panel>
          <NextTimes schedule={schedule} />
        </div>
        <History fires={schedule.fires} />
      </div>
    </PageFrame>
  );
}
