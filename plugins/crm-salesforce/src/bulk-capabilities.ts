import { fileBody, fileRef, PermanentError, type Capability, type HttpAnswer } from '@tutti/plugin-sdk';
import { ArtifactRef } from '@tutti/contracts';
import { z } from 'zod';
import { csvOf } from './csv.js';
import { dataPath, salesforce, type Settings } from './settings.js';
import { bound, SoqlParameters } from './soql.js';

const Name = z.string().regex(/^[A-Za-z][A-Za-z0-9_]{0,99}$/);
const JobId = z.string().regex(/^[A-Za-z0-9]{15,18}$/);
/** Salesforce takes more in one job; an artifact holds no more. */
const RECORDS_MAX = 10_000;
const CSV = { 'content-type': 'text/csv; charset=UTF-8' };

const Job = z.object({
  id: z.string(),
  state: z.string(),
  numberRecordsProcessed: z.int().optional(),
  numberRecordsFailed: z.int().optional(),
  errorMessage: z.string().optional(),
});
const Started = z.object({ id: z.string().describe('Of the job') });
const QueryInput = z.object({
  soql: z.string().min(1).max(50_000).describe('With :names where values stand'),
  parameters: SoqlParameters,
});
const IngestInput = z
  .object({
    type: Name,
    operation: z.enum(['upsert', 'update', 'delete']),
    idField: Name.optional().describe('For upsert: the external id field by which records are found'),
    records: z
      .array(z.record(Name, z.union([z.string(), z.number(), z.boolean(), z.null()])))
      .min(1)
      .max(RECORDS_MAX)
      .optional(),
    file: fileRef({ mediaTypes: ['text/csv'] })
      .optional()
      .describe('CSV with a line of names first, in the place of records'),
  })
  .refine(({ records, file }) => (records === undefined) !== (file === undefined), {
    error: 'Give either records or a file.',
  })
  .refine(({ operation, idField }) => (operation === 'upsert') === (idField !== undefined), {
    error: 'Upsert, and nothing else, needs an idField.',
  });
const JobInput = z.object({ kind: z.enum(['query', 'ingest']), id: JobId });
const JobOutput = z.object({
  state: z.string().describe('As Salesforce says it, such as InProgress'),
  done: z.boolean().describe('Nothing more happens'),
  processed: z.int().nullable(),
  failed: z.int().nullable(),
});
const QueryResultInput = z.object({
  id: JobId,
  after: z.string().optional().describe('`after` of the part before'),
  recordsMax: z.int().min(1).max(250_000).default(50_000).describe('In one part'),
});
const QueryResultOutput = z.object({
  file: ArtifactRef,
  records: z.int(),
  after: z.string().nullable().describe('Where the next part starts; null: this is the last one'),
});
const IngestResultInput = z.object({ id: JobId, which: z.enum(['successful', 'failed', 'unprocessed']) });
const IngestResultOutput = z.object({ file: ArtifactRef });

type Operation<Input extends z.ZodType, Output extends z.ZodType> = Capability<
  Input,
  Output,
  Settings,
  undefined
>;

const startQuery: Operation<typeof QueryInput, typeof Started> = {
  summary: 'Begin a bulk query: a job that gathers records as CSV.',
  // A second job for the same query reads the same, and changes no record.
  effect: 'read',
  input: QueryInput,
  output: Started,
  async run({ input: { soql, parameters }, ...context }) {
    const body = { operation: 'query', query: bound(soql, parameters) };
    const path = dataPath(context.settings, 'jobs', 'query');
    const { id } = await salesforce(context).post(path, { body, reply: Job });
    return { id };
  },
};

const startIngest: Operation<typeof IngestInput, typeof Started> = {
  summary: 'Change, upsert or delete many records: a job that reads CSV.',
  // Whatever job comes to a record again does the same to it; that is why none can insert.
  effect: 'idempotent-write',
  input: IngestInput,
  output: Started,
  async run({ input: { type, operation, idField, records, file }, ...context }) {
    const http = salesforce(context);
    const body = {
      object: type,
      operation,
      contentType: 'CSV',
      lineEnding: 'LF',
      ...(idField !== undefined && { externalIdFieldName: idField }),
    };
    const { id } = await http.post(dataPath(context.settings, 'jobs', 'ingest'), { body, reply: Job });
    const path = dataPath(context.settings, 'jobs', 'ingest', id);
    const bytes = file === undefined ? csvOf(records ?? []) : fileBody(file);
    await http.put(`${path}/batches`, { body: bytes, headers: CSV });
    await http.patch(path, { body: { state: 'UploadComplete' }, reply: Job });
    return { id };
  },
};

const ENDED = ['JobComplete', 'Failed', 'Aborted'];

const getJob: Operation<typeof JobInput, typeof JobOutput> = {
  summary: 'See how far a bulk job is; one that failed is an error.',
  effect: 'read',
  input: JobInput,
  output: JobOutput,
  async run({ input: { kind, id }, ...context }) {
    const path = dataPath(context.settings, 'jobs', kind, id);
    const { state, numberRecordsProcessed, numberRecordsFailed, errorMessage } = await salesforce(
      context,
    ).get(path, { reply: Job });
    if (state === 'Failed' || state === 'Aborted') {
      const why = errorMessage ?? state;
      throw new PermanentError(`Salesforce ended the job ${id}: ${why}`, { status: 422, reply: { state } });
    }
    const counts = { processed: numberRecordsProcessed ?? null, failed: numberRecordsFailed ?? null };
    return { state, done: ENDED.includes(state), ...counts };
  },
};

const queryResults: Operation<typeof QueryResultInput, typeof QueryResultOutput> = {
  summary: 'Fetch a part of what a bulk query found, as a CSV file.',
  effect: 'read',
  input: QueryResultInput,
  output: QueryResultOutput,
  async run({ input: { id, after, recordsMax }, ...context }) {
    let headers: HttpAnswer['headers'] = {};
    const file = await salesforce(context).get(dataPath(context.settings, 'jobs', 'query', id, 'results'), {
      query: { locator: after, maxRecords: recordsMax },
      headers: { accept: 'text/csv' },
      into: 'file',
      reply: ArtifactRef,
      answered: (answer) => {
        headers = answer.headers;
      },
    });
    const locator = headers['sforce-locator'] ?? 'null';
    const records = Number(headers['sforce-numberofrecords'] ?? 0);
    return { file, records, after: locator === 'null' ? null : locator };
  },
};

const RESULTS = {
  successful: 'successfulResults',
  failed: 'failedResults',
  unprocessed: 'unprocessedrecords',
} as const;

const ingestResults: Operation<typeof IngestResultInput, typeof IngestResultOutput> = {
  summary: 'Fetch which records of a bulk job were changed, failed or were not come to, as a CSV file.',
  effect: 'read',
  input: IngestResultInput,
  output: IngestResultOutput,
  async run({ input: { id, which }, ...context }) {
    const path = dataPath(context.settings, 'jobs', 'ingest', id, RESULTS[which]);
    const headers = { accept: 'text/csv' };
    return { file: await salesforce(context).get(path, { headers, into: 'file', reply: ArtifactRef }) };
  },
};

/** Bulk API 2.0: jobs that a workflow begins, waits for, and fetches the results of. */
export const bulkCapabilities = {
  'salesforce.bulk-query.start': startQuery,
  'salesforce.bulk-query.results': queryResults,
  'salesforce.bulk-ingest.start': startIngest,
  'salesforce.bulk-ingest.results': ingestResults,
  'salesforce.bulk-job.get': getJob,
};
