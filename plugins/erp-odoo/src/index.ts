import { definePlugin } from '@tutti/plugin-sdk';
import {
  erpBooks,
  erpCapabilities,
  erpPaymentCapabilities,
  erpPayments,
  erpProductCapabilities,
  type ErpPayingSystem,
} from '@tutti/plugin-sdk/erp';
import { invoicesIn } from './invoices.js';
import { Odoo, type Call } from './odoo.js';
import { ordersIn } from './orders.js';
import { paymentsIn } from './payments.js';
import { productsIn } from './products.js';
import { receiptsIn } from './receipts.js';
import { httpDefaults, Settings } from './settings.js';
import { suppliersIn } from './suppliers.js';

function system(call: Call): ErpPayingSystem {
  const odoo = new Odoo(call);
  return {
    mark: odoo.mark,
    ...suppliersIn(odoo),
    ...ordersIn(odoo),
    ...receiptsIn(odoo),
    ...invoicesIn(odoo),
    ...paymentsIn(odoo),
  };
}

/** Odoo 17 and later: suppliers, products, purchase orders, receipts, bills, payments. */
export default definePlugin({
  contract: 1,
  name: 'erp-odoo',
  kind: 'erp',
  summary: 'Odoo: suppliers, products, purchase orders, receipts, bills, payments.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  async health({ http, settings }) {
    const odoo = new Odoo({ http, settings, idempotencyKey: 'health' });
    // Each is a field of a module without which the capabilities cannot work.
    await odoo.field('purchase.order', 'order_line');
    await odoo.field('stock.picking', 'purchase_id');
    await odoo.field('account.move', 'amount_residual');
    return `Company ${settings.company} over ${settings.protocol}; all modules are there.`;
  },
  capabilities: {
    ...erpCapabilities<Settings>({ open: (call) => erpBooks(system(call)) }),
    ...erpProductCapabilities<Settings>({ open: (call) => productsIn(new Odoo(call)) }),
    ...erpPaymentCapabilities<Settings>({ open: (call) => erpPayments(system(call)) }),
  },
});
