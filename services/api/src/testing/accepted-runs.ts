import { type RunAccepted, TOPICS } from '@tutti/contracts';
import type { ApiHarness } from './api-harness.js';

/** The runs as they are sent to the orchestrators of the process that they come in by. */
export function acceptedBy(api: ApiHarness): RunAccepted[] {
  const accepted: RunAccepted[] = [];
  api.bus.subscribe(TOPICS.runInbox, (messages) => {
    for (const message of messages) if (message.kind === 'run.accepted') accepted.push(message);
  });
  return accepted;
}
