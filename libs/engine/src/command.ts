import type { RunCommand } from '@tutti/contracts';
import { bubble } from './bubble.js';
import { receiveAnswer } from './call-later.js';
import { decideCall } from './call-settle.js';
import { openReviewOf } from './cancel.js';
import { guarded } from './complete.js';
import { runDue, startParked } from './due.js';
import { cancelRun } from './finish.js';
import { scopeOf } from './scope.js';
import { receiveEvent } from './receive-event.js';
import { decideReview } from './task-review.js';
import { childEnded } from './task-workflow.js';
import { TURN_ACTIVATIONS } from './limits.js';
import { locate } from './tree.js';
import type { Turn } from './turn.types.js';

/** Applies a command; the result is why it changes nothing, undefined when it did. */
export function applyCommand(turn: Turn, command: RunCommand): string | undefined {
  switch (command.kind) {
    case 'cancel':
      cancelRun(turn, command);
      return undefined;
    case 'suspend':
      return suspend(turn, command.by);
    case 'resume':
      return resume(turn, command.by);
    case 'review.decided':
      return applyDecision(turn, command);
    case 'call.answered':
      return receiveAnswer(turn, command);
    case 'child.ended':
      return childEnded(turn, command);
    case 'event':
      return receiveEvent(turn, command);
    case 'migrate':
      return 'A migration needs both versions: see migrate';
  }
}

/** While a run is suspended no task starts; what is outstanding may still settle. */
function suspend(turn: Turn, by: string): string | undefined {
  if (turn.state.suspended) return 'The run is suspended already';
  turn.state.suspended = true;
  turn.entries.push({ kind: 'run.suspended', at: turn.now, by });
  return undefined;
}

function resume(turn: Turn, by: string): string | undefined {
  if (!turn.state.suspended) return 'The run is not suspended';
  delete turn.state.suspended;
  turn.entries.push({ kind: 'run.resumed', at: turn.now, by });
  startAllParked(turn);
  runDue(turn);
  return undefined;
}

/** Starts every task that was held back, as far as the turn goes; the rest becomes due at once. */
export function startAllParked(turn: Turn): void {
  for (;;) {
    const frame = locate(turn, (node) => node.type === 'parked' && node.until === undefined);
    // A replay that has come to where it stops holds back everything again: to go on would never end.
    if (frame === undefined || turn.stop?.hit) return;
    if (turn.started >= TURN_ACTIVATIONS && frame.node.type === 'parked') {
      frame.node.until = turn.now;
      continue;
    }
    bubble(turn, frame, startParked(turn, frame));
  }
}

function applyDecision(
  turn: Turn,
  command: Extract<RunCommand, { kind: 'review.decided' }>,
): string | undefined {
  const { reviewId, decision } = command;
  const frame = locate(turn, (node) => openReviewOf(node) === reviewId);
  if (frame === undefined) return 'The review is not open';
  const scope = scopeOf(turn, frame);
  turn.entries.push({ kind: 'review.decided', ...scope.of, reviewId, decision });
  const apply = frame.node.type === 'call' ? decideCall : decideReview;
  bubble(
    turn,
    frame,
    guarded(scope, () => apply(turn, frame, decision)),
  );
  return undefined;
}
