import { inside, type Place } from '../compilation.js';
import type { EventIterator, ListenTask } from '../compiled.types.js';
import type { DataFlow, TaskList } from '../document.types.js';
import { neverHolds } from '../lint/constant.js';
import type { TaskJob } from '../task-job.js';
import { compileStrategy, eventTypesOf } from './compile-strategy.js';

interface ListenDefinition {
  to: { until?: unknown };
  read?: ListenTask['read'];
}
export interface IteratorDefinition {
  item?: string;
  at?: string;
  do?: TaskList;
  output?: DataFlow<'as'>;
  export?: DataFlow<'as'>;
}

/** `listen`: which events end it, how they are read, and what is done with each. */
export function compileListen(job: TaskJob): ListenTask {
  const { to, read = 'data' } = job.definition.listen as ListenDefinition;
  const strategy = compileStrategy(job.compilation, to, inside(job.place, 'listen/to'));
  const eventTypes = eventTypesOf(strategy);
  const iterator = job.definition.foreach as IteratorDefinition | undefined;
  return {
    ...job.common,
    type: 'listen',
    strategy,
    ...(eventTypes && { eventTypes }),
    read,
    // What is never handed on need not be kept: else a listener for ever would grow for ever.
    keeps: !(strategy.untilCondition !== undefined && neverHolds(to.until)),
    ...(iterator && { foreach: compileIterator(job, iterator, job.place) }),
  };
}

/** What is done with each event or message. */
export function compileIterator(job: TaskJob, iterator: IteratorDefinition, at: Place): EventIterator {
  const { item = 'item', at: index = 'index', do: list, output, export: exported } = iterator;
  const place = inside(at, 'foreach', [item, index]);
  return {
    item,
    at: index,
    ...(list && { list: job.nested.list(list, { place: inside(place, 'do') }) }),
    ...(output && { output: job.compilation.flow(output, inside(place, 'output')) }),
    ...(exported && { export: job.compilation.flow(exported, inside(place, 'export')) }),
  };
}
