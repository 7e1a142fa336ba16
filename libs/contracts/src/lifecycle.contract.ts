import { z } from 'zod';
import { Problem } from './problem.js';

const Time = z.iso.datetime({ offset: true });
const Name = z
  .string()
  .describe('Qualified name of the run: name of the workflow, a dash, id of the run, a dot, namespace.');
const Task = z.string().describe('JSON Pointer of the task in the document of the workflow.');
const Output = z
  .unknown()
  .describe('Any JSON; absent where there is none, and where tuttidata says where it is.');

const ofRun = (what: string, more: z.ZodRawShape = {}) =>
  z.object({ name: Name, [`${what}At`]: Time, ...more });
const ofTask = (what: string, more: z.ZodRawShape = {}) =>
  z.object({ workflow: Name, task: Task, [`${what}At`]: Time, ...more });

/** The data of the standard lifecycle events (DSL reference 1.0.3, "Lifecycle Events"), by type of event. */
export const LIFECYCLE_EVENTS = {
  'io.serverlessworkflow.workflow.started.v1': ofRun('started', {
    definition: z.object({ name: z.string(), namespace: z.string(), version: z.string() }),
  }),
  'io.serverlessworkflow.workflow.suspended.v1': ofRun('suspended'),
  'io.serverlessworkflow.workflow.resumed.v1': ofRun('resumed'),
  'io.serverlessworkflow.workflow.correlation-started.v1': ofRun('started'),
  'io.serverlessworkflow.workflow.correlation-completed.v1': ofRun('completed'),
  'io.serverlessworkflow.workflow.cancelled.v1': ofRun('cancelled'),
  'io.serverlessworkflow.workflow.faulted.v1': ofRun('faulted', { error: Problem }),
  'io.serverlessworkflow.workflow.completed.v1': ofRun('completed', { output: Output.optional() }),
  'io.serverlessworkflow.task.created.v1': ofTask('created'),
  'io.serverlessworkflow.task.started.v1': ofTask('started'),
  'io.serverlessworkflow.task.suspended.v1': ofTask('suspended'),
  'io.serverlessworkflow.task.resumed.v1': ofTask('resumed'),
  'io.serverlessworkflow.task.retried.v1': ofTask('retried'),
  'io.serverlessworkflow.task.cancelled.v1': ofTask('cancelled'),
  'io.serverlessworkflow.task.faulted.v1': ofTask('faulted', { error: Problem }),
  'io.serverlessworkflow.task.completed.v1': ofTask('completed', { output: Output.optional() }),
} as const;
