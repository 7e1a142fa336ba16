import type { JournalEntry, Problem } from '@tutti/contracts';
import type { CompiledTask, CompiledThen } from '@tutti/workflow';
import type { RunDefinition, RunEffect } from './engine.types.js';
import type { RunState, TaskNode } from './state.types.js';

/** What a task came to. `blocked`: it waits for an event, its node is in the tree. */
export type Result =
  | { kind: 'done'; output: unknown; then: CompiledThen }
  | { kind: 'blocked' }
  | { kind: 'fault'; error: Problem }
  | { kind: 'end'; output: unknown };

/** The one result without content. */
export const BLOCKED: Result = { kind: 'blocked' };

/**
 * An active task on the way from the root to where something happens. Its node belongs to this turn and may
 * be changed.
 */
export interface Frame {
  node: TaskNode;
  task: CompiledTask;
  parent: Frame | null;
  /** Which branch of a fork; 0 elsewhere. */
  slot: number;
}

/** A task that is to start. */
export interface StartRequest {
  parent: Frame;
  task: CompiledTask;
  input: unknown;
  /** Whether the input is the parent's own, which the state then does not repeat. */
  inherits: boolean;
  slot: number;
}

/** Where a replay is to stop: before the `ordinal`-th start of a task. */
export interface StopPoint {
  /** JSON pointer of the task or position of the instance. */
  place: string;
  ordinal: number;
  hit: boolean;
}

/**
 * Nodes that were made by earlier decisions of the same turn of the hub, whose states nobody keeps. They may
 * be changed instead of copied: of a wide fork, whose branches are answered many in one turn, the list of
 * branches is copied once then and not for each answer.
 */
export type Fresh = WeakSet<TaskNode>;

/** One turn: everything that follows from one event. */
export interface Turn {
  readonly definition: RunDefinition;
  readonly state: RunState;
  readonly now: number;
  readonly effects: RunEffect[];
  readonly entries: JournalEntry[];
  readonly stop: StopPoint | undefined;
  /** See `Fresh`; absent: every node on the way is copied. */
  readonly fresh: Fresh | undefined;
  /** Tasks started in this turn. */
  started: number;
  /** Starts a task; part of the turn, because tasks contain tasks. */
  start(request: StartRequest): Result;
}
