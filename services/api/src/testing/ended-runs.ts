import { type RunInboxMessage, type RunStatus, TOPICS } from '@tutti/contracts';
import type { ApiHarness } from './api-harness.js';

/** Ends a run as its owner would: in the database first, then to everybody. */
export async function endRunWith(
  api: ApiHarness,
  runId: string,
  end: { output?: unknown; error?: unknown; status?: RunStatus },
): Promise<void> {
  const status = end.status ?? (end.error === undefined ? 'completed' : 'faulted');
  const text = (value: unknown) => (value === undefined ? null : JSON.stringify(value));
  await api.query(
    `UPDATE runs SET status = $2, output = $3, error = $4, ended_at = clock_timestamp() WHERE id = $1`,
    [runId, status, text(end.output), text(end.error)],
  );
  await tellChange(api, runId, status);
}

/** Says that a run changed, without what it changed to. */
export async function tellChange(api: ApiHarness, runId: string, status: RunStatus): Promise<void> {
  const workflow = { namespace: 'test', name: 'test', version: '1.0.0', versionId: runId };
  await api.bus.publish(TOPICS.lifecycle, [
    {
      kind: 'run.changed',
      runId,
      workspaceId: 'default',
      workflow,
      status,
      revision: 1,
      entries: [],
      elsewhere: true,
    },
  ]);
}

/** Calls `owner` with each message to the orchestrators. */
export function ownRuns(api: ApiHarness, owner: (message: RunInboxMessage) => Promise<void>): void {
  api.bus.subscribe(TOPICS.runInbox, async (messages) => {
    for (const message of messages) await owner(message);
  });
}
