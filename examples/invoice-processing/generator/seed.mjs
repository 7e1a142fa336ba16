// What the ERP must know before the first invoice comes, as a workflow of capability calls.
import { orders, receipts, suppliers } from './invoices.mjs';

/** `{ "$result": "name.path" }` in an input stands for a part of an earlier step's output. */
export function seedSteps() {
  const known = [...new Set(orders.map((order) => order.supplier))];
  return [
    ...known.map((name) => {
      const { name: company, vatId, iban, email } = suppliers[name];
      return step(`supplier-${name}`, 'erp.supplier.upsert', {
        name: company,
        vatId,
        iban,
        email,
        currency: 'EUR',
      });
    }),
    ...orders.map(({ number, supplier, orderDate, currency, lines }) =>
      step(`order-${number}`, 'erp.purchase-order.create', {
        number,
        supplierId: { $result: `supplier-${supplier}.supplier.id` },
        orderDate,
        currency,
        lines: lines.map(({ code, description, quantity, unitPrice, taxPercent }) => ({
          articleCode: code,
          description,
          quantity,
          unitPrice,
          taxPercent,
        })),
      }),
    ),
    ...receipts.map((receipt) =>
      step(`receipt-${receipt.purchaseOrderNumber}`, 'erp.receipt.create', receipt),
    ),
    ...known.map((name) =>
      step(`contact-${name}`, 'crm.contact.upsert', {
        email: suppliers[name].email,
        name: suppliers[name].name,
        company: suppliers[name].name,
        phone: suppliers[name].phone,
        tags: ['supplier'],
      }),
    ),
  ];
}

function step(name, capability, input) {
  return { name, capability, input };
}

/** The steps as a workflow: start it once, then the invoices. */
export function seedWorkflow(steps) {
  const resolved = (value) => {
    if (Array.isArray(value)) return value.map(resolved);
    if (value === null || typeof value !== 'object') return value;
    if (value.$result) {
      const [name, ...path] = value.$result.split('.');
      return `\${ $context["${name}"].${path.join('.')} }`;
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, resolved(inner)]));
  };
  return {
    document: {
      dsl: '1.0.3',
      namespace: 'finance',
      name: 'invoice-seed',
      version: '1.0.0',
      title: 'Invoice example: load the ERP and the CRM',
      summary: 'Creates the suppliers, orders, receipts and contacts that the invoice example works with.',
    },
    timeout: { after: { minutes: 10 } },
    do: steps.map(({ name, capability, input }) => ({
      [name]: {
        call: `${capability}:1@default`,
        with: resolved(input),
        export: { as: `\${ $context + { "${name}": . } }` },
      },
    })),
  };
}
