import type { DeadLetter } from '@tutti/contracts';

/** A letter as those who send it again get it. */
export interface RedrivableLetter extends Omit<DeadLetter, 'reason' | 'detail'> {
  id: string;
  workspaceId: string;
  triggerId: string;
  /** What is to be handled: the edited payload where there is one. */
  payload: Uint8Array;
  /** ISO 8601, when the letter was kept. */
  createdAt: string;
}

/** What became of a letter that was handled once more. */
export type RedriveOutcome = { status: 'accepted' } | { status: 'dead'; reason: string; detail: string };

/**
 * Handles letters of triggers once more. It throws only when nothing can be said about the letter (a database
 * that is away): all letters of the batch then stay as they are. A letter may come twice (a crash between its
 * run and the commit here), so the record's topic, partition and offset have to be recognised.
 */
export interface DeadLetterRedriver {
  /** Null: the payload is what the trigger takes. Else one sentence that says what is wrong. */
  check(letter: RedrivableLetter): Promise<string | null>;
  redrive(letter: RedrivableLetter): Promise<RedriveOutcome>;
}

/**
 * Injection token of the redriver for letters of triggers. Without one such letters are shown, edited and
 * discarded, and a redrive says that triggers do not run here.
 */
export const DEAD_LETTER_REDRIVERS = Symbol('DEAD_LETTER_REDRIVERS');
