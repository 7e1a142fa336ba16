import { createHash } from 'node:crypto';
import { PermanentError, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { explained, OdooError, refusal } from './refusals.js';
import type { Settings } from './settings.js';

/** What every call to Odoo works with. */
export interface Call {
  http: HttpPort;
  settings: Settings;
  idempotencyKey: string;
}

/** Conditions on records: `['state', '=', 'draft']`, all of which hold. */
export type Domain = readonly unknown[];
/** Named arguments of a method; `ids` are the records that it works on. */
export interface Arguments {
  [name: string]: unknown;
  ids?: readonly number[];
  context?: object;
}

/** Business errors come with status 200 over JSON-RPC. */
const Reply = z.union([
  z.object({ error: z.object({ message: z.string(), data: OdooError.optional() }) }),
  z.object({ result: z.unknown() }),
]);

/** Odoo's models, over JSON-RPC or JSON-2, in the books of the connection's company. */
export class Odoo {
  readonly #call: Call;
  #user: Promise<number> | null = null;
  readonly #fields = new Map<string, Promise<string>>();

  constructor(call: Call) {
    this.#call = call;
  }

  get settings(): Settings {
    return this.#call.settings;
  }

  /** What records of this call carry, so that a repeat finds them: Odoo knows no idempotency keys. */
  get mark(): string {
    return `tutti:${createHash('sha256').update(this.#call.idempotencyKey).digest('hex').slice(0, 24)}`;
  }

  /** Calls a method; throws what Odoo says against it. */
  method(model: string, name: string, args: Arguments = {}): Promise<unknown> {
    const context = { allowed_company_ids: [this.settings.company], ...args.context };
    const full = { ...args, context };
    return this.settings.protocol === 'json-2'
      ? this.#json2(model, name, full)
      : this.#rpc(model, name, full);
  }

  /** Records that fit, the oldest first. */
  async search<Row extends z.ZodType>(
    model: string,
    row: Row,
    { domain, fields, limit = 500 }: { domain: Domain; fields: readonly string[]; limit?: number },
  ): Promise<z.output<Row>[]> {
    const found = await this.method(model, 'search_read', { domain, fields, limit, order: 'id asc' });
    return checked(model, z.array(row), found);
  }

  /** The records with these ids; those that are not there any more are left out. */
  read<Row extends z.ZodType>(
    model: string,
    row: Row,
    { ids, fields }: { ids: readonly number[]; fields: readonly string[] },
  ): Promise<z.output<Row>[]> {
    if (ids.length === 0) return Promise.resolve([]);
    return this.search(model, row, { domain: [['id', 'in', ids]], fields });
  }

  /** The id of the first record that fits, or null. */
  async first(model: string, domain: Domain): Promise<number | null> {
    const [found] = await this.search(model, z.object({ id: z.int() }), { domain, fields: ['id'], limit: 1 });
    return found?.id ?? null;
  }

  /** The id of the first record that fits, else a refusal with what to do. */
  async needed(model: string, domain: Domain, missing: string): Promise<number> {
    const id = await this.first(model, domain);
    if (id === null) throw new PermanentError(missing, { status: 422 });
    return id;
  }

  async create(model: string, values: object, context: object = {}): Promise<number> {
    const made = await this.method(model, 'create', { vals_list: [values], context });
    return checked(model, z.tuple([z.int()]), made)[0];
  }

  async write(model: string, id: number, vals: object): Promise<void> {
    await this.method(model, 'write', { ids: [id], vals });
  }

  /** The one of several names by which this version of Odoo knows a field. */
  field(model: string, ...names: readonly string[]): Promise<string> {
    const key = `${model} ${names.join()}`;
    const known = this.#fields.get(key) ?? this.#fieldOf(model, names);
    this.#fields.set(key, known);
    return known;
  }

  async #fieldOf(model: string, names: readonly string[]): Promise<string> {
    const found = await this.method(model, 'fields_get', { allfields: names, attributes: ['type'] });
    const fields = checked(model, z.record(z.string(), z.unknown()), found);
    const name = names.find((one) => one in fields);
    if (name !== undefined) return name;
    const message = `Odoo's ${model} has no ${names.join(' or ')}: is its module installed?`;
    throw new PermanentError(message, { status: 422 });
  }

  async #json2(model: string, name: string, body: Arguments): Promise<unknown> {
    try {
      return await this.#call.http.post(`/json/2/${model}/${name}`, { body });
    } catch (error) {
      throw explained(error, `${model}.${name}`);
    }
  }

  async #rpc(model: string, name: string, { ids, ...named }: Arguments): Promise<unknown> {
    const { database, apiKey } = this.settings;
    this.#user ??= this.#signedIn();
    const args = [database, await this.#user, apiKey, model, name, ids === undefined ? [] : [ids], named];
    return this.#service('object', 'execute_kw', args);
  }

  async #signedIn(): Promise<number> {
    const { database, user, apiKey } = this.settings;
    if (user === undefined)
      throw new PermanentError('Over json-rpc the connection needs a user.', { status: 422 });
    const id = await this.#service('common', 'authenticate', [database, user, apiKey, {}]);
    if (typeof id === 'number') return id;
    throw new PermanentError(`Odoo does not let "${user}" into "${database}": check user and API key.`, {
      status: 401,
    });
  }

  async #service(service: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const body = { jsonrpc: '2.0', method: 'call', id: 1, params: { service, method, args } };
    const reply = await this.#call.http.post('/jsonrpc', { body, reply: Reply });
    if (!('error' in reply)) return reply.result;
    const { data, message } = reply.error;
    throw refusal(
      data ?? { name: 'Error', message },
      service === 'object' ? `${String(args[3])}.${String(args[4])}` : method,
    );
  }
}

export function checked<T extends z.ZodType>(model: string, schema: T, value: unknown): z.output<T> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new PermanentError(`Odoo's ${model} breaks its schema: ${z.prettifyError(result.error)}`, {
    status: 502,
    reason: 'invalid-output',
  });
}
