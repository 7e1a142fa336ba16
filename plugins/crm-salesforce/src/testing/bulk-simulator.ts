import { VendorRefusal, type VendorReply, type VendorRequest } from '@tutti/plugin-sdk/testing/vendor';

type Row = Record<string, string>;
interface Job {
  [name: string]: unknown;
  id: string;
  state: string;
  rows: Row[];
  failed: Row[];
}

/** What jobs work on: the records of the org. */
export interface BulkOrg {
  query(soql: string): Record<string, unknown>[];
  /** Throws a `VendorRefusal` for what it refuses. */
  upsert(type: string, field: string, row: Row): void;
}

/** Salesforce's Bulk API 2.0, in memory: a job is under way when it is first asked after, and done then. */
export class BulkSimulator {
  readonly #jobs = new Map<string, Job>();
  readonly #org: BulkOrg;

  constructor(org: BulkOrg) {
    this.#org = org;
  }

  answer({ method, url, body }: VendorRequest, [kind = '', id, part]: string[]): VendorReply {
    if (id === undefined) return { body: this.#made(kind, body as Record<string, unknown>) };
    const job = this.#jobs.get(id);
    if (job === undefined)
      throw new VendorRefusal({ status: 404, body: [{ message: 'No such job', errorCode: 'NOT_FOUND' }] });
    if (method === 'PUT') {
      job.rows = rowsOf(String(body));
      return { status: 201 };
    }
    if (method === 'PATCH') return { body: this.#closed(job, body as { state: string }) };
    if (part === undefined) return { body: this.#asked(job) };
    return part === 'results' ? resultPage(job, url.searchParams) : ingestResult(job, part);
  }

  #made(kind: string, given: Record<string, unknown>): object {
    const id = `750${String(this.#jobs.size + 1).padStart(15, '0')}`;
    const isQuery = kind === 'query';
    const rows = isQuery ? this.#org.query(given['query'] as string).map(texts) : [];
    const job = { ...given, id, state: isQuery ? 'UploadComplete' : 'Open', rows, failed: [] };
    this.#jobs.set(id, job);
    return told(job);
  }

  #closed(job: Job, { state }: { state: string }): object {
    job.state = state;
    for (const row of job.rows) {
      try {
        this.#org.upsert(job['object'] as string, job['externalIdFieldName'] as string, row);
      } catch (error) {
        if (!(error instanceof VendorRefusal)) throw error;
        const [why] = error.reply.body as { errorCode: string; message: string }[];
        job.failed.push({ sf__Id: '', sf__Error: `${why?.errorCode}:${why?.message}`, ...row });
      }
    }
    return told(job);
  }

  #asked(job: Job): object {
    const answer = told(job);
    if (job.state === 'UploadComplete') job.state = 'InProgress';
    else if (job.state === 'InProgress') job.state = 'JobComplete';
    return answer;
  }
}

function told({ rows, failed, ...job }: Job): object {
  return { ...job, numberRecordsProcessed: rows.length, numberRecordsFailed: failed.length };
}

function resultPage({ rows }: Job, query: URLSearchParams): VendorReply {
  const from = Number(query.get('locator') ?? 0);
  const until = from + Number(query.get('maxRecords') ?? rows.length);
  const some = rows.slice(from, until);
  const headers = {
    'content-type': 'text/csv',
    'sforce-locator': until < rows.length ? `${until}` : 'null',
    'sforce-numberofrecords': `${some.length}`,
  };
  return { headers, body: csv(some) };
}

function ingestResult({ rows, failed }: Job, part: string): VendorReply {
  const made = rows.map((row) => ({ sf__Id: '001', sf__Created: 'true', ...row }));
  const isFailed = (row: Row) =>
    failed.some((one) => Object.keys(row).every((name) => one[name] === row[name]));
  const good = made.filter((_row, index) => !isFailed(rows[index] as Row));
  const parts: Record<string, Row[]> = { successfulResults: good, failedResults: failed };
  return { headers: { 'content-type': 'text/csv' }, body: csv(parts[part] ?? []) };
}

function texts(record: Record<string, unknown>): Row {
  const entries = Object.entries(record).filter(([name]) => name !== 'attributes');
  return Object.fromEntries(entries.map(([name, value]) => [name, String(value ?? '')]));
}

function csv(rows: readonly Row[]): string {
  const names = Object.keys(rows[0] ?? { sf__Id: '' });
  const quoted = (value: string) => `"${value.replaceAll('"', '""')}"`;
  const lines = [names, ...rows.map((row) => names.map((name) => row[name] ?? ''))];
  return lines.map((line) => `${line.map(quoted).join(',')}\n`).join('');
}

/** CSV with quotes; an empty cell is left out. */
function rowsOf(text: string): Row[] {
  const lines: string[][] = [[]];
  for (const [, quoted, bare, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n"]*))(,|\r?\n|$)/g)) {
    if (end === '' && quoted === undefined && bare === '') break;
    lines.at(-1)?.push(quoted?.replaceAll('""', '"') ?? bare ?? '');
    if (end !== ',') lines.push([]);
  }
  const [names = [], ...rows] = lines.filter((line) => line.length > 0);
  return rows.map((row) =>
    Object.fromEntries(
      names.map((name, index) => [name, row[index] ?? '']).filter(([, value]) => value !== ''),
    ),
  );
}
