import {
  VendorRefusal,
  VendorServer,
  type VendorReply,
  type VendorRequest,
} from '@tutti/plugin-sdk/testing/vendor';

export const TOKEN = 'pat-eu1-canary';

interface Stored {
  id: string;
  properties: Record<string, string | null>;
  createdAt: string;
  updatedAt: string;
  archived: boolean;
}
interface Association {
  to: { id: string };
  types: { associationCategory: string; associationTypeId: number }[];
}
type Properties = Record<string, string>;

/** What HubSpot's documentation says of the types that the connector uses. */
const UNIQUE: Record<string, string> = { contacts: 'email', companies: 'tutti_number' };
const ASSOCIATIONS: Record<number, [from: string, to: string]> = {
  202: ['notes', 'contacts'],
  204: ['tasks', 'contacts'],
};
const SEARCHED = ['firstname', 'lastname', 'email', 'phone', 'company'];
const REQUIRED: Record<string, string> = { notes: 'hs_timestamp', tasks: 'hs_timestamp' };

function refuse(status: number, category: string, message: string): never {
  const correlationId = '00000000-0000-4000-8000-000000000001';
  throw new VendorRefusal({ status, body: { status: 'error', message, correlationId, category } });
}

/** The part of HubSpot's CRM API that the connector and its tests use, in memory. */
class HubSpotSimulator {
  readonly #objects = new Map<string, Map<string, Stored>>();
  readonly #links = new Set<string>();
  #ids = 100;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  answer = (request: VendorRequest): VendorReply => {
    if (request.headers.authorization !== `Bearer ${TOKEN}`)
      refuse(401, 'INVALID_AUTHENTICATION', 'Authentication credentials not found.');
    const path = request.url.pathname.split('/').slice(1).map(decodeURIComponent);
    if (request.url.pathname === '/account-info/v3/details')
      return { body: { portalId: 4711, accountType: 'STANDARD', timeZone: 'Europe/Berlin' } };
    if (path[1] === 'v4') return this.#associations(request, path.slice(3));
    if (path[0] === 'crm' && path[2] === 'objects') return this.#object(request, path.slice(3));
    return refuse(404, 'OBJECT_NOT_FOUND', 'resource not found');
  };

  #object(request: VendorRequest, [type = '', ...rest]: string[]): VendorReply {
    const asked = request.body as Record<string, never>;
    switch (`${request.method} ${rest.length === 1 && rest[0] !== 'search' ? '{id}' : rest.join('/')}`) {
      case 'POST ':
        return { status: 201, body: this.#create(type, asked) };
      case 'POST search':
        return { body: this.#search(type, asked) };
      case 'POST batch/read':
        return { body: this.#batchRead(type, asked) };
      case 'POST batch/upsert':
        return { body: this.#batchUpsert(type, asked) };
      case 'GET {id}':
        return { body: this.#shown(this.#found(type, rest[0] ?? '', request.url.searchParams)) };
      case 'PATCH {id}':
        return { body: this.#change(type, this.#found(type, rest[0] ?? ''), asked['properties']) };
      default:
        return refuse(405, 'METHOD_NOT_ALLOWED', 'Method Not Allowed');
    }
  }

  #table(type: string): Map<string, Stored> {
    const table = this.#objects.get(type) ?? new Map<string, Stored>();
    this.#objects.set(type, table);
    return table;
  }

  #found(type: string, id: string, query = new URLSearchParams()): Stored {
    const property = query.get('idProperty');
    const object =
      property === null
        ? this.#table(type).get(id)
        : [...this.#table(type).values()].find((one) => one.properties[property] === id.toLowerCase());
    return object ?? refuse(404, 'OBJECT_NOT_FOUND', 'resource not found');
  }

  #shown(object: Stored): Stored {
    const { createdAt: hs_createdate } = object;
    return { ...object, properties: { hs_object_id: object.id, hs_createdate, ...object.properties } };
  }

  #now(): string {
    this.#nowMs += 7;
    return new Date(this.#nowMs).toISOString();
  }

  #create(
    type: string,
    { properties, associations = [] }: { properties: Properties; associations?: Association[] },
  ): Stored {
    const required = REQUIRED[type];
    if (required !== undefined && properties[required] === undefined)
      refuse(400, 'VALIDATION_ERROR', `Some required properties were not set: ${required}`);
    for (const { to } of associations)
      if (!this.#table('contacts').has(to.id))
        refuse(404, 'OBJECT_NOT_FOUND', `One or more associations are invalid: ${to.id}`);
    this.#checkUnique(type, null, properties);
    const at = this.#now();
    const object = {
      id: `${(this.#ids += 1)}`,
      properties: {},
      createdAt: at,
      updatedAt: at,
      archived: false,
    };
    this.#table(type).set(object.id, object);
    this.#write(type, object, properties);
    for (const { to, types } of associations)
      for (const { associationTypeId } of types) {
        const [from, target] = ASSOCIATIONS[associationTypeId] ?? ['', ''];
        if (from !== type) refuse(400, 'VALIDATION_ERROR', `Invalid association type ${associationTypeId}`);
        this.#link([type, object.id], [target, to.id]);
      }
    return this.#shown(object);
  }

  #change(type: string, object: Stored, properties: Properties): Stored {
    this.#checkUnique(type, object.id, properties);
    this.#write(type, object, properties);
    object.updatedAt = this.#now();
    return { ...object, properties: { hs_object_id: object.id, ...properties } };
  }

  #write(type: string, object: Stored, properties: Properties): void {
    for (const [name, value] of Object.entries(properties)) {
      if (typeof value !== 'string') refuse(400, 'VALIDATION_ERROR', `Cannot deserialize ${name}`);
      if (name === 'unknown_property')
        refuse(400, 'VALIDATION_ERROR', `Property values were not valid: Property "${name}" does not exist`);
      object.properties[name] = value === '' ? null : name === 'email' ? value.toLowerCase() : value;
    }
    if (type === 'tasks' && object.properties['hs_task_status'] === 'COMPLETED')
      object.properties['hs_task_completion_date'] ??= this.#now();
  }

  #checkUnique(type: string, id: string | null, properties: Properties): void {
    const name = UNIQUE[type];
    const value = name === undefined ? undefined : properties[name]?.toLowerCase();
    if (name === undefined || value === undefined || value === '') return;
    for (const object of this.#table(type).values())
      if (object.id !== id && object.properties[name] === value)
        refuse(409, 'CONFLICT', `Contact already exists. Existing ID: ${object.id}`);
  }

  #search(
    type: string,
    asked: { query?: string; filterGroups?: never[]; limit?: number; after?: string },
  ): object {
    const groups = (asked.filterGroups ?? []) as {
      filters: { propertyName: string; operator: string; value: string }[];
    }[];
    const words = (asked.query ?? '')
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
    const found = [...this.#table(type).values()]
      .map((object) => this.#shown(object))
      .filter((object) => {
        const told = SEARCHED.map((name) => object.properties[name] ?? '')
          .join(' ')
          .toLowerCase()
          .split(/\s+/);
        const holds =
          groups.length === 0 ||
          groups.some(({ filters }) =>
            filters.every((filter) => {
              if (filter.operator === 'GTE' && filter.propertyName === 'lastmodifieddate')
                return Date.parse(object.updatedAt) >= Number(filter.value);
              if (filter.operator !== 'EQ') refuse(400, 'VALIDATION_ERROR', 'The simulation knows EQ only');
              return object.properties[filter.propertyName] === filter.value;
            }),
          );
        return holds && words.every((word) => told.some((one) => one.startsWith(word)));
      });
    const [start, limit] = [Number(asked.after ?? 0), asked.limit ?? 10];
    const results = found.slice(start, start + limit);
    const end = start + limit;
    return {
      total: found.length,
      results,
      ...(end < found.length && { paging: { next: { after: `${end}` } } }),
    };
  }

  #batchRead(type: string, { inputs }: { inputs: { id: string }[] }): object {
    if (inputs.length > 100) refuse(400, 'VALIDATION_ERROR', 'The batch holds more than 100 inputs');
    const results = inputs.map(({ id }) => this.#table(type).get(id)).filter((one) => one !== undefined);
    return this.#batch(results.map((one) => this.#shown(one)));
  }

  #batchUpsert(
    type: string,
    { inputs }: { inputs: { id: string; idProperty: string; properties: Properties }[] },
  ): object {
    return this.#batch(
      inputs.map(({ id, idProperty, properties }) => {
        if (UNIQUE[type] !== idProperty)
          refuse(400, 'VALIDATION_ERROR', `Property ${idProperty} is not a unique property`);
        const before = [...this.#table(type).values()].find(
          (one) => one.properties[idProperty] === id.toLowerCase(),
        );
        const given = { ...properties, [idProperty]: id };
        if (before === undefined) return { ...this.#create(type, { properties: given }), new: true };
        return { ...this.#change(type, before, properties), new: false };
      }),
    );
  }

  #batch(results: object[]): object {
    const at = new Date(this.#nowMs).toISOString();
    return { status: 'COMPLETE', results, startedAt: at, completedAt: at };
  }

  #link(...ends: [[string, string], [string, string]]): void {
    this.#links.add(JSON.stringify(ends));
    this.#links.add(JSON.stringify(ends.toReversed()));
  }

  #associations({ method, url }: VendorRequest, path: string[]): VendorReply {
    const [type = '', id = '', , ...rest] = path;
    this.#found(type, id);
    if (method === 'PUT') {
      const [, toType = '', toId = ''] = rest;
      this.#found(toType, toId);
      this.#link([type, id], [toType, toId]);
      return { body: this.#batch([]) };
    }
    const all = [...this.#links]
      .map((link) => JSON.parse(link) as [[string, string], [string, string]])
      .filter(([from, to]) => from[0] === type && from[1] === id && to[0] === rest[0])
      .map(([, to]) => ({ toObjectId: Number(to[1]), associationTypes: [] }));
    // Pages of two, so that every list of three has a second page.
    const start = Number(url.searchParams.get('after') ?? 0);
    const more = start + 2 < all.length && { paging: { next: { after: `${start + 2}`, link: '' } } };
    return { body: { results: all.slice(start, start + 2), ...more } };
  }
}

/** Searches and batch reads are POSTs that change nothing. */
const writes = ({ method, url }: VendorRequest) =>
  method !== 'GET' && !/\/(search|batch\/read)$/.test(url.pathname);

/** A HubSpot of its own, with nothing in it. */
export function startHubSpot(): Promise<VendorServer> {
  return VendorServer.start(new HubSpotSimulator().answer, writes);
}
