import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { preparedCopy, run } from './prepared.js';
import { onUnusedPort, startServer, type RunningServer } from './server-process.js';

const USER = 'admin';
const PASSWORD = 'canary-tryton-password';
const DATABASE = 'hub';
const MODULES = 'party bank purchase account_invoice account_invoice_stock account_payment'.split(' ');

/** Calls a method of Tryton's over JSON-RPC; rejects with the error that it answers. */
export type TrytonRpc = (method: string, ...params: unknown[]) => Promise<unknown>;

/** A Tryton of one test's own, with one company, its chart of accounts, VAT of 19 % and 7 %. */
export interface TestTryton {
  /** Settings of a connection to it. */
  settings: { baseUrl: string; database: string; user: string; password: string };
  rpc: TrytonRpc;
  stop(): Promise<void>;
}

/** Starts a Tryton with data of its own: 2 s, and 40 s more for the first one on a machine. */
export async function startTryton(): Promise<TestTryton> {
  const folder = await preparedCopy({ server: 'tryton', source: import.meta.filename, prepare });
  const { baseUrl, server } = await serve(folder);
  return {
    settings: { baseUrl, database: DATABASE, user: USER, password: PASSWORD },
    rpc: await signedIn(baseUrl),
    async stop() {
      await server.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function prepare(folder: string): Promise<void> {
  configure(folder, 0);
  writeFileSync(join(folder, 'password'), PASSWORD);
  // Tryton makes no database: the file has to be there.
  writeFileSync(join(folder, `${DATABASE}.sqlite`), '');
  const args = ['-c', 'trytond.conf', '-d', DATABASE, '--activate-dependencies', '--email', 'a@b.example'];
  await run('/usr/bin/trytond-admin', {
    args: [...args, '-u', ...MODULES],
    folder,
    env: { TRYTONPASSFILE: 'password' },
  });
  const { baseUrl, server } = await serve(folder);
  try {
    await setUp(await signedIn(baseUrl));
  } finally {
    await server.stop();
  }
}

function configure(folder: string, port: number): void {
  const web = `[web]\nlisten = 127.0.0.1:${port}\n`;
  // A relative path ends up in the root of the file system.
  writeFileSync(join(folder, 'trytond.conf'), `${web}[database]\nuri = sqlite://\npath = ${folder}\n`);
}

function serve(folder: string): Promise<{ baseUrl: string; server: RunningServer }> {
  return onUnusedPort(async (port) => {
    configure(folder, port);
    const baseUrl = `http://127.0.0.1:${port}`;
    const server = await startServer({
      name: 'trytond',
      command: '/usr/bin/trytond',
      args: ['-c', 'trytond.conf', '-d', DATABASE],
      folder,
      log: join(folder, 'trytond.log'),
      isReady: async () => (await fetch(baseUrl, { method: 'OPTIONS' })).status > 0,
    });
    return { baseUrl, server };
  });
}

async function signedIn(baseUrl: string): Promise<TrytonRpc> {
  const send = async (headers: Record<string, string>, method: string, params: unknown[]) => {
    const reply = await fetch(`${baseUrl}/${DATABASE}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({ id: 0, method, params }),
    });
    const text = await reply.text();
    if (!reply.ok) throw new Error(`${method} answered ${reply.status}: ${text.slice(0, 500)}`);
    const { error, result } = JSON.parse(text) as { error?: unknown; result?: unknown };
    if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error).slice(0, 1_000)}`);
    return result;
  };
  const login = await send({}, 'common.db.login', [USER, { password: PASSWORD }]);
  const [user, key] = login as [number, string];
  const authorization = `Session ${Buffer.from(`${USER}:${user}:${key}`).toString('base64')}`;
  return (method, ...params) => send({ authorization }, method, params);
}

/** A number as Tryton's JSON-RPC writes it. */
export const trytonDecimal = (decimal: string) => ({ __class__: 'Decimal', decimal });
/** A date as Tryton's JSON-RPC writes it, from ISO 8601. */
export function trytonDate(text: string) {
  const [year, month, day] = text.split('-').map(Number);
  return { __class__: 'date', year, month, day };
}

/** Everything that a company has before its first purchase order. */
async function setUp(rpc: TrytonRpc): Promise<void> {
  const create = async (model: string, values: object, context = {}) =>
    ((await rpc(`model.${model}.create`, [values], context)) as [number])[0];
  const rates = [['create', [{ date: trytonDate('2020-01-01'), rate: trytonDecimal('1') }]]];
  const money = { digits: 2, rounding: trytonDecimal('0.01'), rates };
  const currency = await create('currency.currency', { name: 'Euro', code: 'EUR', symbol: '€', ...money });
  const party = await create('party.party', {
    name: 'Tutti Test AG',
    addresses: [['create', [{ city: 'Bern' }]]],
  });
  const company = await create('company.company', { party, currency });
  await rpc('model.res.user.write', [1], { companies: [['add', [company]]], company }, {});
  const ledger = new Ledger(rpc, company);
  await ledger.makeAccounts();
  for (const year of ['2025', '2026', '2027']) await ledger.openYear(year);
  await ledger.add('account.payment.journal', { name: 'Bank', company, currency, process_method: 'manual' });
}

/** The books of the company. */
class Ledger {
  readonly #rpc: TrytonRpc;
  readonly #company: number;

  constructor(rpc: TrytonRpc, company: number) {
    this.#rpc = rpc;
    this.#company = company;
  }

  async add(model: string, values: object): Promise<number> {
    const context = { company: this.#company };
    return ((await this.#rpc(`model.${model}.create`, [values], context)) as [number])[0];
  }

  async makeAccounts(): Promise<void> {
    await this.#makeChart();
    const [receivable, payable, revenue, expense] = [
      await this.#account(['type.receivable', '=', true]),
      await this.#account(['type.payable', '=', true]),
      await this.#account(['type.revenue', '=', true]),
      await this.#account(['type.expense', '=', true]),
    ];
    const defaults = {
      default_account_receivable: receivable,
      default_account_payable: payable,
      default_category_account_expense: expense,
      default_category_account_revenue: revenue,
    };
    await this.#rpc('model.account.configuration.write', [1], defaults, { company: this.#company });
    const accounts = { account_expense: expense, account_revenue: revenue };
    await this.add('product.category', { name: 'Goods', accounting: true, ...accounts });
    await this.#makeTaxes();
  }

  async #makeChart(): Promise<void> {
    const context = { company: this.#company };
    const minimal = ['name', '=', 'Minimal Account Chart'];
    const template = await this.#first('account.account.template', [['parent', '=', null], minimal]);
    const [wizard] = (await this.#rpc('wizard.account.create_chart.create', context)) as [number];
    const account = { account_template: template, company: this.#company };
    const execute = 'wizard.account.create_chart.execute';
    await this.#rpc(execute, wizard, { start: {} }, 'account', context);
    await this.#rpc(execute, wizard, { start: {}, account }, 'create_account', context);
  }

  async #makeTaxes(): Promise<void> {
    const account = await this.#account(['name', '=', 'Main Tax']);
    const group = await this.add('account.tax.group', { name: 'Purchase', code: 'P', kind: 'purchase' });
    const booked = { company: this.#company, invoice_account: account, credit_note_account: account };
    for (const [name, rate] of [
      ['VAT 19 %', '0.19'],
      ['VAT 7 %', '0.07'],
    ] as const)
      await this.add('account.tax', {
        name,
        description: name,
        group,
        type: 'percentage',
        rate: trytonDecimal(rate),
        ...booked,
      });
  }

  async openYear(year: string): Promise<void> {
    const { invoices, moves } = {
      invoices: await this.#sequence('ir.sequence.strict', 'Invoice', year),
      moves: await this.#sequence('ir.sequence', 'Account Move', year),
    };
    const numbered = {
      in_invoice_sequence: invoices,
      out_invoice_sequence: invoices,
      in_credit_note_sequence: invoices,
      out_credit_note_sequence: invoices,
    };
    const fiscalYear = await this.add('account.fiscalyear', {
      name: year,
      company: this.#company,
      post_move_sequence: moves,
      start_date: trytonDate(`${year}-01-01`),
      end_date: trytonDate(`${year}-12-31`),
      invoice_sequences: [['create', [{ company: this.#company, ...numbered }]]],
    });
    await this.#rpc('model.account.fiscalyear.create_period', [fiscalYear], { company: this.#company });
  }

  async #sequence(model: string, type: string, year: string): Promise<number> {
    const sequenceType = await this.#first('ir.sequence.type', [['name', '=', type]]);
    return this.add(model, {
      name: `${type} ${year}`,
      sequence_type: sequenceType,
      company: this.#company,
      prefix: `${year}-`,
    });
  }

  #account(condition: unknown[]): Promise<number> {
    return this.#first('account.account', [['company', '=', this.#company], condition]);
  }

  async #first(model: string, domain: unknown[]): Promise<number> {
    const context = { company: this.#company };
    const [id] = (await this.#rpc(`model.${model}.search`, domain, 0, 1, null, context)) as number[];
    if (id === undefined) throw new Error(`Tryton has no ${model} with ${JSON.stringify(domain)}.`);
    return id;
  }
}
