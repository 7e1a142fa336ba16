'use client';
import { useMemo } from 'react';
import { SqueezedGround, TimeAxis } from '@/features/traces/components/time-axis';
import { makeScale } from '@/features/traces/prepare/scale';
import { barOf } from '@/features/traces/prepare/waterfall';
import { formatDuration, plural } from '@/format/format';
import { classNames } from '@/ui/class-names';
import { StatusIcon, statusLook, TONES } from '@/ui/status';
import { useNow } from '@/ui/time';
import type { TaskFacts } from '../prepare/task-facts';

interface TimelineProps {
  facts: readonly TaskFacts[];
  startedMs: number;
  endedMs: number | null;
  selected: string;
  onSelect: (task: string) => void;
}

/** Containers last as long as what is in them, so they do not say when work was done. */
const CONTAINERS: ReadonlySet<string> = new Set(['try', 'fork', 'for', 'do']);
const GRID = 'grid grid-cols-[minmax(150px,26%)_minmax(0,1fr)_84px]';

function depthOf(task: string): number {
  return Math.max(0, (task.match(/\/(?:try|do|branches)\/\d+\//g)?.length ?? 1) - 1);
}

function Bars({
  facts,
  left,
  width,
  at,
}: {
  facts: TaskFacts;
  left: number;
  width: number;
  at: (ms: number) => number;
}) {
  const tone = TONES[statusLook(facts.state).tone].variable;
  const open = facts.endedMs === null;
  return (
    <>
      <span
        className={classNames(
          'absolute top-1/2 -translate-y-1/2 rounded-[3px]',
          CONTAINERS.has(facts.type) ? 'h-1' : 'h-3',
          open && !facts.idle && 'skeleton',
        )}
        style={{
          left: `${left}%`,
          width: `${width}%`,
          background: tone,
          opacity: facts.idle || CONTAINERS.has(facts.type) ? 0.5 : 1,
        }}
      />
      {facts.attempts
        .filter(({ failed, endedMs }) => failed && endedMs !== null)
        .map((attempt) => (
          <span
            key={`${attempt.callId} ${attempt.attempt}`}
            title={attempt.said ?? 'failed'}
            className="absolute top-1/2 h-3 w-[2px] -translate-y-1/2 bg-bad"
            style={{ left: `calc(${at(attempt.endedMs ?? 0) * 100}% - 1px)` }}
          />
        ))}
    </>
  );
}

interface RowProps {
  facts: TaskFacts;
  endMs: number;
  scale: ReturnType<typeof makeScale>;
  selected: boolean;
  onSelect: () => void;
}

function Row({ facts, endMs, scale, selected, onSelect }: RowProps) {
  const { left, width } = barOf(facts.startedMs, endMs, scale);
  return (
    <div
      role="row"
      onClick={onSelect}
      className={classNames(
        GRID,
        'h-8 cursor-pointer items-center gap-x-3 border-b border-line px-3 last:border-0',
        selected ? 'bg-selected' : 'hover:bg-hover',
      )}
    >
      <span
        role="cell"
        className="flex min-w-0 items-center gap-2"
        style={{ paddingLeft: depthOf(facts.task) * 14 }}
      >
        <StatusIcon status={facts.state} />
        <button
          type="button"
          className="truncate text-left"
          onClick={(event) => {
            event.stopPropagation();
            onSelect();
          }}
        >
          {facts.name}
          <span className="sr-only">, {statusLook(facts.state).label}</span>
        </button>
        {facts.attempts.length > 1 && (
          <span className="text-small whitespace-nowrap text-ink-3">{facts.attempts.length} attempts</span>
        )}
      </span>
      <span role="cell" className="relative h-full">
        <SqueezedGround scale={scale} />
        <Bars facts={facts} left={left} width={width} at={scale.at} />
      </span>
      <span role="cell" className="text-right text-small text-ink-2">
        {formatDuration(endMs - facts.startedMs)}
      </span>
    </div>
  );
}

/**
 * The tasks of a run over time. Waiting for people or clocks is squeezed, so that the work stays readable.
 */
export function Timeline({ facts, startedMs, endedMs, selected, onSelect }: TimelineProps) {
  const now = useNow();
  const untilMs = endedMs ?? Math.max(now, ...facts.map((each) => each.endedMs ?? each.startedMs));
  const scale = useMemo(
    () =>
      makeScale(
        facts
          .filter(({ type }) => !CONTAINERS.has(type))
          .map((each) => ({ startMs: each.startedMs, endMs: each.endedMs ?? untilMs, idle: each.idle })),
        startedMs,
        untilMs,
      ),
    [facts, startedMs, untilMs],
  );
  if (facts.length === 0) return <p className="panel p-6 text-ink-3">No task has started yet.</p>;
  return (
    <div className="panel" role="table" aria-label="Tasks over time">
      <div
        role="row"
        className={classNames(
          GRID,
          'h-8 items-center gap-x-3 border-b border-line px-3 text-small font-medium text-ink-3',
        )}
      >
        <span role="columnheader">{plural(facts.length, 'task')}</span>
        <span role="columnheader" className="h-full">
          <TimeAxis scale={scale} />
        </span>
        <span role="columnheader" className="text-right">
          Time
        </span>
      </div>
      {facts.map((each) => (
        <Row
          key={each.position}
          facts={each}
          endMs={each.endedMs ?? untilMs}
          scale={scale}
          selected={each.task === selected}
          onSelect={() => onSelect(each.task)}
        />
      ))}
      {scale.pieces.some(({ squeezed }) => squeezed) && (
        <p className="px-3 py-2 text-small text-ink-3">Hatched: waiting, not to scale.</p>
      )}
    </div>
  );
}
