import { createHash } from 'node:crypto';
import type { RunState } from './state.types.js';
import type { Frame, Turn } from './turn.types.js';

/**
 * A UUID (RFC 9562, version 8) out of names: the same names give the same one, so that a replay opens no
 * second review.
 */
export function deterministicUuid(...names: (string | number)[]): string {
  const hex = createHash('sha256').update(names.join('\n')).digest('hex');
  const variant = ((Number.parseInt(hex.charAt(16), 16) & 0x3) | 0x8).toString(16);
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`, variant + hex.slice(17, 20)];
  return `${groups.join('-')}-${hex.slice(20, 32)}`;
}

/**
 * The id of a run that a task starts: a UUIDv7, because the day in it says where the journal is kept. The
 * time is that of the decision, the rest comes out of the names.
 */
export function childRunId({ state, now }: Turn, position: string, number: number): string {
  const time = now.toString(16).padStart(12, '0');
  const hex = deterministicUuid(state.run.id, position, number, 'run').replaceAll('-', '');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(0, 3)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** A fraction in [0, 1) out of names, in place of randomness. */
export function deterministicFraction(...names: (string | number)[]): number {
  return createHash('sha256').update(names.join('\n')).digest().readUInt32BE(0) / 2 ** 32;
}

/** The key that all attempts of one call instance share. */
export function idempotencyKey(state: RunState, position: string): string {
  return `${state.run.id}:${position}`;
}

/** After which number attempts start here: a `try` that is repeated must not use a number twice. */
export function attemptBase(parent: Frame | null): number {
  for (let at = parent; at !== null; at = at.parent) {
    if (at.node.type === 'try') return at.node.base;
  }
  return 0;
}

/** Tells the tries around a call which attempt number was used. */
export function noteAttempt(parent: Frame | null, attempt: number): void {
  for (let at = parent; at !== null; at = at.parent) {
    if (at.node.type === 'try' && at.node.top < attempt) at.node.top = attempt;
  }
}
