import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { companyCurrency } from './lookups.js';
import type { Tryton } from './rpc.js';

/** What the capabilities work with, and fields without which they cannot. */
const NEEDED: Record<string, readonly string[]> = {
  'party.party': ['identifiers', 'bank_accounts'],
  'purchase.purchase': ['number', 'invoice_method'],
  'stock.shipment.in': ['incoming_moves'],
  'account.invoice': ['reference', 'purchases'],
  'account.payment': ['line', 'journal'],
};

/** Signs in and looks whether the modules are activated that the capabilities need. */
export async function health(tryton: Tryton): Promise<string> {
  const { code } = await companyCurrency(tryton);
  for (const [model, fields] of Object.entries(NEEDED)) {
    const found = await tryton.method(`model.${model}.fields_get`, null, tryton.context);
    const known = z.record(z.string(), z.unknown()).parse(found);
    const missing = fields.filter((field) => !(field in known));
    if (missing.length > 0)
      throw new PermanentError(`Tryton's ${model} has no ${missing.join(', ')}: activate its modules.`);
  }
  return `Books in ${code}; all modules are there.`;
}
