import { RUN_ENDED, type RunCommand } from '@tutti/contracts';
import { decideUntil } from './decide.js';
import type { Decision, RunDefinition, RunEvent } from './engine.types.js';
import { migrationBlocks } from './migration-blocks.js';
import { movedTree } from './migrated-tree.js';
import type { RunState } from './state.types.js';
import type { Fresh } from './turn.types.js';

type MigrateCommand = Extract<RunCommand, { kind: 'migrate' }>;

/** Definitions by the id of the workflow version. */
export type Versions = ReadonlyMap<string, RunDefinition>;

/**
 * `decide` over the versions that a run has had: the definition is the one that the next event is decided by.
 * With `fresh`, one set for all decisions of a turn, the states between them are changed and must not be
 * kept; the state that the turn began with stays as it is.
 */
export function decideOver(
  at: {
    definition: RunDefinition;
    versions: Versions;
    state: RunState | null;
    nowMs: number;
    fresh?: Fresh | undefined;
  },
  event: RunEvent,
): { decision: Decision; definition: RunDefinition } {
  const { definition, state, nowMs, fresh } = at;
  if (event.kind !== 'command' || event.command.kind !== 'migrate')
    return { decision: decideUntil({ definition, state, nowMs, fresh }, event), definition };
  const { command } = event;
  const to = at.versions.get(command.to.versionId);
  if (to === undefined) throw new Error(`The workflow version ${command.to.versionId} was not read.`);
  const decision = migrate({ state, from: definition, to, nowMs }, command);
  const done = decision.entries.some(({ kind }) => kind === 'run.migrated');
  return { decision, definition: done ? to : definition };
}

/**
 * Lets a run go on with another version of its workflow. Checked here and now: what a preview found may not
 * hold any more. A refusal is in the journal with its reasons, and changes nothing else.
 */
export function migrate(
  at: { state: RunState | null; from: RunDefinition; to: RunDefinition; nowMs: number },
  command: MigrateCommand,
): Decision {
  const { state, from, to, nowMs } = at;
  const ignored = whyIgnored(state, from, command);
  if (state === null || ignored !== undefined)
    return { ignored: ignored ?? 'The run has not started', state, effects: [], entries: [] };
  const { by } = command;
  const blocks = migrationBlocks(state, from, to);
  if (blocks.length > 0) {
    const reasons = blocks.map(({ position, reason }) => `${position || 'The run'} ${reason}`);
    const refusal = { kind: 'run.migration-refused' as const, at: nowMs, by, to: to.identity, reasons };
    return { state, effects: [], entries: [refusal] };
  }
  const entry = { kind: 'run.migrated' as const, at: nowMs, by, from: from.identity, to: to.identity };
  return { state: migratedState(state, from, to), effects: [], entries: [entry] };
}

/** The state that goes on with the other version; it must not be blocked. */
export function migratedState(state: RunState, from: RunDefinition, to: RunDefinition): RunState {
  if (state.root === undefined) return state;
  return { ...state, root: movedTree(state.root, { from: from.workflow, to: to.workflow }) };
}

function whyIgnored(
  state: RunState | null,
  { identity }: RunDefinition,
  { from, to }: MigrateCommand,
): string | undefined {
  if (state === null) return 'The run has not started';
  if (RUN_ENDED.has(state.status)) return `The run is ${state.status}`;
  if (identity.versionId === to.versionId) return 'The run is on this version already';
  return identity.versionId === from.versionId ? undefined : 'The run is not on the version that was meant';
}

/** The definition by which the first event of a history was decided. */
export function firstDefinition(
  events: readonly { event: RunEvent }[],
  last: RunDefinition,
  versions: Versions,
): RunDefinition {
  for (const { event } of events) {
    if (event.kind !== 'command' || event.command.kind !== 'migrate') continue;
    const first = versions.get(event.command.from.versionId);
    if (first === undefined)
      throw new Error(`The workflow version ${event.command.from.versionId} was not read.`);
    return first;
  }
  return last;
}

/** The versions that a history went over, without the last one; they must be read before it is replayed. */
export function versionsOf(events: readonly { event: RunEvent }[]) {
  return events.flatMap(({ event }) =>
    event.kind === 'command' && event.command.kind === 'migrate'
      ? [event.command.from, event.command.to]
      : [],
  );
}
