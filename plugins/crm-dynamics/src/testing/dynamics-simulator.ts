import { randomUUID } from 'node:crypto';
import {
  VendorRefusal,
  VendorServer,
  type VendorReply,
  type VendorRequest,
} from '@tutti/plugin-sdk/testing/vendor';
import { parseFilter } from './odata-filter.js';

export const CLIENT = { tenantId: 'acme.example', clientId: 'app-1', clientSecret: 'canary-client-secret' };
const BASE = '/api/data/v9.2';
/** A page is as small as this, so that a list of three has two. */
const PAGE = 2;
/** The id of each set, and the lookup that each navigation property fills. */
const SETS: Record<string, { id: string; lookups: Record<string, string> }> = {
  contacts: { id: 'contactid', lookups: { parentcustomerid_account: '_parentcustomerid_value' } },
  accounts: { id: 'accountid', lookups: {} },
  annotations: { id: 'annotationid', lookups: { objectid_contact: '_objectid_value' } },
  tasks: { id: 'activityid', lookups: { regardingobjectid_contact_task: '_regardingobjectid_value' } },
};
const ALTERNATE_KEYS: Record<string, string[]> = { accounts: ['accountnumber'] };

type Stored = Record<string, unknown> & { versionnumber: number };

function refuse(status: number, code: string, message: string): never {
  throw new VendorRefusal({ status, body: { error: { code, message } } });
}

/** The part of the Dataverse Web API that the connector and its tests use, in memory. */
class DynamicsSimulator {
  readonly #tables = new Map(Object.keys(SETS).map((set) => [set, new Map<string, Stored>()]));
  #versions = 1_000;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  answer = (request: VendorRequest): VendorReply => {
    const { pathname } = request.url;
    if (pathname === `/${CLIENT.tenantId}/oauth2/v2.0/token`) return token(request);
    if (request.headers.authorization !== 'Bearer entra-token')
      return { status: 401, headers: { 'www-authenticate': 'Bearer' } };
    const path = decodeURIComponent(pathname.slice(BASE.length + 1));
    if (path === 'WhoAmI')
      return { body: { BusinessUnitId: randomUUID(), UserId: 'user-1', OrganizationId: 'org-1' } };
    const [, set = '', key] = /^(\w+)(?:\((.*)\))?$/s.exec(path) ?? [];
    if (SETS[set] === undefined) refuse(404, '0x80060888', `Resource not found for the segment '${set}'.`);
    if (key === undefined)
      return request.method === 'POST' ? this.#made(request, set, randomUUID()) : this.#query(request, set);
    return this.#record(request, set, key);
  };

  #record(request: VendorRequest, set: string, key: string): VendorReply {
    const found = this.#find(set, key);
    const { method, headers, url } = request;
    if (method === 'GET') {
      if (found === undefined) return this.#missing(set, key);
      return { body: this.#shown(set, found, url.searchParams.get('$select')) };
    }
    if (method !== 'PATCH') refuse(405, '0x80060888', 'Method Not Allowed');
    const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
    if (found === undefined && match !== undefined) return this.#missing(set, key);
    if (found !== undefined && noneMatch === '*')
      refuse(412, '0x80040237', 'A record with matching key values already exists.');
    if (found !== undefined && match !== undefined && match !== '*' && match !== etag(found))
      refuse(
        412,
        '0x80060882',
        "The version of the existing record doesn't match the RowVersion property provided.",
      );
    if (found === undefined) return this.#made(request, set, key);
    this.#write(set, found, request.body as Record<string, unknown>);
    return this.#told(request, { set, record: found, status: 200 });
  }

  #missing(set: string, key: string): never {
    return refuse(404, '0x80040217', `Entity '${set}' With Id = ${key} Does Not Exist`);
  }

  #find(set: string, key: string): Stored | undefined {
    const pair = /^(\w+)='(.*)'$/s.exec(key);
    if (pair === null) return this.#tables.get(set)?.get(key.toLowerCase());
    const [, name = '', value = ''] = pair;
    if (ALTERNATE_KEYS[set]?.includes(name) !== true)
      refuse(400, '0x80060888', 'The key property names do not match an alternate key.');
    return [...(this.#tables.get(set)?.values() ?? [])].find(
      (one) => one[name] === value.replaceAll("''", "'"),
    );
  }

  #made(request: VendorRequest, set: string, key: string): VendorReply {
    const pair = /^(\w+)='(.*)'$/s.exec(key);
    const id = pair === null ? key.toLowerCase() : randomUUID();
    const record: Stored = { [SETS[set]?.id ?? '']: id, createdon: this.#now(), versionnumber: 0 };
    if (set === 'tasks') Object.assign(record, { statecode: 0, statuscode: 2 });
    if (pair !== null) record[pair[1] ?? ''] = (pair[2] ?? '').replaceAll("''", "'");
    this.#write(set, record, request.body as Record<string, unknown>);
    this.#tables.get(set)?.set(id, record);
    return this.#told(request, { set, record, status: 201 });
  }

  #write(set: string, record: Stored, body: Record<string, unknown>): void {
    for (const [name, value] of Object.entries(body)) {
      const navigation = /^(.+)@odata\.bind$/.exec(name)?.[1];
      if (name === 'unknown_field') refuse(400, '0x80048d19', `Could not find a property named '${name}'`);
      if (navigation === undefined) record[name] = value;
      else record[SETS[set]?.lookups[navigation] ?? refuse(400, '0x80048d19', name)] = this.#bound(value);
    }
    if (record['statecode'] === 1) record['actualend'] ??= this.#now();
    record['modifiedon'] = this.#now();
    record.versionnumber = this.#versions += 1;
  }

  #bound(value: unknown): string | null {
    if (value === null) return null;
    const [, set = '', id = ''] = /^\/?(\w+)\(([^)]+)\)$/.exec(String(value)) ?? [];
    if (this.#tables.get(set)?.has(id.toLowerCase()) !== true) this.#missing(set, id);
    return id.toLowerCase();
  }

  #told(
    { headers, url }: VendorRequest,
    { set, record, status }: { set: string; record: Stored; status: number },
  ): VendorReply {
    const id = record[SETS[set]?.id ?? ''];
    const entity = { 'odata-entityid': `${url.origin}${BASE}/${set}(${String(id)})` };
    if (!/return=representation/.test(String(headers['prefer']))) return { status: 204, headers: entity };
    return { status, headers: entity, body: this.#shown(set, record, url.searchParams.get('$select')) };
  }

  #now(): string {
    this.#nowMs += 1_000;
    return new Date(this.#nowMs).toISOString().replace('.000Z', 'Z');
  }

  #read(record: Stored, field: string): unknown {
    if (field === 'fullname')
      return [record['firstname'], record['lastname']].filter((part) => typeof part === 'string').join(' ');
    const [first = '', second] = field.split('/');
    if (second === undefined) return record[first];
    return this.#tables.get('accounts')?.get(String(record['_parentcustomerid_value']))?.[second];
  }

  #query({ url }: VendorRequest, set: string): VendorReply {
    const options = url.searchParams;
    const filter = options.get('$filter');
    const holds = filter === null ? () => true : parseFilter(filter, options);
    const order = (options.get('$orderby') ?? '').split(',').filter((part) => part !== '');
    const found = [...(this.#tables.get(set)?.values() ?? [])]
      .filter((record) => holds((field) => this.#read(record, field)))
      .toSorted((one, other) => this.#compare(order, [one, other]))
      .slice(0, Number(options.get('$top') ?? Infinity));
    const start = Number(options.get('$skiptoken') ?? 0);
    const value = found
      .slice(start, start + PAGE)
      .map((record) => this.#shown(set, record, options.get('$select')));
    const next = new URL(url);
    next.searchParams.set('$skiptoken', `${start + PAGE}`);
    const more = start + PAGE < found.length && { '@odata.nextLink': next.href };
    return { body: { '@odata.context': `${url.origin}${BASE}/$metadata#${set}`, value, ...more } };
  }

  #compare(order: readonly string[], [one, other]: [Stored, Stored]): number {
    for (const part of order) {
      const [field = '', direction] = part.trim().split(' ');
      const [left, right] = [String(this.#read(one, field)), String(this.#read(other, field))];
      if (left !== right) return left < right === (direction === 'desc') ? 1 : -1;
    }
    return 0;
  }

  #shown(set: string, record: Stored, select: string | null): object {
    const id = SETS[set]?.id ?? '';
    const names = select === null ? Object.keys(record) : [...select.split(','), id];
    const account = this.#tables.get('accounts')?.get(String(record['_parentcustomerid_value']));
    const formatted = account !== undefined && {
      '_parentcustomerid_value@OData.Community.Display.V1.FormattedValue': account['name'],
    };
    const fields = Object.fromEntries(names.map((name) => [name, record[name] ?? null]));
    return { '@odata.etag': etag(record), ...fields, ...formatted };
  }
}

function etag({ versionnumber }: Stored): string {
  return `W/"${versionnumber}"`;
}

function token({ body, url }: VendorRequest): VendorReply {
  const form = new URLSearchParams(String(body));
  const isKnown =
    form.get('client_id') === CLIENT.clientId && form.get('client_secret') === CLIENT.clientSecret;
  if (!isKnown || form.get('scope') !== `${url.origin}/.default`)
    return {
      status: 401,
      body: { error: 'invalid_client', error_description: 'AADSTS7000215: Invalid client secret' },
    };
  return { body: { access_token: 'entra-token', token_type: 'Bearer', expires_in: 3_599 } };
}

/** Tokens are fetched by POST too, which changes no record. */
const writes = ({ method, url }: VendorRequest) => method !== 'GET' && !url.pathname.endsWith('/token');

/** A Dynamics environment of its own, with its authority, and nothing in it. */
export function startDynamics(): Promise<VendorServer> {
  return VendorServer.start(new DynamicsSimulator().answer, writes);
}
