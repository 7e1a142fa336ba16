import { createHash } from 'node:crypto';
import { PermanentError, TransientError, isClassifiedError, type HttpPort } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Settings } from './settings.js';
import { instant } from './wire.js';

/** What every call to Tryton works with. */
export interface Call {
  http: HttpPort;
  settings: Settings;
  idempotencyKey: string;
}

/** Business errors come with status 200. */
const Reply = z.union([z.object({ error: z.array(z.unknown()).min(1) }), z.object({ result: z.unknown() })]);

/** Conditions on records: `['state', '=', 'draft']`, all of which hold. */
export type Domain = readonly unknown[];

/** What is searched for, and how much of it. */
interface SearchOf {
  domain: Domain;
  fields: readonly string[];
  offset?: number;
  limit?: number;
  order?: readonly [string, string];
}

/** A page of the records that were changed then or later. */
export interface ChangedSince {
  from: Date;
  offset: number;
  limit: number;
}

/** Tryton's models, over JSON-RPC, in the books of the connection's company. */
export class Tryton {
  readonly #call: Call;

  constructor(call: Call) {
    this.#call = call;
  }

  get settings(): Settings {
    return this.#call.settings;
  }

  /**
   * What records of this call are marked with, so that a repeat finds them: Tryton knows no idempotency keys.
   */
  get mark(): string {
    const hash = createHash('sha256').update(this.#call.idempotencyKey).digest('hex');
    return `tutti:${hash.slice(0, 24)}`;
  }

  get context(): { company: number } {
    return { company: this.settings.company };
  }

  /** Calls a method; throws what Tryton says against it. */
  async method(name: string, ...params: unknown[]): Promise<unknown> {
    const { http, settings } = this.#call;
    const body = { id: 0, method: name, params };
    const reply = await http
      .post(`/${settings.database}/`, { body, reply: Reply })
      .catch((error: unknown) => Promise.reject(explained(error, name)));
    if ('error' in reply) throw refusal(name, reply.error);
    return reply.result;
  }

  /** Records that fit, the oldest first unless told otherwise. */
  async search<Row extends z.ZodType>(model: string, row: Row, of: SearchOf): Promise<z.output<Row>[]> {
    const order = [of.order ?? ['id', 'ASC']];
    const found = await this.method(
      `model.${model}.search_read`,
      of.domain,
      of.offset ?? 0,
      of.limit ?? 100,
      order,
      of.fields,
      this.context,
    );
    return checked(model, z.array(row), found);
  }

  /** A page of the records that fit and were changed then or later, in the order of their changes. */
  changedSince<Row extends z.ZodType>(
    model: string,
    row: Row,
    { domain, fields, from, ...page }: ChangedSince & Pick<SearchOf, 'domain' | 'fields'>,
  ): Promise<z.output<Row>[]> {
    const since = ['write_date', '>=', instant(from)];
    return this.search(model, row, {
      domain: [...domain, since],
      fields,
      order: ['write_date', 'ASC'],
      ...page,
    });
  }

  /** The id of the first record that fits, or null. */
  async first(model: string, domain: Domain): Promise<number | null> {
    const found = await this.method(`model.${model}.search`, domain, 0, 1, [['id', 'ASC']], this.context);
    return checked(model, z.array(z.int()), found)[0] ?? null;
  }

  /** The records with these ids. */
  async read<Row extends z.ZodType>(
    model: string,
    row: Row,
    of: { ids: readonly number[]; fields: readonly string[] },
  ): Promise<z.output<Row>[]> {
    const found = await this.method(`model.${model}.read`, of.ids, of.fields, this.context);
    return checked(model, z.array(row), found);
  }

  async create(model: string, values: object): Promise<number> {
    const made = await this.method(`model.${model}.create`, [values], this.context);
    return checked(model, z.tuple([z.int()]), made)[0];
  }

  /** Changes a record; with a timestamp only when nobody has changed it since. */
  async write(model: string, id: number, of: { values: object; timestamp?: string }): Promise<void> {
    const expected = of.timestamp === undefined ? {} : { _timestamp: { [`${model},${id}`]: of.timestamp } };
    await this.method(`model.${model}.write`, [id], of.values, { ...this.context, ...expected });
  }

  /**
   * Presses the buttons that lead from one state to the next until the last one is reached. A button that
   * does not apply is answered like one that does, so the state is read back after each.
   */
  async advance(model: string, id: number, buttons: Readonly<Record<string, string>>): Promise<void> {
    const state = async () =>
      (await this.read(model, z.object({ state: z.string() }), { ids: [id], fields: ['state'] }))[0]?.state;
    for (let now = await state(); now !== undefined && buttons[now] !== undefined;) {
      const button = buttons[now] as string;
      await this.method(`model.${model}.${button}`, [id], this.context);
      const then = await state();
      if (then === now)
        throw new PermanentError(
          `Tryton answered "${button}" of ${model} ${id}, and left it in the state "${now}".`,
          { status: 409 },
        );
      now = then;
    }
  }
}

function checked<Row extends z.ZodType>(model: string, schema: Row, value: unknown): z.output<Row> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new PermanentError(`Tryton's ${model} breaks its schema: ${z.prettifyError(result.error)}`, {
    status: 502,
    reason: 'invalid-output',
  });
}

/** A method that is not there is answered 403 with a page of HTML. */
function explained(error: unknown, method: string): unknown {
  if (!isClassifiedError(error) || error.status !== 403) return error;
  const message = `Tryton has no public method "${method}": is its module activated, is this Tryton 6?`;
  return new PermanentError(message, { status: 403, cause: error });
}

/** What an error of a reply means: `['UserError', [message, ...]]`, or a defect's text and traceback. */
function refusal(method: string, error: readonly unknown[]): Error {
  const [name, details] = error;
  const words = Array.isArray(details) ? (details as unknown[]) : [];
  switch (name) {
    case 'UserError':
      return new PermanentError(`Tryton refuses: ${text(words[0])}`, { status: 422, reply: words });
    case 'UserWarning':
      return new PermanentError(`Tryton asks before it goes on: ${text(words[1])}`, {
        status: 409,
        reply: words,
      });
    case 'ConcurrencyException':
      return new PermanentError('The record was changed meanwhile.', { status: 409 });
    default:
      return defect(method, text(name));
  }
}

/** The traceback is left out: it is Tryton's, and says nothing to who reads the run. */
function defect(method: string, message: string): Error {
  if (/locked|deadlock|could not serialize|concurrent update/i.test(message))
    return new TransientError(`Tryton's database is busy: ${message}`, { status: 503 });
  return new PermanentError(`Tryton failed in "${method}": ${message.slice(0, 300)}`, {
    status: 502,
    reason: 'unavailable',
  });
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value ?? null);
}

const Login = z.tuple([z.int(), z.string().min(16)]);

/** Signs in: the headers of the session. Basic authentication works too, and costs 400 ms a call. */
export async function openSession(of: {
  settings: Settings;
  http: HttpPort;
}): Promise<Record<string, string>> {
  const { database, user, password } = of.settings;
  const body = { id: 0, method: 'common.db.login', params: [user, { password }] };
  const reply = await of.http
    .post(`/${database}/`, { body, reply: Reply })
    .catch((error: unknown) => Promise.reject(loginRefused(error, of.settings)));
  // A server on SQLite says so for a database that it does not have; others answer 404.
  if ('error' in reply) throw noDatabase(database);
  const [id, key] = checked('login', Login, reply.result);
  const told = Buffer.from(`${user}:${id}:${key}`).toString('base64');
  return { authorization: `Session ${told}` };
}

function loginRefused(error: unknown, { user, database }: Settings): unknown {
  if (!isClassifiedError(error)) return error;
  if (error.status === 401)
    return new PermanentError(`Tryton refuses the user "${user}": check user and password.`, { status: 401 });
  return error.status === 404 ? noDatabase(database) : error;
}

function noDatabase(database: string): PermanentError {
  return new PermanentError(`Tryton cannot open the database "${database}": check its name.`, {
    status: 404,
  });
}
