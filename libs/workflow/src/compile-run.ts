import type { CompiledTask, WorkflowTask } from './compiled.types.js';
import { inside } from './compilation.js';
import { compileProcess } from './compile-process.js';
import { taskHints } from './hints.js';
import { unsupported, type TaskJob } from './task-job.js';

interface RunDefinition {
  workflow?: { namespace: string; name: string; version: string; input?: Record<string, unknown> };
  await?: boolean;
  return?: string;
}

/** Compiles `run`. */
export function compileRun(job: TaskJob): CompiledTask {
  const run = job.definition.run as RunDefinition;
  if (run.workflow !== undefined) return compileSubWorkflow(job, run as Required<RunDefinition>);
  return compileProcess(job);
}

function compileSubWorkflow(job: TaskJob, run: Required<RunDefinition>): CompiledTask {
  const { namespace, name, version, input } = run.workflow;
  if ([namespace, name, version].some((text) => text.includes('${')))
    return unsupported(job, 'Which workflow is run must be written out; an expression cannot name it');
  if (run.return !== undefined && run.return !== 'none')
    return unsupported(job, `"return: ${run.return}" is for processes; the output of a workflow is its own`);
  const awaits = run.await ?? true;
  const task: WorkflowTask = {
    ...job.common,
    type: 'workflow',
    target: { namespace, name, version },
    awaits,
    cascade: cascadeOf(job) ?? (awaits ? 'cancel' : 'leave'),
    silent: run.return === 'none',
  };
  if (input === undefined) return task;
  return { ...task, with: job.compilation.template(input, inside(job.place, 'run/workflow/input')) };
}

/** `metadata.tutti.run.cascade`; one that is misspelt would do the opposite of what was meant. */
function cascadeOf(job: TaskJob): WorkflowTask['cascade'] | undefined {
  const { cascade } = taskHints(job.definition);
  const hints = job.definition.metadata?.tutti as { run?: { cascade?: unknown } } | undefined;
  if (cascade === undefined && hints?.run?.cascade !== undefined) {
    const pointer = `${job.place.pointer}/metadata/tutti/run/cascade`;
    job.compilation.error('unsupported', pointer, '"cascade" is cancel or leave');
    job.compilation.fix('Write cancel or leave; without it awaited runs are cancelled, others are left.');
  }
  return cascade;
}
