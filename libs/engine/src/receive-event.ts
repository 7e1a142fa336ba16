import type { CloudEvent, EventName } from '@tutti/contracts';
import { bubble } from './bubble.js';
import { guarded } from './complete.js';
import { RUN_LIMITS } from './limits.js';
import { scopeOf } from './scope.js';
import { offerEvent } from './task-listen.js';
import { locateAt, nodesOf, positionOf } from './tree.js';
import type { Turn } from './turn.types.js';

/**
 * Hands an event to every task that listens, each of which takes it or not. One that was sent to this run
 * alone waits for a `listen` when none takes it now. The result is why nothing changed.
 */
export function receiveEvent(
  turn: Turn,
  { event, signal }: { event: CloudEvent; signal?: true },
): string | undefined {
  let taken = false;
  // Those that listen now, and not those that begin to because this event ended another one.
  for (const listen of listening(turn)) taken = offerTo(turn, listen, event) || taken;
  if (taken) return undefined;
  return signal ? keepSignal(turn, event) : 'Nothing in the run waits for this event';
}

interface Listen {
  position: string;
  serial: number;
}

function listening(turn: Turn): Listen[] {
  return [...nodesOf(turn.state.root)].flatMap((node) =>
    node.type === 'listen' && !node.over ? [{ position: positionOf(node), serial: node.serial }] : [],
  );
}

function offerTo(turn: Turn, { position, serial }: Listen, event: CloudEvent): boolean {
  const frame = locateAt(turn, position, (node) => node.type === 'listen' && node.serial === serial);
  if (frame === undefined) return false;
  let taken = true;
  const result = guarded(scopeOf(turn, frame), () => {
    const offered = offerEvent(turn, frame, event);
    taken = offered !== undefined;
    return offered ?? { kind: 'blocked' };
  });
  if (taken) bubble(turn, frame, result);
  return taken;
}

function keepSignal(turn: Turn, event: CloudEvent): undefined {
  const { state, now } = turn;
  const kept = state.signals ?? [];
  if (kept.length >= RUN_LIMITS.signals) {
    const because = `The run went over the limit signals: at most ${RUN_LIMITS.signals} wait for a listen`;
    turn.entries.push({ kind: 'event.refused', at: now, event: nameOf(event), because });
    return undefined;
  }
  state.signals = [...kept, event];
  turn.entries.push({ kind: 'event.kept', at: now, event: nameOf(event) });
  return undefined;
}

function nameOf({ id, source, type }: CloudEvent): EventName {
  return { id, source, type };
}
