import { RUN_ENDED } from '@tutti/contracts';
import { listenedTypes, type RunState } from '@tutti/engine';
import type { Subscription } from '@tutti/store';
import type { LiveRun } from './live-run.js';

/** What a run listens for from now on; nothing when that did not change. */
export function subscriptionsOf(run: LiveRun, state: RunState): Subscription[] {
  const before = run.state === null ? [] : listenedTypes(run.state);
  const types = RUN_ENDED.has(state.status) ? [] : listenedTypes(state);
  if (before.length === types.length && before.every((type, i) => type === types[i])) return [];
  return [{ runId: run.id, workspaceId: run.workspaceId, types }];
}
