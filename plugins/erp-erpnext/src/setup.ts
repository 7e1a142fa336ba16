import type { Capability } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { Frappe, MARK_FIELD, NUMBER_FIELD } from './frappe.js';
import type { Settings } from './settings.js';

const MARKED = ['Supplier', 'Purchase Order', 'Purchase Receipt', 'Purchase Invoice', 'Payment Entry'];
const FIELDS: readonly (readonly [doctype: string, field: string, label: string])[] = [
  ...MARKED.map((doctype) => [doctype, MARK_FIELD, 'Tutti call'] as const),
  ['Purchase Order', NUMBER_FIELD, 'Tutti number'],
];

/** The custom fields that are not there yet, as `Purchase Order.tutti_number`. */
export async function missingFields(frappe: Frappe): Promise<string[]> {
  const names = await frappe.names('Custom Field', [['fieldname', 'in', [MARK_FIELD, NUMBER_FIELD]]]);
  return FIELDS.filter(([doctype, field]) => !names.includes(`${doctype}-${field}`)).map(
    ([doctype, field]) => `${doctype}.${field}`,
  );
}

const Input = z.object({});
const Output = z.object({ created: z.array(z.string()) });

const prepare: Capability<typeof Input, typeof Output, Settings, undefined> = {
  summary: 'Make the custom fields that the connector works with; needs the role System Manager.',
  effect: 'idempotent-write',
  input: Input,
  output: Output,
  async run(call) {
    const frappe = new Frappe(call);
    const created = await missingFields(frappe);
    for (const [dt, fieldname, label] of FIELDS) {
      if (!created.includes(`${dt}.${fieldname}`)) continue;
      // Unique: ERPNext itself refuses a second document of one call.
      await frappe.insert('Custom Field', {
        dt,
        fieldname,
        label,
        fieldtype: 'Data',
        unique: 1,
        no_copy: 1,
        read_only: 1,
      });
    }
    return { created };
  },
};

/** What ERPNext offers beside the canonical capabilities. */
export const setupCapabilities = { 'erpnext.fields.create': prepare };
