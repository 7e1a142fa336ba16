import { taskHints } from './hints.js';
import type {
  CompiledRetry,
  CompiledTask,
  CompiledTemplate,
  DoTask,
  EmitTask,
  ForkTask,
  ForTask,
  RaiseTask,
  SetTask,
  SwitchTask,
  TryTask,
  WaitTask,
} from './compiled.types.js';
import { COMPILE_LIMITS, inside, type Compilation, type Place } from './compilation.js';
import { compileCall } from './compile-call.js';
import { extended, extensionsOf } from './extend-task.js';
import { compileListen } from './events/compile-listen.js';
import type { RetryDefinition, TaskDefinition, TaskList } from './document.types.js';
import { compileRun } from './compile-run.js';
import { taskKinds } from './task-kind.js';
import {
  unsupported,
  type NestedCompiler,
  type TaskCommon,
  type TaskJob,
  type TaskPlace,
} from './task-job.js';

/**
 * Compiles a task and everything inside it. A task that is not supported is a finding and stands in as an
 * empty `do`.
 */
export function compileTask(
  compilation: Compilation,
  definition: TaskDefinition,
  at: TaskPlace & { nested: NestedCompiler },
): CompiledTask {
  const job = { ...at, compilation, definition, common: common(compilation, definition, at) };
  const task = compileKind(job);
  const extensions = at.place.extending ? [] : extensionsOf(compilation, taskKinds(definition)[0]);
  if (extensions.length > 0) return extended(compilation, { task, extensions });
  compilation.add(task);
  return task;
}

function common(compilation: Compilation, definition: TaskDefinition, at: TaskPlace): TaskCommon {
  const { place } = at;
  const timeout = compilation.timeout(definition.timeout, inside(place, 'timeout'));
  return {
    pointer: place.pointer,
    name: at.name,
    index: at.index,
    definition,
    ...(definition.if !== undefined && {
      if: compilation.bare(definition.if, `${place.pointer}/if`, place.scope),
    }),
    input: compilation.flow(definition.input, inside(place, 'input')),
    output: compilation.flow(definition.output, inside(place, 'output')),
    export: compilation.flow(definition.export, inside(place, 'export')),
    ...(timeout && { timeout }),
    then: at.resolve(definition.then, `${place.pointer}/then`),
  };
}

function compileKind(job: TaskJob): CompiledTask {
  const kind = taskKinds(job.definition)[0];
  switch (kind) {
    case 'set':
      return { ...job.common, type: 'set', value: template(job, 'set') };
    case 'do':
      return { ...job.common, type: 'do', list: list(job, 'do') } satisfies DoTask;
    case 'switch':
      return compileSwitch(job);
    case 'wait':
      return compileWait(job);
    case 'raise':
      return compileRaise(job);
    case 'emit':
      return compileEmit(job);
    case 'listen':
      return compileListen(job);
    case 'for':
      return compileFor(job);
    case 'fork':
      return compileFork(job);
    case 'try':
      return compileTry(job);
    case 'call':
      return compileCall(job);
    case 'run':
      return compileRun(job);
    default:
      return unsupported(job, `Tasks of type ${kind ?? 'none'} are not supported yet`);
  }
}

function template(job: TaskJob, path: string): CompiledTemplate {
  return job.compilation.template(job.definition[path], inside(job.place, path));
}

function list(job: TaskJob, path: string, variables: readonly string[] = []) {
  const tasks = path
    .split('/')
    .reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], job.definition);
  return job.nested.list(tasks as TaskList, { place: inside(job.place, path, variables) });
}

function compileWait(job: TaskJob): WaitTask {
  const duration = job.compilation.duration(job.definition.wait, inside(job.place, 'wait'));
  return { ...job.common, type: 'wait', duration };
}

function compileSwitch(job: TaskJob): SwitchTask {
  const cases: { name: string; when: ReturnType<Compilation['bare']>; then: SetTask['then'] }[] = [];
  let otherwise: SwitchTask['otherwise'];
  (job.definition.switch as Record<string, { when?: string; then: string }>[]).forEach((item, index) => {
    const [name, { when, then }] = Object.entries(item)[0] as [string, { when?: string; then: string }];
    const pointer = `${job.place.pointer}/switch/${index}/${name}`;
    const target = job.resolve(then, `${pointer}/then`);
    if (when !== undefined) {
      cases.push({
        name,
        when: job.compilation.bare(when, `${pointer}/when`, job.place.scope),
        then: target,
      });
    } else if (otherwise === undefined) {
      otherwise = { name, then: target };
    } else {
      job.compilation.error('two-defaults', pointer, 'A switch has at most one case without "when"');
    }
  });
  return { ...job.common, type: 'switch', cases, ...(otherwise && { otherwise }) };
}

function compileRaise(job: TaskJob): RaiseTask {
  const { error } = job.definition.raise as { error: unknown };
  const place = inside(job.place, 'raise/error');
  if (typeof error !== 'string') {
    return { ...job.common, type: 'raise', error: job.compilation.template(error, place) };
  }
  const found = job.compilation.named(job.compilation.use.errors, error, {
    kind: 'error',
    pointer: place.pointer,
  });
  const value = job.compilation.template(found ?? null, { ...place, pointer: `/use/errors/${error}` });
  return { ...job.common, type: 'raise', error: value };
}

function compileEmit(job: TaskJob): EmitTask {
  const { event } = job.definition.emit as { event: { with?: Record<string, unknown> } };
  const value = job.compilation.template(event.with ?? {}, inside(job.place, 'emit/event/with'));
  const { topic } = taskHints(job.definition);
  return { ...job.common, type: 'emit', event: value, ...(topic === undefined ? {} : { topic }) };
}

function compileFor(job: TaskJob): ForTask {
  const {
    each = 'item',
    at = 'index',
    in: source,
  } = job.definition.for as { each?: string; at?: string; in: string };
  const { pointer, scope } = job.place;
  const condition = job.definition.while as string | undefined;
  const inner = [...scope, each, at];
  return {
    ...job.common,
    type: 'for',
    each,
    at,
    in: job.compilation.bare(source, `${pointer}/for/in`, scope),
    ...(condition !== undefined && { while: job.compilation.bare(condition, `${pointer}/while`, inner) }),
    list: list(job, 'do', [each, at]),
  };
}

function compileFork(job: TaskJob): ForkTask {
  const { branches, compete = false } = job.definition.fork as { branches: TaskList; compete?: boolean };
  const place = inside(job.place, 'fork/branches');
  if (branches.length > COMPILE_LIMITS.branches) {
    job.compilation.error(
      'too-many-branches',
      place.pointer,
      `A fork has at most ${COMPILE_LIMITS.branches} branches`,
    );
  }
  return { ...job.common, type: 'fork', compete, list: job.nested.list(branches, { place, branches: true }) };
}

interface CatchDefinition {
  errors?: { with?: Record<string, unknown> };
  as?: string;
  when?: string;
  exceptWhen?: string;
  retry?: RetryDefinition | string;
  do?: TaskList;
}

function compileTry(job: TaskJob): TryTask {
  const { compilation } = job;
  const definition = job.definition.catch as CatchDefinition;
  const { as = 'error', when, exceptWhen, errors, retry } = definition;
  const place = inside(job.place, 'catch', [as]);
  const condition = (key: string, source: string) =>
    compilation.bare(source, `${place.pointer}/${key}`, place.scope);
  return {
    ...job.common,
    type: 'try',
    list: list(job, 'try'),
    catch: {
      as,
      ...(errors?.with && { errors: compilation.template(errors.with, inside(place, 'errors/with')) }),
      ...(when !== undefined && { when: condition('when', when) }),
      ...(exceptWhen !== undefined && { exceptWhen: condition('exceptWhen', exceptWhen) }),
      ...(retry !== undefined && { retry: compileRetry(compilation, retry, inside(place, 'retry')) }),
      ...(definition.do && { list: list(job, 'catch/do', [as]) }),
    },
  };
}

function compileRetry(
  compilation: Compilation,
  retry: RetryDefinition | string,
  place: Place,
): CompiledRetry {
  if (typeof retry === 'string') {
    const found = compilation.named(compilation.use.retries, retry, {
      kind: 'retry',
      pointer: place.pointer,
    });
    return compileRetry(compilation, found ?? {}, { ...place, pointer: `/use/retries/${retry}` });
  }
  const { delay, backoff, limit, jitter, when, exceptWhen } = retry;
  const duration = (value: unknown, path: string) => compilation.duration(value, inside(place, path));
  const within = limit?.duration ?? limit?.attempt?.duration;
  const condition = (key: string, source: string) =>
    compilation.bare(source, `${place.pointer}/${key}`, place.scope);
  return {
    backoff: backoff?.exponential ? 'exponential' : backoff?.linear ? 'linear' : 'constant',
    ...(when !== undefined && { when: condition('when', when) }),
    ...(exceptWhen !== undefined && { exceptWhen: condition('exceptWhen', exceptWhen) }),
    ...(delay !== undefined && { delay: duration(delay, 'delay') }),
    ...(limit?.attempt?.count !== undefined && { attempts: limit.attempt.count }),
    ...(within !== undefined && { within: duration(within, 'limit/duration') }),
    ...(jitter && {
      jitter: { from: duration(jitter.from, 'jitter/from'), to: duration(jitter.to, 'jitter/to') },
    }),
  };
}
