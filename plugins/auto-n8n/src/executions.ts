import type { AutoJobRunOutput } from '@tutti/contracts';
import type { HttpPort } from '@tutti/plugin-sdk';
import { jobFailed, type RunningJob } from '@tutti/plugin-sdk/auto';
import { z } from 'zod';
import { apiHeaders, type Settings } from './settings.js';

const Id = z.union([z.string(), z.number()]).transform(String);

const NodeRun = z.looseObject({
  data: z
    .looseObject({ main: z.array(z.array(z.looseObject({ json: z.unknown() })).nullable()).default([]) })
    .nullish(),
});

/** An execution as the REST API tells it; `data` only where it was asked for. */
export const Execution = z.looseObject({
  id: Id,
  workflowId: Id.nullish(),
  status: z.string().nullish(),
  finished: z.boolean().nullish(),
  mode: z.string().nullish(),
  startedAt: z.string().nullish(),
  stoppedAt: z.string().nullish(),
  data: z
    .looseObject({
      resultData: z
        .looseObject({
          lastNodeExecuted: z.string().optional(),
          runData: z.record(z.string(), z.array(NodeRun)).default({}),
          error: z.looseObject({ message: z.string().optional() }).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type Execution = z.infer<typeof Execution>;

const GOES_ON = new Set(['new', 'running', 'waiting']);

/** How an execution is: n8n of before 1.0 tells `finished` alone. */
export function statusOf({ status, finished, stoppedAt }: Execution): string {
  if (status) return status;
  if (finished) return 'success';
  return stoppedAt ? 'error' : 'running';
}

/** One execution, with what its nodes gave. */
export function readExecution(http: HttpPort, settings: Settings, id: string): Promise<Execution> {
  return http.get(`/api/v1/executions/${encodeURIComponent(id)}`, {
    query: { includeData: true },
    headers: apiHeaders(settings),
    reply: Execution,
  });
}

/** What an execution came to: the items of the node that ran last. */
export function outcomeOf(execution: Execution): AutoJobRunOutput | RunningJob {
  const status = statusOf(execution);
  if (GOES_ON.has(status)) return { execution: execution.id, statusUrl: null };
  if (status !== 'success')
    throw jobFailed(execution.data?.resultData?.error?.message ?? status, {
      execution: execution.id,
      status,
    });
  return { result: itemsOf(execution), execution: execution.id };
}

/** The items that the last node of an execution gave. */
export function itemsOf({ data }: Execution): unknown[] {
  const { lastNodeExecuted = '', runData = {} } = data?.resultData ?? {};
  const outputs = runData[lastNodeExecuted]?.at(-1)?.data?.main ?? [];
  return outputs.flatMap((items) => (items ?? []).map(({ json }) => json));
}
