import { inside } from './compilation.js';
import type { DoTask, ListenTask, ProtocolTask } from './compiled.types.js';
import { compileIterator, type IteratorDefinition } from './events/compile-listen.js';
import { NO_FLOW, type TaskJob } from './task-job.js';

/**
 * A subscription with a `foreach`: the call, and then a task that goes through the messages that it gave. The
 * task of the document is around both, with its input, output, timeout and the like.
 */
export function eachMessage(job: TaskJob, call: ProtocolTask, iterator: IteratorDefinition): DoTask {
  const { compilation, name, definition } = job;
  const place = inside(job.place, 'with/subscription');
  const plain = {
    name,
    definition,
    input: NO_FLOW,
    output: NO_FLOW,
    export: NO_FLOW,
    then: 'continue',
  } as const;
  const { type, target, protocol } = call;
  const asked: ProtocolTask = { ...plain, pointer: place.pointer, index: 0, type, target, protocol };
  const each: ListenTask = {
    ...plain,
    pointer: `${place.pointer}/foreach`,
    index: 1,
    type: 'listen',
    strategy: { mode: 'any', filters: [] },
    read: 'envelope',
    keeps: true,
    foreach: compileIterator(job, iterator, place),
    given: true,
  };
  compilation.add(asked);
  compilation.add(each);
  return { ...job.common, type: 'do', list: { pointer: place.pointer, tasks: [asked, each] } };
}
