import {
  VendorRefusal,
  VendorServer,
  type VendorReply,
  type VendorRequest,
} from '@tutti/plugin-sdk/testing/vendor';

export const LOGIN = { apiKey: 'hub', apiSecret: 'erpnext-canary-secret' };
export const COMPANY = { company: 'Tutti Test AG', taxAccount: 'VAT - T' };

interface Doc {
  [name: string]: unknown;
  name: string;
  docstatus: number;
  modified: string;
  creation: string;
}
type Line = Record<string, unknown>;

/** Which field names the documents of a type; others are numbered. */
const NAMED_BY: Record<string, string> = {
  Supplier: 'supplier_name',
  Bank: 'bank_name',
  Item: 'item_code',
};
const UNIQUE = ['tutti_call', 'tutti_number'];
const FIELDS = ['Supplier', 'Purchase Order', 'Purchase Receipt', 'Purchase Invoice', 'Payment Entry'].map(
  (dt) => ({ dt, fieldname: 'tutti_call' }),
);

/** An error as version 1 tells it. */
function refuse(status: number, type: string, message: string): never {
  const _server_messages = JSON.stringify([JSON.stringify({ message, title: 'Message' })]);
  const exception = `frappe.exceptions.${type}: ${message}`;
  throw new VendorRefusal({
    status,
    body: { exc_type: type, exception, _server_messages, exc: '["Traceback"]' },
  });
}

/** The part of ERPNext 15 that the connector and its tests use, in memory: both versions of the API. */
class ErpnextSimulator {
  readonly #tables = new Map<string, Doc[]>();
  #ids = 100;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  constructor() {
    for (const field of [...FIELDS, { dt: 'Purchase Order', fieldname: 'tutti_number' }])
      this.#insert('Custom Field', field);
    for (const item_code of ['P-1', 'L-1'])
      this.#insert('Item', { item_code, item_name: item_code, stock_uom: 'Nos' });
  }

  answer = (request: VendorRequest): VendorReply => {
    const { url, method, headers } = request;
    if (headers.authorization !== `token ${LOGIN.apiKey}:${LOGIN.apiSecret}`)
      refuse(401, 'AuthenticationError', 'Invalid API key or secret');
    const isSecond = url.pathname.startsWith('/api/v2/');
    try {
      const path = url.pathname
        .replace(/^\/api\/(?:v2\/document|resource)\//, '')
        .split('/')
        .map(decodeURIComponent);
      if (url.pathname.startsWith('/api/method/'))
        return { body: { message: this.#prepared(url.searchParams) } };
      const [doctype = '', name] = path;
      return { body: { data: this.#document(method, { doctype, name, url, body: request.body as Line }) } };
    } catch (error) {
      throw isSecond ? inSecondForm(error) : error;
    }
  };

  #document(
    method: string,
    of: { doctype: string; name: string | undefined; url: URL; body: Line },
  ): unknown {
    const { doctype, name, url, body } = of;
    if (method === 'POST') return this.#insert(doctype, body);
    if (name === undefined) return this.#list(doctype, url.searchParams);
    const doc = this.#doc(doctype, name);
    if (method === 'GET') return doc;
    return this.#change(doctype, doc, body);
  }

  #table(doctype: string): Doc[] {
    const table = this.#tables.get(doctype) ?? [];
    this.#tables.set(doctype, table);
    return table;
  }

  #doc(doctype: string, name: unknown): Doc {
    const found = this.#table(doctype).find((doc) => doc.name === name);
    return found ?? refuse(404, 'DoesNotExistError', `${doctype} ${name as string} not found`);
  }

  #now(): string {
    this.#nowMs += 1_000;
    return `${new Date(this.#nowMs).toISOString().replace('T', ' ').slice(0, 19)}.123456`;
  }

  #insert(doctype: string, given: Line): Doc {
    const number = (this.#ids += 1);
    const own = given[NAMED_BY[doctype] ?? ''] as string | undefined;
    const custom =
      doctype === 'Custom Field' ? `${given['dt'] as string}-${given['fieldname'] as string}` : undefined;
    const name = custom ?? own ?? `${doctype.replace(/[a-z ]/g, '')}-2026-${number}`;
    if (this.#table(doctype).some((doc) => doc.name === name))
      refuse(409, 'DuplicateEntryError', `${doctype} ${name} already exists`);
    for (const field of UNIQUE)
      if (given[field] !== undefined && this.#table(doctype).some((doc) => doc[field] === given[field]))
        refuse(417, 'UniqueValidationError', `${field} must be unique`);
    const at = this.#now();
    const doc = {
      disabled: 0,
      ...given,
      name,
      docstatus: 0,
      creation: at,
      modified: at,
      status: 'Draft',
    } as Doc;
    this.#checkLinks(doc);
    this.#reckon(doctype, doc);
    this.#table(doctype).push(doc);
    return doc;
  }

  #checkLinks(doc: Doc): void {
    if (
      typeof doc['supplier'] === 'string' &&
      this.#table('Supplier').every(({ name }) => name !== doc['supplier'])
    )
      refuse(417, 'LinkValidationError', `Could not find Supplier: ${doc['supplier']}`);
    for (const { item_code } of (doc['items'] as Line[] | undefined) ?? [])
      if (item_code !== undefined) this.#doc('Item', item_code);
  }

  /** What ERPNext computes of the lines when a document is saved. */
  #reckon(doctype: string, doc: Doc): void {
    const items = doc['items'] as Line[] | undefined;
    if (items === undefined) return;
    for (const [index, item] of items.entries()) {
      const amount = round((item['qty'] as number) * (item['rate'] as number));
      Object.assign(item, { name: item['name'] ?? `row${(this.#ids += 1)}`, idx: index + 1, amount });
      item['item_name'] ??= item['item_code'];
      if (doctype === 'Purchase Order') item['received_qty'] ??= 0;
    }
    const net = round(sum(items.map(({ amount }) => amount as number)));
    const taxes = (doc['taxes'] as { rate: number }[] | undefined) ?? [];
    const tax = round(sum(taxes.map(({ rate }) => round((net * rate) / 100))));
    const total = round(net + tax);
    Object.assign(doc, { net_total: net, total_taxes_and_charges: tax, grand_total: total });
    if (doctype === 'Purchase Invoice') doc['outstanding_amount'] = total;
  }

  #change(doctype: string, doc: Doc, { modified, ...given }: Line): Doc {
    if (modified !== undefined && modified !== doc.modified)
      refuse(417, 'TimestampMismatchError', 'Document has been modified after you have opened it');
    if (doc.docstatus === 1 && given['docstatus'] !== 2)
      refuse(417, 'UpdateAfterSubmitError', 'Not allowed to change after submission');
    Object.assign(doc, given, { modified: this.#now() });
    if (given['docstatus'] === 1) this.#submit(doctype, doc);
    return doc;
  }

  #submit(doctype: string, doc: Doc): void {
    doc['status'] = 'Submitted';
    if (doctype === 'Purchase Receipt')
      for (const { purchase_order, purchase_order_item, qty } of doc['items'] as Line[]) {
        const order = this.#doc('Purchase Order', purchase_order);
        const line = (order['items'] as Line[]).find(({ name }) => name === purchase_order_item) as Line;
        line['received_qty'] = (line['received_qty'] as number) + (qty as number);
      }
    if (doctype !== 'Payment Entry') return;
    const [reference] = doc['references'] as { reference_name: string; allocated_amount: number }[];
    const bill = this.#doc('Purchase Invoice', reference?.reference_name);
    bill['outstanding_amount'] = round(
      (bill['outstanding_amount'] as number) - (reference?.allocated_amount ?? 0),
    );
  }

  #prepared(query: URLSearchParams): object {
    const bill = this.#doc(query.get('dt') ?? '', query.get('dn') ?? '');
    const amount = bill['outstanding_amount'];
    return {
      payment_type: 'Pay',
      party_type: 'Supplier',
      party: bill['supplier'],
      paid_amount: amount,
      received_amount: amount,
      paid_to_account_currency: 'EUR',
      references: [
        { reference_doctype: 'Purchase Invoice', reference_name: bill.name, allocated_amount: amount },
      ],
    };
  }

  #list(doctype: string, query: URLSearchParams): object[] {
    const filters = JSON.parse(query.get('filters') ?? '[]') as unknown[][];
    const fields = JSON.parse(query.get('fields') ?? '["name"]') as string[];
    const limit = Number(query.get('limit_page_length') ?? query.get('limit') ?? 20);
    return this.#table(doctype)
      .filter((doc) => filters.every((filter) => fits(doc, doctype, filter)))
      .slice(0, limit)
      .map((doc) => Object.fromEntries(fields.map((field) => [field, doc[field] ?? null])));
  }
}

/** `[field, operator, value]`, or with the type of the document or of its lines before. */
function fits(doc: Doc, doctype: string, filter: unknown[]): boolean {
  const [table, field, operator, value] = filter.length === 4 ? filter : [doctype, ...filter];
  if (table !== doctype) return (doc['items'] as Line[]).some((item) => item[field as string] === value);
  const found = doc[field as string];
  if (operator === 'in') return (value as unknown[]).includes(found);
  if (operator === '=') return found === value;
  const text = `${value as string}`.replaceAll('%', '').toLowerCase();
  return `${found as string}`.toLowerCase().includes(text);
}

/** An error as version 2 tells it. */
function inSecondForm(error: unknown): unknown {
  if (!(error instanceof VendorRefusal)) return error;
  const { exc_type: type, exception } = error.reply.body as { exc_type: string; exception: string };
  const message = exception.replace(/^[^:]*: /, '');
  return new VendorRefusal({ ...error.reply, body: { errors: [{ type, message, exception }] } });
}

const round = (value: number) => Math.round(value * 100) / 100;
const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

/** An ERPNext of its own, with the custom fields and two items. */
export function startErpnext(): Promise<VendorServer> {
  return VendorServer.start(new ErpnextSimulator().answer);
}
