import { explaining, type Capability } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { BATCH_MAX, HubSpotObject, getObject, searchObjects, upsertObjects } from './objects.js';
import { explained } from './refusals.js';
import type { Settings } from './settings.js';

/** Name of a type of record, such as `contacts`, `companies`, `deals` or `2-1234567`. */
const ObjectType = z.string().regex(/^[A-Za-z0-9_-]{1,100}$/);
const Name = z.string().regex(/^[A-Za-z0-9_]{1,200}$/);
const Properties = z.array(Name).max(200).default([]);
const OPERATORS = [
  'EQ',
  'NEQ',
  'LT',
  'LTE',
  'GT',
  'GTE',
  'BETWEEN',
  'IN',
  'NOT_IN',
  'HAS_PROPERTY',
  'NOT_HAS_PROPERTY',
  'CONTAINS_TOKEN',
  'NOT_CONTAINS_TOKEN',
] as const;

const SearchInput = z.object({
  type: ObjectType,
  /** All of one group, of any group. */
  filterGroups: z
    .array(
      z.array(
        z.object({
          propertyName: Name,
          operator: z.enum(OPERATORS),
          value: z.string().optional(),
          highValue: z.string().optional(),
          values: z.array(z.string()).optional(),
        }),
      ),
    )
    .max(5)
    .default([]),
  query: z.string().max(3_000).optional().describe('Text that the properties for searching hold'),
  sort: z.object({ property: Name, descending: z.boolean().default(false) }).optional(),
  properties: Properties,
  limit: z.int().min(1).max(200).default(100),
  after: z.string().optional().describe('`after` of the page before'),
});
const SearchOutput = z.object({
  total: z.int(),
  results: z.array(HubSpotObject),
  after: z.string().nullable().describe('Where the next page starts; null: this is the last one'),
});
const GetInput = z.object({
  type: ObjectType,
  id: z.string().min(1),
  idProperty: Name.optional().describe('Unique property that `id` is a value of'),
  properties: Properties,
});
const GetOutput = z.object({ object: HubSpotObject.nullable() });
const UpsertInput = z.object({
  type: ObjectType,
  idProperty: Name.describe('Unique property by which records are found, such as `email`'),
  records: z
    .array(z.object({ id: z.string().min(1), properties: z.record(Name, z.string()) }))
    .min(1)
    .max(BATCH_MAX),
});
const UpsertOutput = z.object({
  results: z.array(z.object({ object: HubSpotObject, created: z.boolean() })),
});
const LinkInput = z.object({
  from: z.object({ type: ObjectType, id: z.string().min(1) }),
  to: z.object({ type: ObjectType, id: z.string().min(1) }),
});
const LinkOutput = z.object({ linked: z.literal(true) });

type Operation<Input extends z.ZodType, Output extends z.ZodType> = Capability<
  Input,
  Output,
  Settings,
  undefined
>;

const search: Operation<typeof SearchInput, typeof SearchOutput> = {
  summary: 'Search records of any type; changes of the last seconds may be missing.',
  effect: 'read',
  input: SearchInput,
  output: SearchOutput,
  run({ input, http }) {
    const { type, filterGroups, sort, ...rest } = input;
    const body = {
      ...rest,
      filterGroups: filterGroups.map((filters) => ({ filters })),
      ...(sort && {
        sorts: [{ propertyName: sort.property, direction: sort.descending ? 'DESCENDING' : 'ASCENDING' }],
      }),
    };
    return searchObjects(explaining(http, explained), type, body);
  },
};
const get: Operation<typeof GetInput, typeof GetOutput> = {
  summary: 'Read a record of any type by id or by a unique property.',
  effect: 'read',
  input: GetInput,
  output: GetOutput,
  run: async ({ input, http }) => ({ object: await getObject(explaining(http, explained), input) }),
};
const upsert: Operation<typeof UpsertInput, typeof UpsertOutput> = {
  summary: 'Create or change up to 100 records of any type by a unique property.',
  effect: 'idempotent-write',
  input: UpsertInput,
  output: UpsertOutput,
  async run({ input: { type, idProperty, records }, http }) {
    const inputs = records.map((record) => ({ ...record, idProperty }));
    return { results: await upsertObjects(explaining(http, explained), type, inputs) };
  },
};
const link: Operation<typeof LinkInput, typeof LinkOutput> = {
  summary: 'Connect two records by the default association of their types.',
  effect: 'idempotent-write',
  input: LinkInput,
  output: LinkOutput,
  async run({ input: { from, to }, http }) {
    const [fromId, toId] = [encodeURIComponent(from.id), encodeURIComponent(to.id)];
    const path = `/crm/v4/objects/${from.type}/${fromId}/associations/default/${to.type}/${toId}`;
    await explaining(http, explained).put(path);
    return { linked: true as const };
  },
};

/** What HubSpot offers beside the canonical capabilities: records of any type. */
export const objectCapabilities = {
  'hubspot.object.search': search,
  'hubspot.object.get': get,
  'hubspot.object.upsert': upsert,
  'hubspot.object.link': link,
};
