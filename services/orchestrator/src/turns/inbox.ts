import type { RunInboxMessage } from '@tutti/contracts';

/** Messages that one turn takes at most; the rest waits for the next, so that a commit stays short. */
const TURN_MESSAGES_MAX = 2_000;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const KINDS: ReadonlySet<string> = new Set<RunInboxMessage['kind']>([
  'run.accepted',
  'call.settled',
  'run.due',
  'run.commanded',
]);

/** The messages that one turn takes. They are done together. */
export class TurnBatch {
  readonly messages: RunInboxMessage[] = [];
  /** Those of the messages that may have been delivered before. */
  readonly repeats = new Set<RunInboxMessage>();
  private finish: () => void = () => undefined;
  /** Resolves when the turn is committed and what followed from it was sent. */
  readonly done = new Promise<void>((resolve) => {
    this.finish = resolve;
  });

  /** Another owner may have had its messages meanwhile. */
  suspect(): void {
    for (const message of this.messages) this.repeats.add(message);
  }

  /** What the batch asked for has happened. A batch that is never finished is delivered again by the bus. */
  finished(): void {
    this.finish();
  }
}

/** What has arrived and no turn has taken yet, in batches of a turn's size. */
export class Inbox {
  private batches: TurnBatch[] = [];

  get empty(): boolean {
    return this.batches.length === 0;
  }

  /** Adds messages; answers for each when it is done. `repeats` says of each whether it may be a repeat. */
  add(messages: readonly RunInboxMessage[], repeats: readonly boolean[] | undefined): Promise<void>[] {
    return messages.map((message, i) => {
      if (!isReadable(message)) return refusal(message);
      const batch = this.open();
      batch.messages.push(message);
      if (repeats?.[i] === true) batch.repeats.add(message);
      return batch.done;
    });
  }

  suspect(): void {
    for (const batch of this.batches) batch.suspect();
  }

  take(): TurnBatch | undefined {
    return this.batches.shift();
  }

  private open(): TurnBatch {
    const last = this.batches.at(-1);
    if (last !== undefined && last.messages.length < TURN_MESSAGES_MAX) return last;
    const next = new TurnBatch();
    this.batches.push(next);
    return next;
  }
}

/** One message that names no run would fail the statements of its whole turn, for ever. */
function isReadable(message: RunInboxMessage): boolean {
  return KINDS.has(message.kind) && UUID.test(message.runId);
}

function refusal({ kind, runId }: RunInboxMessage): Promise<never> {
  const refused = Promise.reject(new Error(`No run can take a message of kind "${kind}" for "${runId}".`));
  // The transport hears of it; a caller that does not listen must not end the process.
  refused.catch(() => undefined);
  return refused;
}
