import { Injectable, Logger } from '@nestjs/common';
import type { WorkflowIdentity } from '@tutti/contracts';
import {
  restore,
  type RunDefinition,
  type RunEvent,
  type RunState,
  type Versions,
  versionsOf,
} from '@tutti/engine';
import { isDatabaseAway, RunStore, type WaitingCommand } from '@tutti/store';
import { Children, type Lookups } from '../children/children.js';
import { DefinitionCache } from '../definitions/definition-cache.js';
import { cancelWaitingTurn, faultTurn } from './fault-turn.js';
import type { LiveRun } from './live-run.js';
import { draftTurn, type TurnDecision } from './prepare-turn.js';
import { mayRepeat, type RunWork, type TurnTask } from './run-work.js';

const NO_VERSIONS: Versions = new Map();

/** What is known of a run when it is decided. */
export interface OfRun {
  run: LiveRun;
  commands: readonly WaitingCommand[];
  nowMs: number;
  lookups: Lookups;
}

/** Decides single runs, with what has to be read for it. */
@Injectable()
export class Decider {
  private readonly logger = new Logger(Decider.name);

  constructor(
    private readonly store: RunStore,
    private readonly definitions: DefinitionCache,
    private readonly children: Children,
  ) {}

  /** Decides what has arrived for a run; one that cannot be decided is faulted. */
  async decide(
    task: TurnTask,
    work: RunWork,
    { run, commands, nowMs, lookups }: OfRun,
  ): Promise<TurnDecision> {
    const cancelled = cancelWaitingTurn(run, commands, nowMs);
    if (cancelled !== null) return { turn: cancelled, repeated: 0, unchanged: 0, resultsIgnored: 0 };
    const why = run.unreadable ?? unreadableOf(commands);
    if (why !== undefined) return this.setAside(run, { why, commands, nowMs });
    try {
      const definition =
        this.definitions.peek(run.workflow.versionId) ??
        (await this.definitions.get(run.workspaceId, run.workflow));
      const at = {
        definition,
        versions: await this.targetsOf(run, commands),
        nowMs,
        commands,
        mayRepeat: (message: RunWork['messages'][number]) => mayRepeat(task, work, message),
      };
      const begins = run.retry !== null && run.state === null;
      const restored = begins ? await this.restoredOf(run, definition) : null;
      const draft = draftTurn(run, work.messages, restored === null ? at : { ...at, restored });
      if (draft.nextStart() !== undefined) await this.children.answer(draft, lookups);
      return draft.decision();
    } catch (error) {
      if (isDatabaseAway(error)) throw error;
      this.logger.error(`Run ${run.id} could not be decided and is faulted: ${(error as Error).stack}`);
      return { turn: faultTurn(run, error as Error, nowMs), repeated: 0, unchanged: 0, resultsIgnored: 0 };
    }
  }

  /**
   * Ends a run of which what is stored cannot be read, so that the others of its shard go on. Its reviews
   * come from their own rows, and it listens for nothing any more; runs that it started go on by themselves.
   */
  private async setAside(
    run: LiveRun,
    { why, commands, nowMs }: { why: string; commands: readonly WaitingCommand[]; nowMs: number },
  ): Promise<TurnDecision> {
    const error = new Error(
      `what is stored of it cannot be read: ${why}. Its journal is kept apart: ` +
        'name a task of it to start again from (`npx tutti retry RUN --from TASK`).',
    );
    this.logger.error(`Run ${run.id} is faulted: ${error.message}`);
    const turn = faultTurn(run, error, nowMs);
    turn.commandsApplied = commands.map(({ id }) => ({ id, runId: run.id }));
    turn.subscriptions = [{ runId: run.id, workspaceId: run.workspaceId, types: [] }];
    for (const id of await this.store.openReviewsOf(run.id))
      turn.reviewsClosed.push({ id, runId: run.id, status: 'withdrawn' });
    return { turn, repeated: 0, unchanged: 0, resultsIgnored: 0 };
  }

  /** For the first turn of a retry: the state of the run that it repeats. */
  private async restoredOf(run: LiveRun, definition: RunDefinition): Promise<RunState | null> {
    if (run.retry === null) return null;
    const events = await this.store.eventsOf<RunEvent>(run.retry.of);
    const versions = await this.versionsIn(run.workspaceId, versionsOf(events));
    return restore(definition, events, { fromTask: run.retry.fromTask ?? undefined, versions });
  }

  /** Of the commands that migrate the run; most turns have none, and nothing is waited for then. */
  private targetsOf(run: LiveRun, commands: readonly WaitingCommand[]): Versions | Promise<Versions> {
    const wanted = commands.flatMap(({ command }) => (command.kind === 'migrate' ? [command.to] : []));
    return wanted.length === 0 ? NO_VERSIONS : this.versionsIn(run.workspaceId, wanted);
  }

  private async versionsIn(workspaceId: string, wanted: readonly WorkflowIdentity[]): Promise<Versions> {
    const versions = new Map<string, RunDefinition>();
    for (const identity of wanted)
      versions.set(identity.versionId, await this.definitions.get(workspaceId, identity));
    return versions;
  }
}

function unreadableOf(commands: readonly WaitingCommand[]): string | undefined {
  for (const { id, command } of commands)
    if (command.kind === 'unreadable') return `the command ${id}: ${command.why}`;
  return undefined;
}
