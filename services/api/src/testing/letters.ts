import { uuidv7 } from '@tutti/contracts';
import type { ApiHarness } from './api-harness.js';

let offset = 0;

export interface NewLetter {
  topic?: string;
  payload?: unknown;
  reason?: string;
  detail?: string;
  key?: string | null;
  headers?: Record<string, string>;
  triggerId?: string;
  workspaceId?: string;
}

/** A dead letter as the bus would have kept it; text stays the bytes it is, anything else becomes JSON. */
export async function keepLetter(api: ApiHarness, letter: NewLetter = {}): Promise<string> {
  const id = uuidv7();
  const { payload = dueMessage(), topic = 'tutti.run-inbox.v1', key = null } = letter;
  const bytes = Buffer.isBuffer(payload)
    ? payload
    : Buffer.from(typeof payload === 'string' ? payload : JSON.stringify(payload));
  await api.query(
    `INSERT INTO dead_letters (id, workspace_id, trigger_id, topic, partition, record_offset, key, headers, payload, reason, detail)
     VALUES ($1, $2, $3, $4, 0, $5, $6, $7, $8, $9, $10)`,
    [
      id,
      letter.workspaceId ?? 'default',
      letter.triggerId ?? null,
      topic,
      ++offset,
      key,
      JSON.stringify(letter.headers ?? {}),
      bytes,
      letter.reason ?? 'refused',
      letter.detail ?? 'The handler refused it.',
    ],
  );
  return id;
}

/** The smallest message of the run inbox. */
export function dueMessage(runId = uuidv7()): { kind: string; runId: string } {
  return { kind: 'run.due', runId };
}
