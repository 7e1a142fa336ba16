import { z } from 'zod';

const HOURS_MAX = 720;

export const Settings = z.object({
  baseUrl: z.url().describe('address of n8n, such as https://n8n.example.com'),
  apiKey: z
    .string()
    .min(1)
    .optional()
    .meta({ secret: true })
    .describe('key of the REST API: to list and read executions'),
  address: z
    .enum(['production', 'test'])
    .default('production')
    .describe('test: the address of a workflow that waits in the editor'),
  webhookHeader: z
    .string()
    .regex(/^[\w-]+$/)
    .default('authorization')
    .describe('header of the "Header Auth" of the webhooks'),
  webhookSecret: z.string().min(1).optional().meta({ secret: true }).describe('sent in that header'),
  answers: z
    .enum(['reply', 'callback', 'execution'])
    .default('reply')
    .describe(
      'reply: what the webhook answers; callback: the workflow calls an address of the hub; execution: it ' +
        'answers with its executionId, and the hub asks the REST API for the end',
    ),
  waitHours: z.number().positive().max(HOURS_MAX).default(24).describe('how long an answer may take'),
});
export type Settings = z.infer<typeof Settings>;

/** For the REST API alone: what a webhook gets, n8n keeps in the execution. */
export function apiHeaders({ apiKey }: Settings): Record<string, string> {
  return apiKey === undefined ? {} : { 'x-n8n-api-key': apiKey };
}

/** For webhooks alone. */
export function webhookHeaders({ webhookHeader, webhookSecret }: Settings): Record<string, string> {
  return webhookSecret === undefined ? {} : { [webhookHeader]: webhookSecret };
}
