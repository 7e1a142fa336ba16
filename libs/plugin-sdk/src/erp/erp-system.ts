import type {
  ErpInvoice,
  ErpInvoiceMatchInput,
  ErpInvoiceMatchOutput,
  ErpInvoicePostInput,
  ErpPayment,
  ErpPaymentCreateInput,
  ErpProduct,
  ErpProductUpsertInput,
  ErpPurchaseOrder,
  ErpPurchaseOrderCreateInput,
  ErpReceipt,
  ErpReceiptCreateInput,
  ErpSupplier,
  ErpSupplierFindInput,
  ErpSupplierUpsertInput,
} from '@tutti/contracts';
import type { z } from 'zod';
import type { Booked } from './booked.js';
import type { Exact } from './decimal.js';

export type SupplierSought = z.output<typeof ErpSupplierFindInput>;
export type SupplierChange = z.output<typeof ErpSupplierUpsertInput>;
export type NewOrder = z.output<typeof ErpPurchaseOrderCreateInput>;
export type NewReceipt = z.output<typeof ErpReceiptCreateInput>;
export type NewInvoice = z.output<typeof ErpInvoicePostInput>;
export type NewPayment = z.output<typeof ErpPaymentCreateInput>;
export type ProductChange = z.output<typeof ErpProductUpsertInput>;

/** The books of an ERP for one call: what the canonical capabilities ask for. */
export interface ErpBooks {
  findSuppliers(by: SupplierSought): Promise<ErpSupplier[]>;
  upsertSupplier(input: SupplierChange): Promise<ErpSupplier>;
  order(number: string): Promise<ErpPurchaseOrder | null>;
  createOrder(input: NewOrder): Promise<ErpPurchaseOrder>;
  receipts(orderNumber: string): Promise<ErpReceipt[]>;
  createReceipt(input: NewReceipt): Promise<ErpReceipt>;
  findInvoices(by: { invoiceNumber: string; supplierId?: string | undefined }): Promise<ErpInvoice[]>;
  match(input: z.output<typeof ErpInvoiceMatchInput>): Promise<z.input<typeof ErpInvoiceMatchOutput>>;
  postInvoice(input: NewInvoice): Promise<ErpInvoice>;
}

/** Books that keep products. */
export interface ErpProductBooks {
  product(code: string): Promise<ErpProduct | null>;
  upsertProduct(input: ProductChange): Promise<ErpProduct>;
}

/** Books from which is paid. */
export interface ErpPaymentBooks {
  createPayment(input: NewPayment): Promise<{ payment: ErpPayment; invoice: ErpInvoice }>;
  payment(id: string): Promise<ErpPayment | null>;
}

/** A record with the mark of the call that made it; null: another one did. */
export interface Known<T> {
  value: T;
  mark: string | null;
}

/** What is posted: the rules of the contract hold for it already. */
export interface InvoiceToPost {
  input: NewInvoice;
  header: Booked;
  supplier: ErpSupplier;
  order: ErpPurchaseOrder | null;
  mark: string;
}

/** What is paid: the rules of the contract hold for it already. */
export interface InvoiceToPay {
  invoice: ErpInvoice;
  supplier: ErpSupplier;
  /** More than zero, and not more than is open. */
  amount: string;
  paidOn: string | undefined;
  mark: string;
}

/**
 * An ERP as a connector describes it, for `erpBooks`, which holds the rules that all share. What makes a
 * record leaves the mark in it, and what is made in several steps goes on where an earlier attempt stopped.
 */
export interface ErpSystem {
  /** The call's, short enough for the fields of the system. */
  mark: string;
  supplier(id: string): Promise<ErpSupplier | null>;
  /** Those that may match all that is given, by VAT id and IBAN without spaces; `erpBooks` compares names. */
  suppliers(by: { vatId: string | null; iban: string | null; name: string | null }): Promise<ErpSupplier[]>;
  supplierMarked(mark: string): Promise<ErpSupplier | null>;
  /** Makes the supplier, or completes the one that is given. */
  createSupplier(input: SupplierChange & { name: string }, before: ErpSupplier | null): Promise<ErpSupplier>;
  changeSupplier(before: ErpSupplier, input: SupplierChange): Promise<ErpSupplier>;
  order(number: string): Promise<Known<ErpPurchaseOrder> | null>;
  /** Places the order, or brings the one that is there to where goods are expected. */
  placeOrder(input: NewOrder, before: ErpPurchaseOrder | null): Promise<ErpPurchaseOrder>;
  /** The first one first. */
  receipts(order: ErpPurchaseOrder): Promise<ErpReceipt[]>;
  receive(order: ErpPurchaseOrder, input: NewReceipt): Promise<ErpReceipt>;
  /** Supplier invoices that are in the books, not drafts. */
  invoices(by: { invoiceNumber: string; supplierId?: string | undefined }): Promise<Known<ErpInvoice>[]>;
  /** How much of each line of the order was invoiced, by the line's number. */
  invoiced(order: ErpPurchaseOrder): Promise<ReadonlyMap<number, Exact>>;
  /** Refuses (422) what would come to another total than the invoice says. */
  postInvoice(what: InvoiceToPost): Promise<ErpInvoice>;
}

/** An ERP from which is paid. */
export interface ErpPayingSystem extends ErpSystem {
  invoice(id: string): Promise<ErpInvoice | null>;
  payment(id: string): Promise<ErpPayment | null>;
  paymentMarked(mark: string): Promise<ErpPayment | null>;
  pay(what: InvoiceToPay): Promise<ErpPayment>;
}
