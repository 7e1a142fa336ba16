import type { JournalEntry } from '@tutti/contracts';
import type { ServerContext } from '@modelcontextprotocol/server';

/** What becomes of the journal's entries when the client wants to know how far its call is. */
export function progressOf(context: ServerContext): ((entries: JournalEntry[]) => Promise<void>) | undefined {
  const { _meta: meta, notify } = context.mcpReq;
  const progressToken = meta?.progressToken;
  if (progressToken === undefined) return undefined;
  let progress = 0;
  return async (entries) => {
    for (const entry of entries) {
      progress += 1;
      const message = messageOf(entry);
      if (message === null) continue;
      await notify({ method: 'notifications/progress', params: { progressToken, progress, message } });
    }
  };
}

/** What is worth to be told of an entry. */
function messageOf(entry: JournalEntry): string | null {
  if (entry.kind === 'task.started') return `${entry.task} began`;
  if (entry.kind === 'task.completed') return `${entry.task} is done`;
  if (entry.kind === 'task.faulted') return `${entry.task} failed: ${entry.error.title}`;
  if (entry.kind === 'task.retried') return `${entry.task} is tried again`;
  if (entry.kind === 'review.opened') return `${entry.task} waits for a person: ${entry.because}`;
  return null;
}
