import { VendorServer, type VendorReply, type VendorRequest } from '@tutti/plugin-sdk/testing/vendor';

export const LOGIN = { database: 'books', user: 'hub@example.com', apiKey: 'odoo-canary-key' };
const USER_ID = 7;

interface Row {
  [name: string]: unknown;
  id: number;
}
interface Arguments {
  [name: string]: unknown;
  ids?: number[];
  context?: { active_ids?: number[]; skip_backorder?: boolean };
}
type Command = [number, number, number[]];
type LineCommand = [number, number, object];

class OdooRefusal extends Error {
  constructor(
    readonly odooName: string,
    message: string,
    readonly status = 422,
  ) {
    super(message);
  }
}

/** Fields that lead to another model; the rest are values. */
const LINKS: Record<string, string> = {
  partner_id: 'res.partner',
  company_id: 'res.company',
  currency_id: 'res.currency',
  property_purchase_currency_id: 'res.currency',
  product_id: 'product.product',
  uom_id: 'uom.uom',
  purchase_id: 'purchase.order',
  order_id: 'purchase.order',
  purchase_line_id: 'purchase.order.line',
  picking_id: 'stock.picking',
  move_id: 'account.move',
};
/** One to many: which model, and its field that leads back. */
const LINES: Record<string, readonly [model: string, back: string]> = {
  order_line: ['purchase.order.line', 'order_id'],
  invoice_line_ids: ['account.move.line', 'move_id'],
  bank_ids: ['res.partner.bank', 'partner_id'],
};
const READS = /^(?:search_read|fields_get|read|search|authenticate)$/;

/** The part of Odoo 18 that the connector and its tests use, in memory: both protocols. */
class OdooSimulator {
  readonly #tables = new Map<string, Row[]>();
  #ids = 100;
  #nowMs = Date.parse('2026-11-22T10:00:00Z');

  constructor() {
    const seed: readonly (readonly [string, object])[] = [
      ['res.currency', { id: 1, name: 'EUR' }],
      ['res.company', { id: 1, name: 'Tutti Test AG', currency_id: 1 }],
      ['uom.uom', { id: 1, name: 'Units' }],
      ['account.tax', { amount: 19, amount_type: 'percent', type_tax_use: 'purchase', company_id: 1 }],
      ['product.product', { default_code: 'P-1', name: 'Copy paper A4', uom_id: 1 }],
      ['product.product', { default_code: 'L-1', name: 'Desk lamp, black', uom_id: 1 }],
    ];
    for (const [model, values] of seed) this.#insert(model, values);
  }

  answer = (request: VendorRequest): VendorReply => {
    const { pathname } = request.url;
    const [, json, two, model = '', method = ''] = pathname.split('/');
    if (json === 'jsonrpc') return this.#jsonRpc(request);
    if (json !== 'json' || two !== '2') return { status: 404, body: 'Not Found' };
    try {
      if (request.headers.authorization !== `Bearer ${LOGIN.apiKey}`)
        throw new OdooRefusal('werkzeug.exceptions.Unauthorized', 'Invalid apikey', 401);
      return { body: this.#call(model, method, request.body as Arguments) };
    } catch (error) {
      const { odooName, message, status } = asRefusal(error);
      return {
        status,
        body: { name: odooName, message, arguments: [message], context: {}, debug: 'Traceback' },
      };
    }
  };

  #jsonRpc({ body }: VendorRequest): VendorReply {
    const { id, params } = body as { id: number; params: { service: string; method: string; args: never[] } };
    try {
      return { body: { jsonrpc: '2.0', id, result: this.#service(params) } };
    } catch (error) {
      const { odooName, message } = asRefusal(error);
      const data = { name: odooName, message, arguments: [message], debug: 'Traceback' };
      return { body: { jsonrpc: '2.0', id, error: { code: 200, message: 'Odoo Server Error', data } } };
    }
  }

  #service({ service, method, args }: { service: string; method: string; args: unknown[] }): unknown {
    if (service === 'common' && method === 'authenticate')
      return args[1] === LOGIN.user && args[2] === LOGIN.apiKey ? USER_ID : false;
    const [database, user, key, model, name, positional, named] = args;
    if (database !== LOGIN.database || user !== USER_ID || key !== LOGIN.apiKey)
      throw new OdooRefusal('odoo.exceptions.AccessDenied', 'Access Denied', 401);
    return this.#call(
      model as string,
      name as string,
      given(name as string, positional as unknown[], named as object),
    );
  }

  #call(model: string, method: string, args: Arguments): unknown {
    if (model === 'no.model')
      throw new OdooRefusal('werkzeug.exceptions.NotFound', 'the model does not exist', 404);
    const rows = () => (args.ids ?? []).map((id) => this.#row(model, id));
    switch (method) {
      case 'search_read':
        return this.#searchRead(model, args);
      case 'read':
        return rows().map((row) => this.#shown(model, row, args['fields'] as string[]));
      case 'create':
        return (args['vals_list'] as object[]).map((values) =>
          this.#create(model, values, args.context ?? {}),
        );
      case 'write':
        for (const row of rows()) this.#write(model, row, args['vals'] as object);
        return true;
      case 'fields_get':
        return Object.fromEntries(
          ((args['allfields'] as string[] | undefined) ?? ['name'])
            .filter((name) => name !== 'tax_ids' && name !== 'ref')
            .map((name) => [name, { type: 'char' }]),
        );
      case 'button_confirm':
        return rows().forEach((row) => this.#confirm(row)) ?? true;
      case 'button_validate':
        return rows().forEach((row) => this.#validate(row, args)) ?? true;
      case 'action_post':
        return rows().forEach((row) => this.#post(row)) ?? false;
      case 'action_create_payments':
        return rows().map((row) => this.#pay(row))[0];
      default:
        throw new OdooRefusal('builtins.AttributeError', `${model} has no ${method}`, 500);
    }
  }

  #table(model: string): Row[] {
    const table = this.#tables.get(model) ?? [];
    this.#tables.set(model, table);
    return table;
  }

  #row(model: string, id: unknown): Row {
    const found = this.#table(model).find((row) => row.id === id);
    if (found !== undefined) return found;
    throw new OdooRefusal('odoo.exceptions.MissingError', 'Record does not exist or has been deleted.', 404);
  }

  #now(): string {
    this.#nowMs += 1_000;
    return new Date(this.#nowMs).toISOString().replace('T', ' ').slice(0, 19);
  }

  #insert(model: string, values: object): Row {
    const row = { id: (this.#ids += 1), write_date: this.#now(), active: true, ...values };
    this.#table(model).push(row);
    return row;
  }

  #create(model: string, values: object, context: NonNullable<Arguments['context']>): number {
    const own = Object.entries(values).filter(([name]) => LINES[name] === undefined);
    const row = this.#insert(model, { ...DEFAULTS[model], ...Object.fromEntries(own), ...context });
    for (const [name, commands] of Object.entries(values)) {
      const [lineModel, back] = LINES[name] ?? [];
      if (lineModel === undefined || back === undefined) continue;
      for (const [, , line] of commands as LineCommand[])
        this.#create(lineModel, { ...line, [back]: row.id }, {});
    }
    if (model === 'account.move') this.#total(row);
    return row.id;
  }

  #write(model: string, row: Row, values: object): void {
    if (model === 'account.move' && row['state'] === 'posted')
      throw new OdooRefusal('odoo.exceptions.UserError', 'You cannot modify a posted entry.');
    Object.assign(row, values, { write_date: this.#now() });
  }

  #searchRead(model: string, { domain, fields, limit }: Arguments): unknown[] {
    return this.#table(model)
      .filter((row) => row['active'] !== false)
      .filter((row) => (domain as [string, string, unknown][]).every((one) => this.#fits(model, row, one)))
      .slice(0, (limit as number | undefined) ?? 1_000)
      .map((row) => this.#shown(model, row, (fields as string[] | undefined) ?? ['display_name']));
  }

  #fits(model: string, row: Row, [path, operator, value]: [string, string, unknown]): boolean {
    const [name = '', deeper] = path.split('.');
    if (deeper !== undefined)
      return this.#linesOf(name, row).some((line) => this.#fits('', line, [deeper, operator, value]));
    const found = this.#valueOf(model, row, name);
    switch (operator) {
      case '=':
        return found === value;
      case 'in':
        return (value as unknown[]).includes(found);
      case '=ilike':
        return `${found as string}`.toLowerCase() === `${value as string}`.toLowerCase();
      case 'ilike':
        return found !== false && plain(`${found as string}`).includes(plain(`${value as string}`));
      default:
        throw new OdooRefusal('builtins.ValueError', `Invalid operator ${operator}`, 500);
    }
  }

  #linesOf(name: string, row: Row): Row[] {
    const [model, back] = LINES[name] ?? ['', ''];
    return this.#table(model).filter((line) => line[back] === row.id && line['active'] !== false);
  }

  #valueOf(model: string, row: Row, name: string): unknown {
    if (LINES[name] !== undefined) return this.#linesOf(name, row).map(({ id }) => id);
    if (name === 'amount_untaxed' && model === 'purchase.order')
      return sum(
        this.#linesOf('order_line', row).map(
          (line) => (line['product_qty'] as number) * (line['price_unit'] as number),
        ),
      );
    if (name === 'sanitized_acc_number') return row['acc_number'] ?? false;
    if (name === 'parent_state') return this.#row('account.move', row['move_id'])['state'];
    return row[name] ?? (/(?:_ids|taxes_id)$/.test(name) ? [] : false);
  }

  #shown(model: string, row: Row, fields: readonly string[]): object {
    const entries = fields.map((name) => {
      const value = name === 'display_name' ? row['name'] : this.#valueOf(model, row, name);
      const target = LINKS[name];
      if (target === undefined || value === false) return [name, commandIds(value)];
      return [name, [value, `${(this.#row(target, value)['name'] as string | undefined) ?? target}`]];
    });
    return { id: row.id, ...Object.fromEntries(entries) };
  }

  #confirm(order: Row): void {
    if (order['state'] !== 'draft') return;
    order['state'] = 'purchase';
    const picking = this.#insert('stock.picking', {
      purchase_id: order.id,
      state: 'assigned',
      date_done: false,
    });
    for (const line of this.#linesOf('order_line', order))
      this.#expect(picking, line.id, line['product_qty'] as number);
  }

  #expect(picking: Row, line: unknown, demand: number): void {
    const more = { picking_id: picking.id, purchase_line_id: line, product_uom_qty: demand };
    this.#insert('stock.move', { ...more, quantity: demand, state: 'assigned', picked: false });
  }

  #validate(picking: Row, { context }: Arguments): void {
    const moves = this.#table('stock.move').filter((move) => move['picking_id'] === picking.id);
    const left = moves.filter(
      (move) => move['picked'] !== true || (move['quantity'] as number) < (move['product_uom_qty'] as number),
    );
    // Without the context Odoo answers with a question, and does nothing.
    if (left.length > 0 && context?.skip_backorder !== true) return;
    const rest = left.map(
      (move) =>
        [
          move['purchase_line_id'],
          (move['product_uom_qty'] as number) - (move['picked'] === true ? (move['quantity'] as number) : 0),
        ] as const,
    );
    for (const move of moves) Object.assign(move, { state: move['picked'] === true ? 'done' : 'cancel' });
    Object.assign(picking, { state: 'done', date_done: this.#now() });
    if (rest.length === 0) return;
    const later = this.#insert('stock.picking', {
      purchase_id: picking['purchase_id'],
      state: 'assigned',
      date_done: false,
    });
    for (const [line, demand] of rest) this.#expect(later, line, demand);
  }

  #total(move: Row): void {
    let [net, tax] = [0, 0];
    for (const line of this.#linesOf('invoice_line_ids', move)) {
      const subtotal = round((line['quantity'] as number) * (line['price_unit'] as number));
      const rates = (commandIds(line['tax_ids']) as number[]).map(
        (id) => this.#row('account.tax', id)['amount'] as number,
      );
      Object.assign(line, { price_subtotal: subtotal, display_type: 'product' });
      net += subtotal;
      tax += (subtotal * sum(rates)) / 100;
    }
    const total = round(net + round(tax));
    Object.assign(move, {
      amount_untaxed: round(net),
      amount_tax: round(tax),
      amount_total: total,
      amount_residual: total,
    });
  }

  #post(move: Row): void {
    if (move['state'] !== 'draft')
      throw new OdooRefusal('odoo.exceptions.UserError', 'The entry must be in draft.');
    const twin = this.#table('account.move').find(
      (one) =>
        one['state'] === 'posted' && one['ref'] === move['ref'] && one['partner_id'] === move['partner_id'],
    );
    if (twin !== undefined)
      throw new OdooRefusal('odoo.exceptions.ValidationError', 'Duplicated vendor reference detected.');
    Object.assign(move, { state: 'posted', write_date: this.#now() });
  }

  #pay(wizard: Row): object {
    const [bill] = (wizard['active_ids'] as number[]).map((id) => this.#row('account.move', id));
    if (bill === undefined || bill['amount_residual'] === 0)
      throw new OdooRefusal('odoo.exceptions.UserError', 'There is nothing left to pay.');
    bill['amount_residual'] = round((bill['amount_residual'] as number) - (wizard['amount'] as number));
    const payment = this.#insert('account.payment', {
      partner_id: bill['partner_id'],
      company_id: 1,
      currency_id: bill['currency_id'],
      amount: wizard['amount'],
      date: wizard['payment_date'],
      memo: wizard['communication'],
      reconciled_bill_ids: [bill.id],
    });
    return { type: 'ir.actions.act_window', res_model: 'account.payment', res_id: payment.id };
  }
}

const DEFAULTS: Record<string, object> = {
  'purchase.order': { state: 'draft', origin: false },
  'purchase.order.line': { display_type: false },
  'account.move': { state: 'draft' },
  'product.product': { uom_id: 1 },
};

/** Positional arguments of the methods that clients call so; named ones otherwise. */
function given(method: string, positional: unknown[], named: object): Arguments {
  const [first, second] = positional;
  if (method === 'create') return { vals_list: [first].flat(), ...named };
  if (method === 'search_read')
    return { domain: first ?? [], ...(second === undefined ? {} : { fields: second }), ...named };
  if (method === 'write')
    return { ids: [first].flat() as number[], ...(second === undefined ? {} : { vals: second }), ...named };
  return {
    ...(first === undefined ? {} : { ids: [first].flat() as number[] }),
    ...(second === undefined ? {} : { fields: second }),
    ...named,
  };
}

/** The ids of a `[[6, 0, ids]]`. */
function commandIds(value: unknown): unknown {
  const [first] = Array.isArray(value) ? (value as unknown[]) : [];
  return Array.isArray(first) ? (first as Command)[2] : value;
}

function asRefusal(error: unknown): OdooRefusal {
  return error instanceof OdooRefusal ? error : new OdooRefusal('builtins.Exception', String(error), 500);
}

const plain = (text: string) => text.toLowerCase().replaceAll('\\', '').normalize('NFC');
const round = (value: number) => Math.round(value * 100) / 100;
const sum = (values: readonly number[]) => values.reduce((total, one) => total + one, 0);

function writes({ url, body }: VendorRequest): boolean {
  const { params } = (body ?? {}) as { params?: { method: string; args: unknown[] } };
  const name = params === undefined ? (url.pathname.split('/').at(-1) ?? '') : params.method;
  return !READS.test(name === 'execute_kw' ? `${params?.args[4] as string}` : name);
}

/** An Odoo of its own, with a company in EUR, a tax of 19 % and two products. */
export function startOdoo(): Promise<VendorServer> {
  return VendorServer.start(new OdooSimulator().answer, writes);
}
