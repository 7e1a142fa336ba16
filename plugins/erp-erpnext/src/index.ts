import { definePlugin, PermanentError } from '@tutti/plugin-sdk';
import {
  erpBooks,
  erpCapabilities,
  erpPaymentCapabilities,
  erpPayments,
  erpProductCapabilities,
  type ErpPayingSystem,
} from '@tutti/plugin-sdk/erp';
import { Frappe, type Call } from './frappe.js';
import { invoicesIn } from './invoices.js';
import { ordersIn } from './orders.js';
import { paymentsIn } from './payments.js';
import { productsIn } from './products.js';
import { receiptsIn } from './receipts.js';
import { httpDefaults, Settings } from './settings.js';
import { missingFields, setupCapabilities } from './setup.js';
import { suppliersIn } from './suppliers.js';

function system(call: Call): ErpPayingSystem {
  const frappe = new Frappe(call);
  return {
    mark: frappe.mark,
    ...suppliersIn(frappe),
    ...ordersIn(frappe),
    ...receiptsIn(frappe),
    ...invoicesIn(frappe),
    ...paymentsIn(frappe),
  };
}

/** ERPNext 14 and later: suppliers, items, purchase orders, receipts, invoices, payments. */
export default definePlugin({
  contract: 1,
  name: 'erp-erpnext',
  kind: 'erp',
  summary: 'ERPNext: suppliers, items, purchase orders, receipts, invoices, payments.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  async health({ http, settings }) {
    const missing = await missingFields(new Frappe({ http, settings, idempotencyKey: 'health' }));
    if (missing.length === 0) return `Company ${settings.company}; all custom fields are there.`;
    const message = `ERPNext has no ${missing.join(', ')}: call erpnext.fields.create once.`;
    throw new PermanentError(message, { status: 422 });
  },
  capabilities: {
    ...erpCapabilities<Settings>({ open: (call) => erpBooks(system(call)) }),
    ...erpProductCapabilities<Settings>({ open: (call) => productsIn(new Frappe(call)) }),
    ...erpPaymentCapabilities<Settings>({ open: (call) => erpPayments(system(call)) }),
    ...setupCapabilities,
  },
});
