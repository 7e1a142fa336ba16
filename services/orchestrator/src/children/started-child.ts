import type { RunAccepted } from '@tutti/contracts';
import type { ChildToAccept } from '@tutti/store';

/** A run that a turn starts, and the message that sends it to its owner when it need not wait. */
export interface StartedChild extends ChildToAccept {
  accepted: Omit<RunAccepted, 'acceptedAt'>;
}
