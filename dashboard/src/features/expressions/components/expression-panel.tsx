'use client';
import { useMemo, useState } from 'react';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { CircleAlert } from 'lucide-react';
import type { TaskData } from '@tutti/contracts';
import { hub } from '@/hub/client';
import { classNames } from '@/ui/class-names';
import { JsonView } from '@/ui/json-view';
import { ProblemNote, SkeletonRows } from '@/ui/notes';
import { Segments } from '@/ui/segments';
import { evaluate, instanceLabel, type Evaluation } from '../prepare/evaluate';
import { ExpressionEditor } from './expression-editor';

/** An instance of a task that can be chosen. */
export interface Instance {
  position: string;
  name: string;
  state: string;
}

const OFFERED_MAX = 500;
const INPUTS = [
  ['input', 'Input'],
  ['output', 'Output'],
] as const;

function useTaskData(runId: string, position: string | undefined) {
  return useQuery({
    queryKey: ['run', runId, 'task-data', position],
    enabled: position !== undefined,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      hub<TaskData>(`/v1/runs/${runId}/task-data`, { query: { at: position }, signal }),
  });
}

function Result({ evaluation }: { evaluation: Evaluation }) {
  if (evaluation.kind === 'none')
    return <p className="text-ink-3">Type an expression, for example {'. | keys'}.</p>;
  if (evaluation.kind === 'values') {
    const { values, cut } = evaluation;
    return (
      <div className="flex flex-col gap-2">
        {values.length === 0 && <p className="text-ink-3">No value: the engine takes null.</p>}
        {(values.length > 1 || cut) && (
          <p className="text-small text-ink-2">
            {cut ? `The first ${values.length} values` : `${values.length} values`}: the engine takes the
            first.
          </p>
        )}
        {values.map((value, index) => (
          <div key={index} className="border-b border-line pb-2 last:border-0">
            <JsonView value={value} label={values.length === 1 ? 'result' : `result ${index + 1}`} />
          </div>
        ))}
      </div>
    );
  }
  return (
    <p className="flex gap-2 text-bad">
      <CircleAlert size={15} className="mt-[3px] shrink-0" aria-hidden />
      <span className="min-w-0 break-words">
        {evaluation.message}
        {evaluation.kind === 'syntax' && (
          <span className="text-ink-2"> (at character {evaluation.from + 1})</span>
        )}
      </span>
    </p>
  );
}

function Variables({ data }: { data: TaskData }) {
  const [open, setOpen] = useState('context');
  const names = Object.keys(data.variables);
  const shown = names.includes(open) ? open : 'context';
  return (
    <section aria-label="Variables">
      <div className="mb-2 flex flex-wrap gap-1" role="group" aria-label="Which variable">
        {names.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === shown}
            className={classNames(
              'mono rounded-md border px-2 py-0.5',
              name === shown ? 'border-accent bg-selected' : 'border-line text-ink-2 hover:bg-hover',
            )}
            onClick={() => setOpen(name)}
          >
            ${name}
          </button>
        ))}
      </div>
      <JsonView key={shown} value={data.variables[shown] ?? null} label={`$${shown}`} />
    </section>
  );
}

interface PanelProps {
  runId: string;
  instances: readonly Instance[];
  /** The task to begin with: its pointer. */
  task?: string | undefined;
}

function TaskSelect({
  instances,
  value,
  onChange,
}: Pick<PanelProps, 'instances'> & { value: string | undefined; onChange: (position: string) => void }) {
  const offered = instances.slice(-OFFERED_MAX);
  return (
    <label className="flex min-w-0 items-center gap-2">
      <span className="shrink-0 text-ink-2">Data of</span>
      <select
        className="field min-w-[180px]"
        value={value ?? ''}
        onChange={(event) => onChange(event.target.value)}
      >
        {offered.map((each) => (
          <option key={each.position} value={each.position}>
            {instanceLabel(each)}
          </option>
        ))}
      </select>
    </label>
  );
}

/** Tries a jq expression on the data that a task of a run had, as one types. */
export function ExpressionPanel({ runId, instances, task }: PanelProps) {
  const [chosen, setChosen] = useState<string | undefined>();
  const [text, setText] = useState('.');
  const [of, setOf] = useState('input');
  const wanted = instances.find(({ position }) => position === (chosen ?? task)) ?? instances.at(-1);
  const { data, error, isPlaceholderData } = useTaskData(runId, wanted?.position);
  const isCurrent = data !== undefined && !isPlaceholderData;
  const input = of === 'output' && data?.output !== undefined ? data.output : data?.input;
  const evaluation = useMemo(() => evaluate(text, input ?? null, data?.variables ?? {}), [text, input, data]);
  if (instances.length === 0) return <p className="p-4 text-ink-3">No task of this run has started.</p>;
  return (
    <div className="flex flex-col gap-3 p-4">
      <div className="flex flex-wrap items-center gap-3">
        <TaskSelect instances={instances} value={wanted?.position} onChange={setChosen} />
        <Segments label="What the expression is about" options={INPUTS} value={of} onChange={setOf} />
      </div>
      {of === 'output' && isCurrent && data.output === undefined && (
        <p className="text-wait">This task has no output: the expression gets its input.</p>
      )}
      <ExpressionEditor
        initial={text}
        variables={Object.keys(data?.variables ?? {})}
        evaluation={evaluation}
        onChange={setText}
      />
      {error !== null && <ProblemNote error={error} />}
      {error === null && data === undefined && <SkeletonRows rows={3} />}
      {data !== undefined && (
        <>
          <section aria-label="Result" aria-live="polite" aria-busy={!isCurrent}>
            <h3 className="mb-1 text-small text-ink-3">Result</h3>
            <Result evaluation={evaluation} />
          </section>
          <section aria-label="Data" className="border-t border-line pt-2">
            <h3 className="mb-1 text-small text-ink-3">
              {of === 'output' && data.output !== undefined
                ? 'Output of the task, as .'
                : 'Input of the task, as .'}
            </h3>
            <JsonView key={`${data.position} ${of}`} value={input ?? null} label="data" />
          </section>
          <div className="border-t border-line pt-3">
            <Variables key={data.position} data={data} />
          </div>
        </>
      )}
    </div>
  );
}
