'use client';
import { useMemo, useState } from 'react';
import { ChevronLeft, ChevronRight } from 'lucide-react';
import type { RunDetail } from '@tutti/contracts';
import { useWorkflowVersion } from '@/features/workflows/components/use-workflow';
import { WorkflowGraph } from '@/features/workflows/components/workflow-graph';
import { wideForks } from '@/features/workflows/prepare/collapse';
import { graphOf } from '@/features/workflows/prepare/graph';
import { WHOLE_NODES_MAX } from '@/features/workflows/prepare/taken';
import { Button, IconButton } from '@/ui/button';
import { ProblemNote, Skeleton } from '@/ui/notes';
import { Panel } from '@/ui/page';
import { Segments } from '@/ui/segments';
import { loopsOf, marksOf, type Loop, type Turns } from '../prepare/run-marks';
import type { TaskFacts } from '../prepare/task-facts';

const VIEWS = [
  ['taken', 'Taken'],
  ['all', 'All tasks'],
] as const;
const LOOPS_SHOWN_MAX = 3;

interface GraphPanelProps {
  run: RunDetail;
  facts: readonly TaskFacts[];
  selected: string;
  onSelect: (task: string) => void;
  turns: Turns;
  onTurns: (turns: Turns) => void;
}

function without(turns: Turns, loop: string): Turns {
  return Object.fromEntries(Object.entries(turns).filter(([each]) => each !== loop));
}

/** Which turn of a loop the graph shows; by itself the latest of each task. */
function TurnPicker({ loop, turns, onTurns }: { loop: Loop } & Pick<GraphPanelProps, 'turns' | 'onTurns'>) {
  const at = turns[loop.loop];
  const pick = (turn: number) =>
    onTurns({ ...turns, [loop.loop]: Math.min(Math.max(turn, 0), loop.turns - 1) });
  const faulted = loop.faulted.find((turn) => turn > (at ?? -1)) ?? loop.faulted[0];
  return (
    <div role="group" aria-label={`Turns of ${loop.name}`} className="flex flex-wrap items-center gap-1">
      <span className="mr-1 font-medium">{loop.name}</span>
      <IconButton label="The turn before" disabled={at === 0} onClick={() => pick((at ?? loop.turns) - 1)}>
        <ChevronLeft size={15} aria-hidden />
      </IconButton>
      <label className="flex items-center gap-1 text-ink-2">
        Turn
        <input
          type="number"
          min={1}
          max={loop.turns}
          className="field h-7 w-16"
          value={at === undefined ? '' : at + 1}
          placeholder="last"
          onChange={({ target }) =>
            target.value === '' ? onTurns(without(turns, loop.loop)) : pick(Number(target.value) - 1)
          }
        />
        of {loop.turns}
      </label>
      <IconButton
        label="The next turn"
        disabled={at === undefined || at >= loop.turns - 1}
        onClick={() => pick((at ?? 0) + 1)}
      >
        <ChevronRight size={15} aria-hidden />
      </IconButton>
      {faulted !== undefined && (
        <Button variant="ghost" className="text-bad" onClick={() => pick(faulted)}>
          {loop.faulted.length} faulted
        </Button>
      )}
      {at !== undefined && (
        <Button variant="ghost" onClick={() => onTurns(without(turns, loop.loop))}>
          Show the latest
        </Button>
      )}
    </div>
  );
}

/** The graph with the state of the run: loops by their turns, wide forks as one node until opened. */
export function GraphPanel({ run, facts, selected, onSelect, turns, onTurns }: GraphPanelProps) {
  const workflow = useWorkflowVersion(run.workflow);
  const [view, setView] = useState('taken');
  const [open, setOpen] = useState<readonly string[]>([]);
  const whole = useMemo(() => graphOf(workflow.data?.definition), [workflow.data]);
  const wide = useMemo(() => wideForks(whole), [whole]);
  const collapsed = useMemo(() => wide.filter(({ id }) => !open.includes(id)), [wide, open]);
  const loops = useMemo(() => loopsOf(facts), [facts]);
  const endedMs = run.status === 'completed' ? Date.parse(run.endedAt ?? '') : null;
  const marks = useMemo(
    () => marksOf(facts, { endedMs, turns, forks: collapsed }),
    [facts, endedMs, turns, collapsed],
  );
  const large = whole.nodes.length > WHOLE_NODES_MAX;
  const select = (id: string) => {
    if (collapsed.some((fork) => fork.id === id)) setOpen([...open, id]);
    else onSelect(id);
  };
  return (
    <Panel
      title="Graph"
      note={`${run.workflow.name} ${run.workflow.version}`}
      actions={
        <span className="flex flex-wrap items-center gap-2">
          {open.length > 0 && <Button onClick={() => setOpen([])}>Fold branches</Button>}
          {large && <Segments label="Which tasks" options={VIEWS} value={view} onChange={setView} />}
        </span>
      }
      className="min-h-0 flex-1"
      bodyClassName="flex min-h-[220px] flex-col"
    >
      {loops.length > 0 && (
        <div className="flex flex-col border-b border-line px-4 py-1">
          {loops.slice(0, LOOPS_SHOWN_MAX).map((loop) => (
            <TurnPicker key={loop.loop} loop={loop} turns={turns} onTurns={onTurns} />
          ))}
        </div>
      )}
      {workflow.error !== null ? (
        <ProblemNote error={workflow.error} className="m-3" />
      ) : workflow.data === undefined ? (
        <div className="p-4">
          <Skeleton className="h-40" />
        </div>
      ) : (
        <div className="min-h-0 flex-1">
          <WorkflowGraph
            definition={workflow.data.definition}
            marks={marks}
            collapsed={collapsed}
            takenOnly={large && view === 'taken'}
            selected={selected}
            focus={run.error?.instance ?? run.active.at(-1)?.task}
            onSelect={select}
            label={`Graph of ${run.workflow.name} with the state of this run`}
          />
        </div>
      )}
    </Panel>
  );
}
