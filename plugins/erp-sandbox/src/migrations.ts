import { IDEMPOTENCY_KEYS_TABLE } from '@tutti/plugin-sdk';

/** The sandbox's tables, with the rules that a real ERP would not let anyone break either. */
export const MIGRATIONS = [
  `
  CREATE SEQUENCE supplier_numbers START 10001;
  CREATE TABLE suppliers (
    id text PRIMARY KEY DEFAULT 'SUP-' || nextval('supplier_numbers'),
    name text NOT NULL CHECK (name <> ''), name_key text NOT NULL,
    vat_id text CHECK (vat_id ~ '^[A-Z0-9]{4,20}$'),
    iban text CHECK (iban ~ '^[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}$'),
    email text, currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    version int NOT NULL DEFAULT 1 CHECK (version > 0));
  CREATE UNIQUE INDEX suppliers_by_vat_id ON suppliers (vat_id) WHERE vat_id IS NOT NULL;
  CREATE INDEX suppliers_by_iban ON suppliers (iban);
  CREATE INDEX suppliers_by_name ON suppliers (name_key);

  CREATE TABLE purchase_orders (
    number text PRIMARY KEY, supplier_id text NOT NULL REFERENCES suppliers, order_date date NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'closed', 'cancelled')),
    version int NOT NULL DEFAULT 1 CHECK (version > 0));
  CREATE TABLE purchase_order_lines (
    purchase_order_number text NOT NULL REFERENCES purchase_orders, number int NOT NULL CHECK (number > 0),
    article_code text, description text NOT NULL, quantity numeric(16,4) NOT NULL CHECK (quantity > 0),
    unit_price numeric(18,6) NOT NULL CHECK (unit_price >= 0),
    tax_percent numeric(6,3) NOT NULL CHECK (tax_percent BETWEEN 0 AND 100),
    PRIMARY KEY (purchase_order_number, number));

  CREATE SEQUENCE receipt_numbers START 10001;
  CREATE TABLE receipts (
    id text PRIMARY KEY DEFAULT 'REC-' || nextval('receipt_numbers'),
    purchase_order_number text NOT NULL REFERENCES purchase_orders, received_on date NOT NULL,
    UNIQUE (id, purchase_order_number));
  CREATE TABLE receipt_lines (
    receipt_id text NOT NULL, purchase_order_number text NOT NULL, purchase_order_line int NOT NULL,
    quantity numeric(16,4) NOT NULL CHECK (quantity > 0),
    PRIMARY KEY (receipt_id, purchase_order_line),
    FOREIGN KEY (receipt_id, purchase_order_number) REFERENCES receipts (id, purchase_order_number),
    FOREIGN KEY (purchase_order_number, purchase_order_line) REFERENCES purchase_order_lines);

  CREATE SEQUENCE invoice_numbers START 10001;
  CREATE TABLE invoices (
    id text PRIMARY KEY DEFAULT 'INV-' || nextval('invoice_numbers'),
    supplier_id text NOT NULL REFERENCES suppliers, invoice_number text NOT NULL CHECK (invoice_number <> ''),
    invoice_date date NOT NULL, due_date date, currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    purchase_order_number text REFERENCES purchase_orders,
    net_total numeric(18,2) NOT NULL CHECK (net_total >= 0),
    tax_total numeric(18,2) NOT NULL CHECK (tax_total >= 0),
    grand_total numeric(18,2) NOT NULL CHECK (grand_total = net_total + tax_total),
    open_amount numeric(18,2) NOT NULL CHECK (open_amount BETWEEN 0 AND grand_total),
    version int NOT NULL DEFAULT 1 CHECK (version > 0),
    UNIQUE (supplier_id, invoice_number));
  CREATE TABLE invoice_lines (
    invoice_id text NOT NULL REFERENCES invoices, number int NOT NULL CHECK (number > 0),
    description text NOT NULL,
    article_code text, quantity numeric(16,4) NOT NULL, unit_price numeric(18,6) NOT NULL,
    line_total numeric(18,2) NOT NULL,
    purchase_order_number text, purchase_order_line int,
    PRIMARY KEY (invoice_id, number),
    FOREIGN KEY (purchase_order_number, purchase_order_line) REFERENCES purchase_order_lines);
  CREATE INDEX invoice_lines_by_order ON invoice_lines (purchase_order_number, purchase_order_line);

  CREATE SEQUENCE payment_numbers START 10001;
  CREATE TABLE payments (
    id text PRIMARY KEY DEFAULT 'PAY-' || nextval('payment_numbers'),
    invoice_id text NOT NULL REFERENCES invoices, amount numeric(18,2) NOT NULL CHECK (amount > 0),
    currency text NOT NULL,
    iban text NOT NULL, paid_on date NOT NULL, reference text NOT NULL);
  CREATE INDEX payments_by_invoice ON payments (invoice_id);
  ${IDEMPOTENCY_KEYS_TABLE}
  `,
];
