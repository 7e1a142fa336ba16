import { PermanentError, type Capability } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { SalesforceRecord, getRecord, query, upsertRecord } from './records.js';
import { dataPath, salesforce, type Settings } from './settings.js';
import { bound, SoqlParameters } from './soql.js';

const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/);
const RECORDS_MAX = 10_000;

const QueryInput = z.object({
  soql: z.string().min(1).max(50_000).describe('With :names where values stand'),
  parameters: SoqlParameters,
  limit: z.int().min(1).max(RECORDS_MAX).default(2_000),
});
const QueryOutput = z.object({
  records: z.array(SalesforceRecord),
  total: z.int().describe('How many match'),
  done: z.boolean().describe('False: there are more than `limit`'),
});
const GetInput = z.object({
  type: Name,
  id: z.string().min(1),
  idField: Name.optional().describe('External id field that `id` is a value of'),
  fields: z.array(Name).max(200).default([]).describe('Empty: all'),
});
const GetOutput = z.object({ record: SalesforceRecord.nullable() });
const UpsertInput = z.object({
  type: Name,
  idField: Name.describe('External id field by which the record is found'),
  id: z.string().min(1),
  fields: SalesforceRecord,
});
const UpsertOutput = z.object({ id: z.string(), created: z.boolean() });
const CompositeInput = z.object({
  requests: z
    .array(
      z.object({
        reference: Name.describe('Later requests refer to the result as @{reference.id}'),
        method: z.enum(['GET', 'POST', 'PATCH', 'DELETE']),
        path: z
          .string()
          .regex(/^\/(sobjects|query)\b/)
          .describe('Behind /services/data/vNN.0, such as /sobjects/Account'),
        body: SalesforceRecord.optional(),
      }),
    )
    .min(1)
    .max(25),
});
const CompositeOutput = z.object({
  results: z.array(z.object({ reference: z.string(), status: z.int(), body: z.unknown() })),
});
const CompositeReply = z.object({
  compositeResponse: z.array(
    z.object({ referenceId: z.string(), httpStatusCode: z.int(), body: z.unknown() }),
  ),
});

type Operation<Input extends z.ZodType, Output extends z.ZodType> = Capability<
  Input,
  Output,
  Settings,
  undefined
>;

const queryRecords: Operation<typeof QueryInput, typeof QueryOutput> = {
  summary: 'Query records in SOQL; values are given as parameters.',
  effect: 'read',
  input: QueryInput,
  output: QueryOutput,
  run: ({ input: { soql, parameters, limit }, ...context }) =>
    query({ http: salesforce(context), settings: context.settings }, bound(soql, parameters), limit),
};
const get: Operation<typeof GetInput, typeof GetOutput> = {
  summary: 'Read a record of any type by id or by an external id.',
  effect: 'read',
  input: GetInput,
  output: GetOutput,
  async run({ input: { fields, ...of }, ...context }) {
    const org = { http: salesforce(context), settings: context.settings };
    return { record: await getRecord(org, { ...of, ...(fields.length > 0 && { fields }) }) };
  },
};
const upsert: Operation<typeof UpsertInput, typeof UpsertOutput> = {
  summary: 'Create or change a record of any type by an external id.',
  effect: 'idempotent-write',
  input: UpsertInput,
  output: UpsertOutput,
  run: ({ input: { fields, ...of }, ...context }) =>
    upsertRecord({ http: salesforce(context), settings: context.settings }, { ...of, body: fields }),
};
const composite: Operation<typeof CompositeInput, typeof CompositeOutput> = {
  summary: 'Perform up to 25 requests together: all of them, or none.',
  effect: 'write',
  input: CompositeInput,
  output: CompositeOutput,
  async run({ input: { requests }, ...context }) {
    const compositeRequest = requests.map(({ reference, method, path, body }) => ({
      method,
      url: `${dataPath(context.settings)}${path}`,
      referenceId: reference,
      ...(body && { body }),
    }));
    const body = { allOrNone: true, compositeRequest };
    const path = dataPath(context.settings, 'composite');
    const { compositeResponse } = await salesforce(context).post(path, { body, reply: CompositeReply });
    refuseFailed(compositeResponse);
    const results = compositeResponse.map(({ referenceId: reference, httpStatusCode: status, ...told }) => ({
      reference,
      status,
      body: told.body,
    }));
    return { results };
  },
};

/** Requests that were rolled back for another's fault say PROCESSING_HALTED: the one at fault is told. */
function refuseFailed(replies: z.output<typeof CompositeReply>['compositeResponse']): void {
  const failed = replies.filter(({ httpStatusCode }) => httpStatusCode >= 400);
  const atFault = failed.find(({ body }) => !JSON.stringify(body).includes('PROCESSING_HALTED')) ?? failed[0];
  if (atFault === undefined) return;
  const told = z.array(z.object({ message: z.string() })).safeParse(atFault.body);
  const why = told.success ? told.data[0]?.message : undefined;
  const message = `Salesforce did none of the requests, because of "${atFault.referenceId}": ${why ?? 'it was refused'}`;
  throw new PermanentError(message, { status: 422, reply: { failed } });
}

/** What Salesforce offers beside the canonical capabilities. */
export const orgCapabilities = {
  'salesforce.record.query': queryRecords,
  'salesforce.record.get': get,
  'salesforce.record.upsert': upsert,
  'salesforce.composite.perform': composite,
};
