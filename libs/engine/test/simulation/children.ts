import assert from 'node:assert/strict';
import type { ChildEnded, JournalEntry } from '@tutti/contracts';
import type { RunEvent, RunStartEffect } from '../../src/index.js';
import { numberOf } from './random.js';
import { plannedOutcome, type SimulatedWorkflow } from './workflows.js';

/** The workflow that is not there. */
export const MISSING = 'missing';

interface Child {
  wish: RunStartEffect;
  ordinal: number;
  end: ChildEnded | undefined;
  cancelAsked: boolean;
}

/** Runs that the simulated run started: rows of the database, each with its own ways. */
export class Children {
  private readonly runs = new Map<string, Child>();
  private readonly ordinals = new Map<string, number>();

  constructor(private readonly workflow: SimulatedWorkflow) {}

  get size(): number {
    return this.runs.size;
  }

  get running(): string[] {
    return [...this.runs].flatMap(([id, { end }]) => (end === undefined ? [id] : []));
  }

  isRunning(id: string): boolean {
    return this.runs.has(id) && this.runs.get(id)?.end === undefined;
  }

  /** What the hub says to a wish; `disabled`: somebody has disabled the workflow. */
  answer({ runId, position, workflow }: RunStartEffect, disabled: boolean): RunEvent {
    if (workflow.name !== MISSING && !disabled)
      return { kind: 'child.started', runId, position, workflow: { ...workflow, version: '1.0.0' } };
    const type = 'https://serverlessworkflow.io/spec/1.0.0/errors/configuration';
    return { kind: 'child.refused', runId, position, error: { type, title: 'No', status: 400 } };
  }

  /** Part of the commit of a turn. */
  store(wish: RunStartEffect): void {
    assert.ok(!this.runs.has(wish.runId), `the run ${wish.runId} was started twice`);
    const ordinal = (this.ordinals.get(wish.position) ?? 0) + 1;
    this.ordinals.set(wish.position, ordinal);
    this.runs.set(wish.runId, { wish, ordinal, end: undefined, cancelAsked: false });
  }

  has(id: string): boolean {
    return this.runs.has(id);
  }

  /** Part of the commit of a turn. */
  cancel(id: string): void {
    (this.runs.get(id) as Child).cancelAsked = true;
  }

  /** A run comes to its end; the command for its parent is of the same transaction, if there is to be one. */
  end(id: string, isLate: boolean): ChildEnded | undefined {
    const child = this.runs.get(id) as Child;
    child.end = child.cancelAsked && !isLate ? this.ended(child, 'cancelled') : this.outcome(child);
    return child.wish.isTold ? child.end : undefined;
  }

  /** What the journal says of the end of a run is what it ended with. */
  compare(entry: Extract<JournalEntry, { kind: 'child.ended' }>): void {
    const end = this.runs.get(entry.runId)?.end;
    assert.equal(entry.status, end?.status, `the end of ${entry.runId}`);
    assert.equal(entry.position, end?.position, `the position of ${entry.runId}`);
  }

  private outcome(child: Child): ChildEnded {
    const { wish, ordinal } = child;
    if (this.workflow.steady) {
      const planned = plannedOutcome(this.workflow, nameIn(wish.position), ordinal);
      if ('output' in planned) return { ...this.ended(child, 'completed'), output: planned.output };
      return this.faulted(child, planned.fails === 'permanent' ? 422 : 503);
    }
    const kind = numberOf(this.workflow.seed, wish.position, ordinal) % 6;
    if (kind === 0) return this.ended(child, 'cancelled');
    if (kind < 3) return this.faulted(child, 500);
    return { ...this.ended(child, 'completed'), output: { n: 1 } };
  }

  private faulted(child: Child, status: number): ChildEnded {
    return { ...this.ended(child, 'faulted'), error: { type: 'https://x.y/bad', title: 'Bad', status } };
  }

  private ended({ wish: { runId, position } }: Child, status: ChildEnded['status']): ChildEnded {
    return { kind: 'child.ended', runId, position, status };
  }
}

/** The name of the task in its position, which may end with the number of a visit. */
function nameIn(position: string): string {
  return (position.split('/').at(-1) ?? '').replace(/#\d+$/, '');
}
