import type { Capability } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { DynamicsRecord, getRecord, literal, ODataValue, pathOf, query, upsertAt } from './records.js';
import { dynamics, type Settings } from './settings.js';

const Name = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]{0,127}$/);
const RecordKey = z
  .union([z.guid(), z.record(Name, ODataValue).refine((key) => Object.keys(key).length > 0)])
  .describe('The id, or the values of an alternate key');
const RECORDS_MAX = 10_000;

const QueryInput = z.object({
  set: Name.describe('Entity set, such as accounts'),
  filter: z.string().max(10_000).optional().describe('$filter, with @names where values stand'),
  parameters: z
    .record(Name, ODataValue)
    .default({})
    .describe('The values, by name without @; they are quoted'),
  select: z.array(Name).max(200).default([]),
  orderBy: z
    .array(z.object({ field: Name, descending: z.boolean().default(false) }))
    .max(10)
    .default([]),
  limit: z.int().min(1).max(RECORDS_MAX).default(1_000),
});
const QueryOutput = z.object({
  records: z.array(DynamicsRecord),
  done: z.boolean().describe('False: there are more than `limit`'),
});
const GetInput = z.object({ set: Name, key: RecordKey, select: z.array(Name).max(200).default([]) });
const GetOutput = z.object({ record: DynamicsRecord.nullable() });
const UpsertInput = z.object({ set: Name, key: RecordKey, fields: DynamicsRecord });
const UpsertOutput = z.object({ record: DynamicsRecord, created: z.boolean() });

type Operation<Input extends z.ZodType, Output extends z.ZodType> = Capability<
  Input,
  Output,
  Settings,
  undefined
>;

/** Absent rather than empty, because an empty option is refused. */
const orAbsent = (items: readonly string[]) => (items.length === 0 ? undefined : items.join(','));

const queryRecords: Operation<typeof QueryInput, typeof QueryOutput> = {
  summary: 'Query records of an entity set; values are given as parameters.',
  effect: 'read',
  input: QueryInput,
  output: QueryOutput,
  run({ input: { set, filter, parameters, select, orderBy, limit }, ...context }) {
    const aliases = Object.entries(parameters).map(([name, value]) => [`@${name}`, literal(value)]);
    const options = {
      $filter: filter,
      $select: orAbsent(select),
      $orderby: orAbsent(orderBy.map(({ field, descending }) => (descending ? `${field} desc` : field))),
      ...(Object.fromEntries(aliases) as Record<string, string>),
    };
    return query(dynamics(context), set, { query: options, max: limit });
  },
};
const get: Operation<typeof GetInput, typeof GetOutput> = {
  summary: 'Read a record by id or by an alternate key.',
  effect: 'read',
  input: GetInput,
  output: GetOutput,
  run: async ({ input: { set, key, select }, ...context }) => ({
    record: await getRecord(dynamics(context), pathOf(set, key), orAbsent(select)),
  }),
};
const upsert: Operation<typeof UpsertInput, typeof UpsertOutput> = {
  summary: 'Create or change a record by id or by an alternate key.',
  effect: 'idempotent-write',
  input: UpsertInput,
  output: UpsertOutput,
  run: ({ input: { set, key, fields }, ...context }) => upsertAt(dynamics(context), pathOf(set, key), fields),
};

/** What Dynamics offers beside the canonical capabilities: records of any entity set. */
export const recordCapabilities = {
  'dynamics.record.query': queryRecords,
  'dynamics.record.get': get,
  'dynamics.record.upsert': upsert,
};
