import assert from 'node:assert/strict';
import type { JournalEntry } from '@tutti/contracts';
import { awaitedRuns, type Decision, type RunDefinition } from '../../src/index.js';

type Made = Extract<Decision, { ignored?: undefined }>;

/** What a run is allowed to do with the runs that it starts. */
export class ChildrenModel {
  /** Asked for and not answered, with the position of the task. */
  private readonly asked = new Map<string, string>();
  private readonly started = new Set<string>();
  /** Runs whose end is awaited, with the pointer of the task. */
  private readonly awaited = new Map<string, string>();
  private readonly followers = new Set<string>();
  /** Followers that have ended: until the run has heard of it, it may still cancel them. */
  private readonly endedFollowers = new Set<string>();

  constructor(private readonly definition: RunDefinition) {}

  get awaiting(): string[] {
    return [...this.awaited.keys()];
  }

  entry(entry: JournalEntry): void {
    if (entry.kind === 'child.started') {
      const { runId, task } = entry;
      assert.ok(this.asked.delete(runId), `nobody asked for the run ${runId}`);
      this.started.add(runId);
      if (entry.awaited) this.awaited.set(runId, task);
      else if (this.cascadeOf(task) === 'cancel') this.followers.add(runId);
    }
    if (entry.kind === 'child.ended')
      assert.ok(this.awaited.delete(entry.runId), `nobody awaited the run ${entry.runId}`);
  }

  taskEnded(position: string): void {
    for (const [id, of] of this.asked) if (of === position) this.asked.delete(id);
  }

  effects(made: Made): void {
    const cancelled = made.effects.flatMap((effect) => (effect.kind === 'run.cancel' ? [effect.runId] : []));
    for (const effect of made.effects) {
      if (effect.kind !== 'run.start' || cancelled.includes(effect.runId)) continue;
      assert.ok(!this.started.has(effect.runId), `the run ${effect.runId} is asked for again`);
      // Asked and given up by a retry around it within the same decision is no wish any more.
      this.asked.set(effect.runId, effect.position);
    }
    for (const id of cancelled) this.cancel(id);
  }

  /** What the state says must be what the decisions so far come to. */
  compare({ state }: Made, wake: number | null): void {
    const awaited = new Set(awaitedRuns(state));
    for (const id of awaited) assert.ok(this.awaited.has(id), `the run ${id} is awaited and never started`);
    for (const [id, task] of this.awaited) {
      if (awaited.has(id)) continue;
      assert.equal(this.cascadeOf(task), 'leave', `the run ${id} is awaited by nobody and not cancelled`);
      this.awaited.delete(id);
    }
    if (state.status === 'cancelled' || state.status === 'faulted')
      assert.deepEqual([...this.followers], [], 'runs that follow were not cancelled');
    if (state.root !== undefined && state.suspended !== true && this.asked.size > 0)
      assert.ok(wake !== null, 'a run was asked for, and nothing asks again');
  }

  /** A run has ended by itself. */
  ended(id: string): void {
    if (this.followers.delete(id)) this.endedFollowers.add(id);
  }

  private cancel(id: string): void {
    const task = this.awaited.get(id);
    if (task !== undefined) {
      assert.equal(this.cascadeOf(task), 'cancel', `the run ${id} was to be left alone`);
      this.awaited.delete(id);
      return;
    }
    const followed = this.followers.delete(id) || this.endedFollowers.delete(id);
    const known = this.asked.delete(id) || followed || !this.started.has(id);
    assert.ok(known, `the run ${id} is cancelled and was not under way`);
  }

  private cascadeOf(pointer: string): 'cancel' | 'leave' | undefined {
    const task = this.definition.workflow.tasks.get(pointer);
    return task?.type === 'workflow' ? task.cascade : undefined;
  }
}
