/** What is remembered at most; whatever is forgotten is sent once more when it is asked for. */
const RUNS_MAX = 50_000;
const COMMANDS_MAX = 50_000;

/**
 * What this process is known to have sent. For a run with a thousand sub-workflows a thousand commands come
 * in, many in one turn, and the messages that ring for them later find nothing to do: were each of them taken
 * for one that a dead owner decided, all that the run waits for would be sent again a thousand times.
 */
export class SentRuns {
  /** By run: the revision up to which this process has sent all that was outstanding. */
  private readonly revisions = new Map<string, number>();
  /** Commands that a turn of this process applied: their rows are gone. */
  private readonly commands = new Set<string>();

  constructor(private readonly max = { runs: RUNS_MAX, commands: COMMANDS_MAX }) {}

  /** Whether there is nothing outstanding at this revision that this process has not sent. */
  isSent(runId: string, revision: number): boolean {
    return this.revisions.get(runId) === revision;
  }

  /** All that is outstanding at this revision goes out. */
  sent(runId: string, revision: number): void {
    this.revisions.delete(runId);
    this.revisions.set(runId, revision);
    forgetFirst(this.revisions, this.max.runs);
  }

  /**
   * What a turn of this process asked for goes out: all that is outstanding, if that held for the revision
   * before.
   */
  committed(runId: string, revision: number): void {
    if (revision === 1 || this.isSent(runId, revision - 1)) this.sent(runId, revision);
  }

  applied(commandIds: readonly string[]): void {
    for (const id of commandIds) this.commands.add(id);
    forgetFirst(this.commands, this.max.commands);
  }

  /** Whether a turn of this process applied the command, so that its bell has nothing to say. */
  hasApplied(commandId: string): boolean {
    return this.commands.has(commandId);
  }

  clear(): void {
    this.revisions.clear();
    this.commands.clear();
  }
}

/** Both collections keep the order in which they were filled. */
function forgetFirst(kept: Map<string, unknown> | Set<string>, max: number): void {
  for (const first of kept.keys()) {
    if (kept.size <= max) return;
    kept.delete(first);
  }
}
