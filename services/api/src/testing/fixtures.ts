import { randomUUID } from 'node:crypto';
import { newSpanId, newTraceId, uuidv7 } from '@tutti/contracts';
import type { ApiHarness } from './api-harness.js';

/** A workflow whose input needs a number `amount`. */
export function workflowText(
  name: string,
  more: { version?: string; value?: number; metadata?: string } = {},
): string {
  return `
document:
  dsl: '1.0.3'
  namespace: test
  name: ${name}
  version: '${more.version ?? '1.0.0'}'
  title: Title of ${name}
${more.metadata ? `  metadata: ${more.metadata}` : ''}
input:
  schema:
    format: json
    document:
      type: object
      required: [amount]
      properties: { amount: { type: number, minimum: 0 }, note: { type: string } }
      additionalProperties: false
do:
  - first:
      set: { value: ${more.value ?? 1} }
`;
}

/** Applies a workflow under a new name and returns the name. */
export async function applyWorkflow(
  api: ApiHarness,
  more: { metadata?: string; token?: string } = {},
): Promise<string> {
  const name = `w-${uuidv7().slice(24)}`;
  const options = {
    raw: workflowText(name, more),
    headers: { 'content-type': 'application/yaml' },
    ...(more.token ? { token: more.token } : {}),
  };
  const applied = await api.call('PUT', '/v1/workflows', options);
  if (applied.status !== 200) throw new Error(JSON.stringify(applied.body));
  return name;
}

export interface OpenReview {
  id: string;
  runId: string;
  token: string;
}

/** A run (a new one, if none is given) with an open review, as the orchestrator would have written it. */
export async function openReview(
  api: ApiHarness,
  more: { form?: unknown; data?: unknown; name?: string; runId?: string } = {},
): Promise<OpenReview> {
  const name = more.name ?? (await applyWorkflow(api));
  const [workflow] = await api.query<{ id: string; version: string }>(
    'SELECT id, current_version_id AS version FROM workflows WHERE name = $1',
    [name],
  );
  // The engine derives ids of reviews from the run and the task: they do not sort by time.
  const review = { id: randomUUID(), runId: more.runId ?? uuidv7(), token: `token-${uuidv7()}` };
  await api.query(
    `INSERT INTO runs (id, workspace_id, workflow_id, workflow_version_id, status, trigger, trace_id, root_span_id, started_at, input)
    VALUES ($1, 'default', $2, $3, 'waiting', 'api', $4, $5, clock_timestamp(), '{}')
    ON CONFLICT (id) DO UPDATE SET status = 'waiting'`,
    [review.runId, workflow?.id, workflow?.version, newTraceId(), newSpanId()],
  );
  await api.query(
    `INSERT INTO reviews (id, workspace_id, run_id, workflow_id, task, position, title, because, status, token, form, data, opened_at)
    VALUES ($1, 'default', $2, $3, '/do/0/check', '/do/0/check', 'Check the invoice', 'confidence is low', 'open',
            $4, $5, $6, clock_timestamp())`,
    [
      review.id,
      review.runId,
      workflow?.id,
      review.token,
      JSON.stringify(more.form ?? FORM),
      JSON.stringify(more.data ?? DATA),
    ],
  );
  return review;
}

export const FORM = {
  type: 'object',
  required: ['number', 'total'],
  properties: {
    number: { type: 'string' },
    total: { type: 'string', pattern: '^\\d+\\.\\d\\d$' },
    lines: { type: 'array' },
  },
};
export const DATA = { number: 'A-1', total: '12.00', lines: [{ text: 'bolts' }, { text: 'nuts' }] };

/** A CloudEvent of a shop, new each time. */
export function shopEvent(type: string, more: Record<string, unknown> = {}): Record<string, unknown> {
  return { specversion: '1.0', id: randomUUID(), source: '/shop', type, data: { n: 1 }, ...more };
}
