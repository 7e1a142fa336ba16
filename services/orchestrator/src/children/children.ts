import { Inject, Injectable } from '@nestjs/common';
import {
  newSpanId,
  type Problem,
  type RunParent,
  takesCanary,
  type WorkflowIdentity,
} from '@tutti/contracts';
import type { RunStartEffect } from '@tutti/engine';
import { HOT_POOL } from '@tutti/store';
import type { Pool } from 'pg';
import type { LiveRun } from '../turns/live-run.js';
import type { TurnDraft } from '../turns/prepare-turn.js';
import type { StartedChild } from './started-child.js';
import { findStartable, SUB_WORKFLOW_DEPTH_MAX, tooDeep, type Startable, type Wanted } from './startable.js';

/** Runs that one turn of one run starts at most; the rest is asked for again in a later one. */
const STARTS_MAX = 1_000;
/** Characters of the inputs of the runs that one turn starts, but for the last one. */
const STARTS_CHARS_MAX = 16 * 1024 * 1024;

/** Answers what was looked up before within one pass, so that the same workflow is asked for once. */
export type Lookups = Map<string, Promise<Startable | { refused: Problem }>>;

/** Starts the runs that tasks ask for, within the turn that asks. */
@Injectable()
export class Children {
  constructor(@Inject(HOT_POOL) private readonly pool: Pool) {}

  /** Answers a turn's wishes until it has none, or until it is full. */
  async answer(draft: TurnDraft, lookups: Lookups): Promise<void> {
    let characters = 0;
    for (let count = 0; count < STARTS_MAX && characters < STARTS_CHARS_MAX; count += 1) {
      const wish = draft.nextStart();
      if (wish === undefined) return;
      const found = await this.find(draft.run, wish, lookups);
      if ('refused' in found) draft.refuse(wish, found.refused);
      else {
        const version = versionOf(wish, found);
        const started = startedChild(draft.run, wish, { ...found, identity: version });
        characters += started.child.input.length;
        draft.start(started, version);
      }
    }
  }

  private find(
    run: LiveRun,
    { workflow }: RunStartEffect,
    lookups: Lookups,
  ): Promise<Startable | { refused: Problem }> {
    if ((run.parent?.depth ?? 0) >= SUB_WORKFLOW_DEPTH_MAX) return Promise.resolve({ refused: tooDeep() });
    const key = keyOf(run.workspaceId, workflow);
    const known = lookups.get(key) ?? findStartable(this.pool, run.workspaceId, workflow);
    lookups.set(key, known);
    return known;
  }
}

function keyOf(workspaceId: string, { namespace, name, version }: Wanted): string {
  return [workspaceId, namespace, name, version].join('\n');
}

/** The id of the run is the same however often its turn is decided, and so is the version. */
function versionOf({ runId }: RunStartEffect, { workflowId, identity, canary }: Startable): WorkflowIdentity {
  if (canary === null) return identity;
  return takesCanary({ workflowId, choice: runId, percent: canary.percent }) ? canary.identity : identity;
}

/** Says when the task named the version: nobody chose it then. */
function triggerOf({ workflow: { version } }: RunStartEffect): string {
  return version === 'latest' ? 'workflow' : `workflow:${version}`;
}

function startedChild(run: LiveRun, wish: RunStartEffect, found: Startable): StartedChild {
  const parent: RunParent = {
    runId: run.id,
    position: wish.position,
    isTold: wish.isTold,
    depth: (run.parent?.depth ?? 0) + 1,
  };
  const of = {
    workspaceId: run.workspaceId,
    workflowId: found.workflowId,
    trigger: triggerOf(wish),
    // The child is a part of the parent's trace.
    traceId: run.traceId,
    rootSpanId: newSpanId(),
    parentSpanId: run.rootSpanId,
    parent,
  };
  const child = {
    ...of,
    id: wish.runId,
    workflowVersionId: found.identity.versionId,
    input: JSON.stringify(wish.input ?? null),
  };
  const accepted = {
    ...of,
    kind: 'run.accepted' as const,
    runId: wish.runId,
    workflow: found.identity,
    input: wish.input ?? null,
  };
  return { runId: run.id, child, waits: found.waits, accepted };
}
