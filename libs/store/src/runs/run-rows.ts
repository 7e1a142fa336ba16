import type { CloudEvent, Problem, RunCommand } from '@tutti/contracts';
import { unpackEntries } from './journal-codec.js';
import type { CommandNotice, LastTurn, LoadedRun, RunToAccept, WaitingCommand } from './run-store.types.js';

/** The rows of RunStore's statements, and what they mean. */
export interface FirstOfKey {
  asked_id: string;
  run_id: string;
  same_request: boolean;
  status: LoadedRun['status'];
  output: string | null;
  error: string | null;
}

export interface LoadedRow {
  id: string;
  workspace_id: string;
  workflow_id: string;
  workflow_version_id: string;
  namespace: string;
  name: string;
  version: string;
  status: LoadedRun['status'];
  revision: number | null;
  trigger: string;
  trace_id: string;
  root_span_id: string;
  parent_span_id: string | null;
  started_at_ms: number;
  input: string;
  state: string | null;
  wake_at_ms: number | null;
  retry_of: string | null;
  retry_from: string | null;
  parent_run_id: string | null;
  parent_position: string | null;
  parent_is_told: boolean | null;
  parent_depth: number | null;
}

export function loadedRun(row: LoadedRow): LoadedRun {
  return {
    id: row.id,
    workspaceId: row.workspace_id,
    workflowId: row.workflow_id,
    status: row.status,
    revision: row.revision ?? 0,
    trigger: row.trigger,
    workflow: {
      namespace: row.namespace,
      name: row.name,
      version: row.version,
      versionId: row.workflow_version_id,
    },
    traceId: row.trace_id,
    rootSpanId: row.root_span_id,
    parentSpanId: row.parent_span_id,
    startedAtMs: row.started_at_ms,
    input: row.input,
    state: row.state,
    wakeAtMs: row.wake_at_ms,
    retry: row.retry_of === null ? null : { of: row.retry_of, fromTask: row.retry_from },
    parent:
      row.parent_run_id === null
        ? null
        : {
            runId: row.parent_run_id,
            position: row.parent_position ?? '',
            isTold: row.parent_is_told ?? false,
            depth: row.parent_depth ?? 1,
          },
  };
}

export function acceptColumns(runs: readonly RunToAccept[]): unknown[] {
  return [
    runs.map((run) => run.id),
    runs.map((run) => run.workspaceId),
    runs.map((run) => run.workflowId),
    runs.map((run) => run.workflowVersionId),
    runs.map((run) => run.trigger),
    runs.map((run) => run.traceId),
    runs.map((run) => run.rootSpanId),
    runs.map((run) => run.parentSpanId ?? null),
    runs.map((run) => run.retry?.of ?? null),
    runs.map((run) => run.retry?.fromTask ?? null),
    runs.map((run) => run.input),
  ];
}

export interface CommandRow {
  id: string;
  run_id: string;
  command: string;
  child_output?: string | null;
  child_error?: string | null;
  /** The CloudEvent of a command of kind `event`, JSON text. */
  event: string | null;
}

/** One that cannot be read must not keep the others of its turn from being read. */
export function waitingCommand(row: CommandRow): WaitingCommand {
  const { id, run_id: runId } = row;
  try {
    return { id, runId, command: commandOf(row) };
  } catch (error) {
    return { id, runId, command: { kind: 'unreadable', why: (error as Error).message } };
  }
}

function commandOf(row: CommandRow): RunCommand {
  const command = JSON.parse(row.command) as RunCommand;
  if (command.kind === 'child.ended') {
    if (row.child_output) command.output = JSON.parse(row.child_output) as unknown;
    if (row.child_error) command.error = JSON.parse(row.child_error) as Problem;
  }
  if (command.kind === 'event') command.event = JSON.parse(row.event as string) as CloudEvent;
  return command;
}

/**
 * The command as the message that rings tells it: without the event, which the row has. What counts is the
 * row: for one that cannot be read anything may ring.
 */
export function commandNotice({ id, run_id: runId, command }: Omit<CommandRow, 'event'>): CommandNotice {
  try {
    return { id, runId, command: JSON.parse(command) as CommandNotice['command'] };
  } catch {
    return { id, runId, command: { kind: 'resume', by: 'hub' } };
  }
}

export interface LastTurnRow {
  id: string;
  workspace_id: string;
  namespace: string;
  name: string;
  version: string;
  workflow_version_id: string;
  trace_id: string;
  root_span_id: string;
  status: LoadedRun['status'];
  output: string | null;
  error: string | null;
  sequence: number;
  event: string;
  entries: string;
}

export function lastTurn(row: LastTurnRow): LastTurn {
  const { namespace, name, version, workflow_version_id: versionId } = row;
  return {
    runId: row.id,
    workspaceId: row.workspace_id,
    workflow: { namespace, name, version, versionId },
    status: row.status,
    revision: row.sequence,
    trace: { traceId: row.trace_id, spanId: row.root_span_id },
    entries: unpackEntries(row),
    ...(row.output === null ? {} : { output: JSON.parse(row.output) as unknown }),
    ...(row.error === null ? {} : { error: JSON.parse(row.error) as unknown }),
  };
}
