import {
  VendorRefusal,
  VendorServer,
  type VendorReply,
  type VendorRequest,
} from '@tutti/plugin-sdk/testing/vendor';

export const EMAIL = 'agent@example.com';
export const TOKEN = 'zd-canary-token';
export const CLIENT = { clientId: 'tutti', clientSecret: 'zd-canary-client' };
const ACCESS_TOKEN = 'zd-access';

interface Row {
  [name: string]: unknown;
  id: number;
}
interface Update {
  [name: string]: unknown;
  comment?: { body: string; public?: boolean };
  metadata?: object;
}

function refuse(status: number, error: string, description: string): never {
  throw new VendorRefusal({ status, body: { error, description } });
}

const WRITABLE = ['subject', 'status', 'priority', 'group_id', 'assignee_id', 'external_id'];

/** The part of Zendesk's API v2 that the connector and its tests use, in memory. */
class ZendeskSimulator {
  readonly #users: Row[] = [];
  readonly #groups: Row[] = [
    { id: 11, name: 'Support' },
    { id: 12, name: 'Warehouse' },
  ];
  readonly #tickets: Row[] = [];
  readonly #audits: (Row & { ticket_id: number })[] = [];
  readonly #keys = new Map<string, { request: string; reply: VendorReply }>();
  #ids = 1_000;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  constructor() {
    this.#userOf(EMAIL, { name: 'Agent', role: 'agent' });
  }

  answer = (request: VendorRequest): VendorReply => {
    const { url, method, headers } = request;
    if (url.pathname === '/oauth/tokens') return this.#token(request);
    const basic = `Basic ${Buffer.from(`${EMAIL}/token:${TOKEN}`).toString('base64')}`;
    if (![basic, `Bearer ${ACCESS_TOKEN}`].includes(headers.authorization ?? ''))
      refuse(401, 'Couldn’t authenticate you', 'The credentials are wrong.');
    const path = url.pathname.replace(/^\/api\/v2\//, '').replace(/\.json$/, '');
    const [noun = '', id = '', more] = path.split('/');
    switch (`${method} ${/^\d+$/.test(id) ? [noun, '{id}', more].filter(Boolean).join('/') : path}`) {
      case 'GET users/me':
        return { body: { user: this.#users[0] } };
      case 'GET users/search':
        return {
          body: {
            users: this.#users.filter(({ email }) =>
              url.searchParams
                .get('query')
                ?.toLowerCase()
                .includes(`${email as string}`),
            ),
          },
        };
      case 'POST users/create_or_update':
        return {
          body: { user: this.#upsertUser(request.body as { user: { email: string; name: string } }) },
        };
      case 'GET groups':
        return { body: { groups: this.#groups, meta: { has_more: false, after_cursor: null } } };
      case 'GET tickets':
        return this.#many(
          'tickets',
          this.#tickets.filter(({ external_id }) => external_id === url.searchParams.get('external_id')),
        );
      case 'POST tickets':
        return this.#once(request, () => this.#create(request.body as { ticket: Update }));
      case 'GET tickets/{id}':
        return { body: { ticket: this.#ticket(id), ...this.#beside() } };
      case 'PUT tickets/{id}':
        return this.#update(this.#ticket(id), (request.body as { ticket: Update }).ticket);
      case 'GET tickets/{id}/audits':
        return this.#auditPage(Number(id), url.searchParams.get('page[after]'));
      case 'GET search':
        return this.#search(url.searchParams);
      case 'GET incremental/tickets/cursor':
        return this.#export(url.searchParams);
      default:
        return refuse(404, 'InvalidEndpoint', 'Not found');
    }
  };

  #token({ body }: VendorRequest): VendorReply {
    const asked = new URLSearchParams(`${body as string}`);
    if (asked.get('client_secret') !== CLIENT.clientSecret) refuse(401, 'invalid_client', 'Unknown client.');
    return { body: { access_token: ACCESS_TOKEN, token_type: 'bearer', scope: 'read write' } };
  }

  #now(): string {
    this.#nowMs += 1_000;
    return new Date(this.#nowMs).toISOString().replace('.000', '');
  }

  #beside(): object {
    return { users: this.#users, groups: this.#groups };
  }

  #many(name: string, rows: Row[]): VendorReply {
    return { body: { [name]: rows, ...this.#beside(), count: rows.length, next_page: null } };
  }

  #userOf(email: string, more: object = {}): Row {
    const found = this.#users.find((user) => user['email'] === email);
    if (found !== undefined) return Object.assign(found, more);
    const made = { id: (this.#ids += 1), email, name: email, role: 'end-user', suspended: false, ...more };
    this.#users.push(made);
    return made;
  }

  #upsertUser({ user: { email, name } }: { user: { email: string; name: string } }): Row {
    return this.#userOf(email, { name });
  }

  #ticket(id: string): Row {
    return (
      this.#tickets.find((ticket) => ticket.id === Number(id)) ?? refuse(404, 'RecordNotFound', 'Not found')
    );
  }

  /** Idempotency keys are Zendesk's: the same request has the first answer, another one is refused. */
  #once({ headers, body }: VendorRequest, perform: () => VendorReply): VendorReply {
    const key = headers['idempotency-key'] as string | undefined;
    if (key === undefined) return perform();
    const known = this.#keys.get(key);
    const request = JSON.stringify(body);
    if (known === undefined) {
      const reply = perform();
      this.#keys.set(key, { request, reply });
      return { ...reply, headers: { 'x-idempotency-lookup': 'miss' } };
    }
    if (known.request !== request)
      refuse(400, 'IdempotentRequestError', 'Request parameters do not match those of the key.');
    return { ...known.reply, headers: { 'x-idempotency-lookup': 'hit' } };
  }

  #create({ ticket: given }: { ticket: Update }): VendorReply {
    const { requester } = given as { requester?: { email: string; name?: string } };
    if (given.comment === undefined) refuse(422, 'RecordInvalid', 'Description: cannot be blank');
    const at = this.#now();
    const ticket = { id: (this.#ids += 1), status: 'new', priority: null, group_id: 11, assignee_id: null };
    const by = this.#userOf(requester?.email ?? EMAIL, requester);
    const row = { ...ticket, subject: null, requester_id: by.id, created_at: at, updated_at: at };
    this.#tickets.push(row);
    const created = this.#changed(row, given, { type: 'Create', at });
    return { status: 201, body: { ticket: row, audit: created } };
  }

  #update(ticket: Row, given: Update): VendorReply {
    if (given['safe_update'] === true && given['updated_stamp'] !== ticket['updated_at'])
      refuse(409, 'UpdateConflict', 'Safe Update prevented the update due to outdated ticket data.');
    if (ticket['status'] === 'closed') refuse(422, 'RecordInvalid', 'Status: closed prevents ticket update');
    const at = this.#now();
    ticket['updated_at'] = at;
    return { body: { ticket, audit: this.#changed(ticket, given, { type: 'Change', at }) } };
  }

  #changed(ticket: Row, given: Update, { type, at }: { type: string; at: string }): Row {
    const email = given['assignee_email'] as string | undefined;
    const assignee = email === undefined ? undefined : this.#users.find((user) => user['email'] === email);
    const asked = { ...given, ...(assignee && { assignee_id: assignee.id }) } as Update;
    const fields = WRITABLE.filter((name) => name in asked && asked[name] !== ticket[name]);
    const events = fields.map((field_name) => {
      const previous_value = ticket[field_name] ?? null;
      ticket[field_name] = asked[field_name];
      return { id: (this.#ids += 1), type, field_name, value: asked[field_name], previous_value };
    });
    const { comment } = given;
    const said = comment && {
      id: (this.#ids += 1),
      type: 'Comment',
      body: comment.body,
      public: comment.public ?? true,
    };
    const audit = {
      id: (this.#ids += 1),
      ticket_id: ticket.id,
      created_at: at,
      author_id: this.#users[0]?.id,
      metadata: { system: {}, custom: given.metadata ?? {} },
      events: said === undefined ? events : [...events, said],
    };
    this.#audits.push(audit);
    return audit;
  }

  /** Pages of two, so that every list of three has a second page. */
  #auditPage(ticketId: number, after: string | null): VendorReply {
    const all = this.#audits.filter(({ ticket_id }) => ticket_id === ticketId);
    const start = Number(after ?? 0);
    const meta = { has_more: start + 2 < all.length, after_cursor: `${start + 2}` };
    return { body: { audits: all.slice(start, start + 2), meta } };
  }

  #search(query: URLSearchParams): VendorReply {
    const asked = [...(query.get('query') ?? '').matchAll(/(\w+):(?:"([^"]*)"|(\S+))/g)].map(
      ([, name = '', quoted, bare]) => [name, quoted ?? bare ?? ''] as const,
    );
    const statuses = asked.filter(([name]) => name === 'status').map(([, value]) => value);
    const found = this.#tickets.filter(
      (ticket) =>
        (statuses.length === 0 || statuses.includes(`${ticket['status']}`)) &&
        asked.every(([name, value]) => this.#fits(ticket, name, value)),
    );
    return this.#many('results', found.toReversed().slice(0, Number(query.get('per_page') ?? 100)));
  }

  #fits(ticket: Row, name: string, value: string): boolean {
    const user = (id: unknown) => this.#users.find((one) => one.id === id)?.['email'];
    if (name === 'subject') return `${ticket['subject']}`.toLowerCase().includes(value.toLowerCase());
    if (name === 'requester') return user(ticket['requester_id']) === value;
    if (name === 'assignee')
      return value === 'none' ? ticket['assignee_id'] === null : user(ticket['assignee_id']) === value;
    if (name === 'group') return this.#groups.find(({ id }) => id === ticket['group_id'])?.['name'] === value;
    return true;
  }

  /** Two tickets a page; the cursor is the time of the last one. */
  #export(query: URLSearchParams): VendorReply {
    const since = query.get('cursor') ?? '';
    const changed = this.#tickets
      .filter(({ updated_at }) => `${updated_at as string}` > since)
      .sort((one, other) => `${one['updated_at']}`.localeCompare(`${other['updated_at']}`));
    const tickets = changed.slice(0, 2);
    const after_cursor = `${tickets.at(-1)?.['updated_at'] ?? since}`;
    return { body: { tickets, ...this.#beside(), after_cursor, end_of_stream: changed.length <= 2 } };
  }
}

/** A Zendesk of its own, with an agent and two groups in it. */
export function startZendesk(): Promise<VendorServer> {
  return VendorServer.start(new ZendeskSimulator().answer);
}
