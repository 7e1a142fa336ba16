import { AutoJobRunInput, AutoJobRunOutput } from '@tutti/contracts';
import { byCursor, definePlugin, pages } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { Execution, itemsOf, readExecution, statusOf } from './executions.js';
import { goOn, start } from './job.js';
import { apiHeaders, Settings } from './settings.js';

const ExecutionFacts = z.object({
  id: z.string(),
  workflow: z.string().nullable(),
  status: z.string().describe('new, running, waiting, success, error, canceled, crashed'),
  startedAt: z.string().nullable(),
  stoppedAt: z.string().nullable(),
});
const ExecutionPage = z.looseObject({ data: z.array(Execution), nextCursor: z.string().nullish() });
type Page = z.infer<typeof ExecutionPage>;
const PAGE_SIZE = 100;

function factsOf(execution: Execution): z.infer<typeof ExecutionFacts> {
  const { id, workflowId, startedAt, stoppedAt } = execution;
  const times = { startedAt: startedAt ?? null, stoppedAt: stoppedAt ?? null };
  return { id, workflow: workflowId ?? null, status: statusOf(execution), ...times };
}

/** Workflows of n8n: started by their webhooks, looked at over the REST API. */
export default definePlugin({
  contract: 1,
  name: 'auto-n8n',
  kind: 'auto',
  summary: 'Workflows of n8n, started by their webhooks.',
  settings: Settings,
  hostsFrom: ['baseUrl'],
  http: ({ baseUrl }) => ({ baseUrl }),
  async health({ http, settings }) {
    await http.get('/healthz', { reply: z.looseObject({ status: z.literal('ok') }) });
    if (settings.apiKey === undefined)
      return 'n8n is there; without an apiKey its executions are not asked for.';
    const query = { limit: 1 };
    await http.get('/api/v1/executions', { query, headers: apiHeaders(settings), reply: ExecutionPage });
    return 'n8n is there, and takes the key.';
  },
  capabilities: {
    'auto.job.run': {
      summary: 'Start a workflow by the path of its webhook, and wait for its result.',
      effect: 'write',
      input: AutoJobRunInput,
      output: AutoJobRunOutput,
      run: start,
      resume: goOn,
    },
    'auto.execution.list': {
      summary: 'List executions, the newest first.',
      effect: 'read',
      input: z.object({
        workflow: z.string().min(1).optional().describe('id'),
        status: z.enum(['error', 'success', 'waiting', 'running', 'canceled']).optional(),
        limit: z.int().min(1).max(1_000).default(PAGE_SIZE),
      }),
      output: z.object({ executions: z.array(ExecutionFacts) }),
      async run({ input: { workflow, status, limit }, http, settings }) {
        const list = pages<typeof ExecutionPage, Execution>(http, '/api/v1/executions', {
          query: { workflowId: workflow, status, limit: Math.min(limit, PAGE_SIZE) },
          headers: apiHeaders(settings),
          reply: ExecutionPage,
          items: ({ data }: Page) => data,
          paging: byCursor('cursor', ({ nextCursor }: Page) => nextCursor ?? null),
        });
        const executions: z.infer<typeof ExecutionFacts>[] = [];
        for await (const page of list) {
          executions.push(...page.map(factsOf));
          if (executions.length >= limit) break;
        }
        return { executions: executions.slice(0, limit) };
      },
    },
    'auto.execution.read': {
      summary: 'Read an execution, with what its last node gave.',
      effect: 'read',
      input: z.object({ id: z.string().min(1) }),
      output: ExecutionFacts.extend({
        items: z.array(z.unknown()),
        error: z.string().nullable(),
      }),
      async run({ input: { id }, http, settings }) {
        const execution = await readExecution(http, settings, id);
        const error = execution.data?.resultData?.error?.message ?? null;
        return { ...factsOf(execution), items: itemsOf(execution), error };
      },
    },
  },
});
