import { Exact } from '@tutti/plugin-sdk/erp';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Domain, Tryton } from './rpc.js';
import { decimal } from './wire.js';

const CompanyCurrency = z.object({ 'currency.': z.object({ id: z.int(), code: z.string() }) });

/** The currency of the company's books. */
export async function companyCurrency(tryton: Tryton): Promise<{ id: number; code: string }> {
  const of = { ids: [tryton.settings.company], fields: ['currency.code'] };
  const [company] = await tryton.read('company.company', CompanyCurrency, of);
  return (company as z.output<typeof CompanyCurrency>)['currency.'];
}

/** The first record that fits, else a refusal with what to do. */
export async function needed(tryton: Tryton, model: string, of: { domain: Domain; missing: string }) {
  const id = await tryton.first(model, of.domain);
  if (id === null) throw new PermanentError(of.missing, { status: 422 });
  return id;
}

export function currencyId(tryton: Tryton, code: string): Promise<number> {
  const missing = `Tryton has no currency ${code}: add it, with its rate.`;
  return needed(tryton, 'currency.currency', { domain: [['code', '=', code]], missing });
}

export function warehouseId(tryton: Tryton): Promise<number> {
  const { warehouse } = tryton.settings;
  const named = ['OR', ['code', '=', warehouse], ['name', '=', warehouse]];
  return needed(tryton, 'stock.location', {
    domain: [['type', '=', 'warehouse'], ...(warehouse === undefined ? [] : [named])],
    missing: `Tryton has no warehouse${warehouse === undefined ? '' : ` "${warehouse}"`}.`,
  });
}

export function addressId(tryton: Tryton, party: number): Promise<number> {
  const missing = `The party ${party} has no address in Tryton: add one.`;
  return needed(tryton, 'party.address', { domain: [['party', '=', party]], missing });
}

/** The taxes of a line: none for 0 %. */
export async function taxIds(tryton: Tryton, percent: string | null): Promise<number[]> {
  if (percent === null || !Exact.of(percent).absolute.isMoreThan(Exact.zero)) return [];
  const rate = Exact.of(percent).per(Exact.of('100')) as Exact;
  const id = await needed(tryton, 'account.tax', {
    domain: [
      ['company', '=', tryton.settings.company],
      ['type', '=', 'percentage'],
      ['rate', '=', decimal(rate.toText())],
      ['parent', '=', null],
      ['OR', ['group', '=', null], ['group.kind', 'in', ['purchase', 'both']]],
    ],
    missing: `Tryton has no purchase tax of ${percent} %: add it.`,
  });
  return [id];
}
