import { createHash } from 'node:crypto';
import { explaining, orNull, PermanentError, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { explained } from './refusals.js';
import type { Settings } from './settings.js';

/** What every call to ERPNext works with. */
export interface Call {
  http: HttpPort;
  settings: Settings;
  idempotencyKey: string;
}

/** Conditions, all of which hold: `['docstatus', '=', 1]`, or with the table of lines before. */
export type Filters = readonly (readonly unknown[])[];

/** The custom field that carries the mark of the call, and those with a number of the hub's. */
export const MARK_FIELD = 'tutti_call';
export const NUMBER_FIELD = 'tutti_number';

/** What all documents have. */
export const Document = z.object({ name: z.string(), docstatus: z.int(), modified: z.string() });
export type Document = z.output<typeof Document>;
const Names = z.object({ data: z.array(z.object({ name: z.string() })) });

/** Frappe's documents over its REST API, version 1 or 2. */
export class Frappe {
  readonly #http: HttpPort;
  readonly settings: Settings;
  /** What documents of this call carry, so that a repeat finds them: Frappe knows no idempotency keys. */
  readonly mark: string;

  constructor({ http, settings, idempotencyKey }: Call) {
    this.#http = explaining(http, explained);
    this.settings = settings;
    this.mark = createHash('sha256').update(idempotencyKey).digest('hex').slice(0, 32);
  }

  #path(doctype: string, name?: string): string {
    const root = this.settings.api === 'v1' ? '/api/resource' : '/api/v2/document';
    const parts = name === undefined ? [doctype] : [doctype, name];
    return [root, ...parts.map(encodeURIComponent)].join('/');
  }

  /** The document with its lines; null: there is none. */
  async get<T extends z.ZodType>(doctype: string, schema: T, name: string): Promise<z.output<T> | null> {
    const found = await orNull(
      this.#http.get(this.#path(doctype, name), { reply: z.object({ data: schema }) }),
    );
    return found === null ? null : (found as { data: z.output<T> }).data;
  }

  /** The names of the documents that fit, the oldest first, each once. */
  async names(doctype: string, filters: Filters, limit = 100): Promise<string[]> {
    const limited = this.settings.api === 'v1' ? { limit_page_length: limit } : { limit };
    const query = {
      fields: JSON.stringify(['name']),
      filters: JSON.stringify(filters),
      order_by: 'creation asc',
      ...limited,
    };
    const { data } = await this.#http.get(this.#path(doctype), { query, reply: Names });
    return [...new Set(data.map(({ name }) => name))];
  }

  /** The documents that fit, with their lines. */
  async all<T extends z.ZodType>(doctype: string, schema: T, filters: Filters): Promise<z.output<T>[]> {
    const found: z.output<T>[] = [];
    for (const name of await this.names(doctype, filters)) {
      const one = await this.get(doctype, schema, name);
      if (one !== null) found.push(one);
    }
    return found;
  }

  /** The first document that fits, or null. */
  async first<T extends z.ZodType>(
    doctype: string,
    schema: T,
    filters: Filters,
  ): Promise<z.output<T> | null> {
    const [name] = await this.names(doctype, filters, 1);
    return name === undefined ? null : this.get(doctype, schema, name);
  }

  async insert(doctype: string, body: object): Promise<Document> {
    const reply = z.object({ data: Document });
    return (await this.#http.post(this.#path(doctype), { body, reply })).data;
  }

  /** Changes a document; with `modified` among the values only when nobody has changed it since. */
  async change(doctype: string, name: string, body: object): Promise<Document> {
    const reply = z.object({ data: Document });
    return (await this.#http.put(this.#path(doctype, name), { body, reply })).data;
  }

  /** What a function of ERPNext gives. */
  async method<T extends z.ZodType>(
    name: string,
    schema: T,
    query: Record<string, string>,
  ): Promise<z.output<T>> {
    const told = await this.#http.get(`/api/method/${name}`, { query, reply: z.object({ message: schema }) });
    return (told as { message: z.output<T> }).message;
  }

  /**
   * Makes a document and submits it. A repeat finds the one that it made, and submits it when an earlier
   * attempt did not come so far. `check` sees the draft before.
   */
  async submitted<T extends typeof Document>(
    doctype: string,
    schema: T,
    { values, check }: { values: () => Promise<object>; check?: (draft: z.output<T>) => void },
  ): Promise<z.output<T>> {
    const before = await this.first(doctype, schema, [[MARK_FIELD, '=', this.mark]]);
    const name =
      before?.name ?? (await this.insert(doctype, { ...(await values()), [MARK_FIELD]: this.mark })).name;
    const draft = before ?? (await this.needed(doctype, schema, name));
    if (draft.docstatus !== 0) return draft;
    check?.(draft);
    await this.change(doctype, name, { docstatus: 1, modified: draft.modified });
    return this.needed(doctype, schema, name);
  }

  async needed<T extends z.ZodType>(doctype: string, schema: T, name: string): Promise<z.output<T>> {
    const found = await this.get(doctype, schema, name);
    if (found !== null) return found;
    throw new PermanentError(`ERPNext has no ${doctype} "${name}".`, { status: 404 });
  }
}

/** Frappe reckons in floating point, and gives 9 places at most. */
export const FrappeNumber = z.number().transform((value) => value.toFixed(8).replace(/\.?0+$/, ''));
export const FrappeAmount = z.number().transform((value) => value.toFixed(2));

/** The time of the last change as a version: milliseconds since 1970. */
export function versionOf({ modified }: { modified: string }): number {
  return Date.parse(`${modified.slice(0, 23).replace(' ', 'T')}Z`);
}

/** A number for Frappe, which keeps 15 digits of it. */
export function numberOf(text: string): number {
  if (text.replace(/\D/g, '').replace(/^0+/, '').length <= 15) return Number(text);
  throw new PermanentError(`The number ${text} has more digits than ERPNext keeps.`, { status: 422 });
}
