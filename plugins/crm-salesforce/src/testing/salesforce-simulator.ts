import {
  VendorRefusal,
  VendorServer,
  type VendorReply,
  type VendorRequest,
} from '@tutti/plugin-sdk/testing/vendor';
import { BulkSimulator } from './bulk-simulator.js';
import { parseSoql, type Query, type Stored } from './soql-simulator.js';

export const CLIENT = { clientId: 'consumer-key', clientSecret: 'canary-consumer-secret' };
/** A query's pages are as small as this, so that a list of three has two. */
const PAGE = 2;
const BASE = '/services/data/v62.0';
/** First three characters of the ids of each type. */
const PREFIX: Record<string, string> = { Contact: '003', Account: '001', Task: '00T', Note: '002' };
const REQUIRED: Record<string, string> = { Contact: 'LastName', Account: 'Name', Note: 'Title' };
const EXTERNAL_IDS: Record<string, string> = { Contact: 'Email_Key__c', Account: 'Number__c' };

function refuse(status: number, errorCode: string, message: string): never {
  throw new VendorRefusal({ status, body: [{ message, errorCode, fields: [] }] });
}

/** The part of Salesforce's REST API that the connector and its tests use, in memory. */
export class SalesforceSimulator {
  readonly #tables = new Map<string, Map<string, Stored>>();
  readonly #pages = new Map<string, { records: object[]; total: number }>();
  readonly #tokens = new Set<string>();
  readonly #bulk = new BulkSimulator({
    query: (soql) => this.#matching(soql) as Record<string, unknown>[],
    upsert: (type, field, row) => {
      this.#byExternalId('PATCH', { type, field, value: row[field] ?? '' }, row);
    },
  });
  #numbers = 0;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  /** Ends all sessions, as an administrator can. */
  endSessions(): void {
    this.#tokens.clear();
  }

  answer = (request: VendorRequest): VendorReply => {
    const { pathname } = request.url;
    if (pathname === '/services/oauth2/token') return this.#token(request);
    const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1];
    if (token === undefined || !this.#tokens.has(token))
      refuse(401, 'INVALID_SESSION_ID', 'Session expired or invalid');
    if (!pathname.startsWith(`${BASE}/`)) refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
    const [kind = '', ...path] = pathname
      .slice(BASE.length + 1)
      .split('/')
      .map(decodeURIComponent);
    switch (kind) {
      case 'limits':
        return { body: { DailyApiRequests: { Max: 15_000, Remaining: 14_990 } } };
      case 'query':
        return { body: path[0] === undefined ? this.#query(request.url) : this.#page(path[0]) };
      case 'jobs':
        return this.#bulk.answer(request, path);
      case 'sobjects':
        return this.#records(request.method, path, request);
      case 'composite':
        return { body: this.#composite(request.body as { compositeRequest: CompositeRequest[] }) };
      default:
        return refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
    }
  };

  #token({ body, url }: VendorRequest): VendorReply {
    const form = new URLSearchParams(String(body));
    const [id, secret] = [form.get('client_id'), form.get('client_secret')];
    if (id !== CLIENT.clientId || secret !== CLIENT.clientSecret)
      return {
        status: 400,
        body: { error: 'invalid_client', error_description: 'invalid client credentials' },
      };
    const access_token = `00D-session-${(this.#numbers += 1)}`;
    this.#tokens.add(access_token);
    return { body: { access_token, instance_url: url.origin, token_type: 'Bearer', issued_at: '1' } };
  }

  #records(method: string, path: string[], { body, url }: Pick<VendorRequest, 'body' | 'url'>): VendorReply {
    const [type = '', first, second] = path;
    const table = this.#table(type);
    const given = body as Record<string, unknown>;
    if (method === 'POST')
      return { status: 201, body: { id: this.#create(type, given), success: true, errors: [] } };
    if (second !== undefined)
      return this.#byExternalId(method, { type, field: first ?? '', value: second }, given);
    const record =
      table.get(first ?? '') ?? refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
    if (method === 'GET') {
      const fields = url.searchParams.get('fields')?.split(',') ?? Object.keys(record);
      return { body: this.#shown(type, record, fields) };
    }
    if (method !== 'PATCH') refuse(405, 'METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed`);
    this.#change(type, record, given);
    return { status: 204 };
  }

  #byExternalId(
    method: string,
    { type, field, value }: { type: string; field: string; value: string },
    body: Record<string, unknown>,
  ): VendorReply {
    if (EXTERNAL_IDS[type] !== field)
      refuse(404, 'NOT_FOUND', `Provided external ID field does not exist or is not accessible: ${field}`);
    const record = [...this.#table(type).values()].find((one) => one[field] === value);
    if (method === 'GET') {
      if (record === undefined) refuse(404, 'NOT_FOUND', 'The requested resource does not exist');
      return { body: this.#shown(type, record, Object.keys(record)) };
    }
    if (record !== undefined) {
      this.#change(type, record, body);
      return { body: { id: record.Id, success: true, errors: [], created: false } };
    }
    const id = this.#create(type, { ...body, [field]: value });
    return { status: 201, body: { id, success: true, errors: [], created: true } };
  }

  #table(type: string): Map<string, Stored> {
    if (PREFIX[type] === undefined) refuse(404, 'NOT_FOUND', `The requested resource ${type} does not exist`);
    const table = this.#tables.get(type) ?? new Map<string, Stored>();
    this.#tables.set(type, table);
    return table;
  }

  #now(): string {
    this.#nowMs += 1_000;
    return new Date(this.#nowMs).toISOString().replace('Z', '+0000');
  }

  #create(type: string, given: Record<string, unknown>): string {
    const table = this.#table(type);
    const required = REQUIRED[type];
    if (required !== undefined && typeof given[required] !== 'string')
      refuse(400, 'REQUIRED_FIELD_MISSING', `Required fields are missing: [${required}]`);
    const Id = `${PREFIX[type]}${String((this.#numbers += 1)).padStart(15, '0')}`;
    const at = this.#now();
    const record: Stored = { Id, CreatedDate: at, SystemModstamp: at };
    if (type === 'Task') Object.assign(record, { Status: 'Not Started', IsClosed: false });
    this.#write(type, record, given);
    table.set(Id, record);
    return Id;
  }

  #change(type: string, record: Stored, given: Record<string, unknown>): void {
    this.#write(type, record, given);
    record['SystemModstamp'] = this.#now();
  }

  #write(type: string, record: Stored, given: Record<string, unknown>): void {
    for (const field of ['AccountId', 'WhoId', 'ParentId']) {
      const id = given[field];
      if (typeof id === 'string' && ![...this.#tables.values()].some((table) => table.has(id)))
        refuse(400, 'INVALID_CROSS_REFERENCE_KEY', 'invalid cross reference id');
    }
    if ('Unknown__c' in given)
      refuse(400, 'INVALID_FIELD', `No such column 'Unknown__c' on sobject of type ${type}`);
    Object.assign(record, given);
    if (type !== 'Task') return;
    record['IsClosed'] = record['Status'] === 'Completed';
    if (record['IsClosed'] === true) record['CompletedDateTime'] ??= this.#now();
  }

  #query(url: URL): object {
    const records = this.#matching(url.searchParams.get('q') ?? '');
    const locator = `01g${(this.#numbers += 1)}-0`;
    this.#pages.set(locator, { records, total: records.length });
    return this.#page(locator);
  }

  #matching(soql: string): object[] {
    const query = parseSoql(soql);
    const found = [...this.#table(query.type).values()]
      .filter((record) => query.matches((field) => this.#value(record, field)))
      .toSorted((one, other) => this.#compare(query, [one, other]))
      .slice(0, query.limit);
    return found.map((record) => this.#shown(query.type, record, query.fields));
  }

  #page(locator: string): object {
    const page = this.#pages.get(locator) ?? refuse(400, 'INVALID_QUERY_LOCATOR', 'invalid query locator');
    const [now, rest] = [page.records.slice(0, PAGE), page.records.slice(PAGE)];
    const told = { totalSize: page.total, records: now };
    if (rest.length === 0) return { ...told, done: true };
    const next = `01g${(this.#numbers += 1)}-0`;
    this.#pages.set(next, { records: rest, total: page.total });
    return { ...told, done: false, nextRecordsUrl: `${BASE}/query/${next}` };
  }

  #compare({ order }: Query, [one, other]: [Stored, Stored]): number {
    for (const { field, descending } of order) {
      const [left, right] = [String(this.#value(one, field)), String(this.#value(other, field))];
      if (left !== right) return left < right === descending ? 1 : -1;
    }
    return 0;
  }

  #value(record: Stored, field: string): unknown {
    const [first = '', second] = field.split('.');
    if (second !== undefined) return this.#tables.get(first)?.get(String(record[`${first}Id`]))?.[second];
    if (first === 'Name')
      return record[first] ?? [record['FirstName'], record['LastName']].filter(Boolean).join(' ');
    return record[first];
  }

  #shown(type: string, record: Stored, fields: readonly string[]): object {
    const attributes = { type, url: `${BASE}/sobjects/${type}/${record.Id}` };
    const told = fields.map((field) => {
      const [first = '', second] = field.split('.');
      if (second === undefined) return [field, this.#value(record, field) ?? null];
      const value = this.#value(record, field);
      return [first, value === undefined ? null : { attributes: { type: first, url: '' }, [second]: value }];
    });
    return { attributes, ...Object.fromEntries(told) };
  }

  /** All or none: what was written before one is refused is taken back. */
  #composite({ compositeRequest }: { compositeRequest: CompositeRequest[] }): object {
    const before = new Map([...this.#tables].map(([type, table]) => [type, new Map(table)]));
    const answers: { referenceId: string; httpStatusCode: number; body: unknown }[] = [];
    for (const { method, url, referenceId, body } of compositeRequest) {
      const { status = 200, body: told = null } = this.#one(method, url, referred(body, answers));
      answers.push({ referenceId, httpStatusCode: status, body: told });
      if (status < 400) continue;
      for (const [type, table] of before) this.#tables.set(type, table);
      const halted = [{ errorCode: 'PROCESSING_HALTED', message: 'The transaction was rolled back' }];
      for (const answer of answers.slice(0, -1)) Object.assign(answer, { httpStatusCode: 400, body: halted });
      break;
    }
    return { compositeResponse: answers.map((answer) => ({ ...answer, httpHeaders: {} })) };
  }

  #one(method: string, address: string, body: unknown): VendorReply {
    const url = new URL(address, 'http://org');
    const path = url.pathname.slice(`${BASE}/sobjects/`.length).split('/').map(decodeURIComponent);
    try {
      return this.#records(method, path, { body, url });
    } catch (error) {
      if (error instanceof VendorRefusal) return error.reply;
      throw error;
    }
  }
}

interface CompositeRequest {
  method: string;
  url: string;
  referenceId: string;
  body?: unknown;
}

/** The body with `@{reference.id}` replaced. */
function referred(body: unknown, answers: readonly { referenceId: string; body: unknown }[]): unknown {
  if (body === undefined) return body;
  const text = JSON.stringify(body).replaceAll(/@\{(\w+)\.id\}/g, (_found, name: string) => {
    const answer = answers.find(({ referenceId }) => referenceId === name);
    return (answer?.body as { id?: string } | undefined)?.id ?? '';
  });
  return JSON.parse(text) as unknown;
}

/** Tokens are fetched by POST too, which changes no record. */
const writes = ({ method, url }: VendorRequest) => method !== 'GET' && !url.pathname.endsWith('/token');

/** A Salesforce org of its own, with nothing in it. */
export async function startSalesforce(): Promise<{ server: VendorServer; org: SalesforceSimulator }> {
  const org = new SalesforceSimulator();
  return { org, server: await VendorServer.start(org.answer, writes) };
}
