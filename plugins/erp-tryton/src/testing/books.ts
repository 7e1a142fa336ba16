import type {
  ErpInvoice,
  ErpPayment,
  ErpPurchaseOrder,
  ErpReceipt,
  ErpSupplier,
  Invoice,
} from '@tutti/contracts';
import { pluginBench, type PluginBench } from '@tutti/plugin-sdk/testing';
import { FaultyProxy, startTryton, type TestTryton } from '@tutti/testing';
import plugin from '../index.js';

const START_MS_MAX = 600_000;
export const IBAN = 'DE89370400440532013000';

/** A real Tryton behind a proxy that can lose answers, and the connector to it. */
export class Books {
  tryton!: TestTryton;
  proxy!: FaultyProxy;
  bench!: PluginBench;
  #keys = 0;

  /** Registers the hooks that start Tryton for a file. */
  static use(): Books {
    const books = new Books();
    beforeAll(() => books.#start(), START_MS_MAX);
    afterAll(() => books.#stop());
    return books;
  }

  async #start(): Promise<void> {
    this.tryton = await startTryton();
    this.proxy = await FaultyProxy.before(this.tryton.settings.baseUrl);
    this.bench = this.connected();
  }

  async #stop(): Promise<void> {
    await this.proxy?.stop();
    await this.tryton?.stop();
  }

  /** The connector with other settings. */
  connected(more: object = {}): PluginBench {
    const { settings } = this.tryton;
    const own = { missingProducts: 'create', vatIdentifier: 'unchecked' };
    return pluginBench(plugin, { ...settings, baseUrl: this.proxy.address, ...own, ...more });
  }

  async call<T>(capability: string, input: unknown, idempotencyKey = `key-${(this.#keys += 1)}`): Promise<T> {
    return (await this.bench.call(capability, input, { idempotencyKey })) as T;
  }

  /** Loses the answer of the next call of a method, which Tryton performs all the same. */
  loseAnswerOf(method: string): void {
    this.proxy.once(({ body }) => body.includes(`"method":"${method}"`), 'lose-answer');
  }

  /** How often a method was called since the mark. */
  calls(method: string, since = 0): number {
    return this.proxy.seen.slice(since).filter(({ body }) => body.includes(`"method":"${method}"`)).length;
  }

  async supplier(name: string, more: object = {}): Promise<ErpSupplier> {
    const input = { name, iban: IBAN, ...more };
    return (await this.call<{ supplier: ErpSupplier }>('erp.supplier.upsert', input)).supplier;
  }

  async order(number: string, supplier: ErpSupplier, key?: string): Promise<ErpPurchaseOrder> {
    const lines = [
      {
        articleCode: 'P-1',
        description: 'Copy paper A4',
        quantity: '10',
        unitPrice: '4.50',
        taxPercent: '19',
      },
      {
        articleCode: 'L-1',
        description: 'Desk lamp, black',
        quantity: '2',
        unitPrice: '39.90',
        taxPercent: '19',
      },
    ];
    const input = { number, supplierId: supplier.id, orderDate: '2026-10-01', currency: 'EUR', lines };
    return (await this.call<{ purchaseOrder: ErpPurchaseOrder }>('erp.purchase-order.create', input, key))
      .purchaseOrder;
  }

  async received(number: string, quantities: readonly string[], key?: string): Promise<ErpReceipt> {
    const lines = quantities.map((quantity, index) => ({ purchaseOrderLine: index + 1, quantity }));
    const input = { purchaseOrderNumber: number, receivedOn: '2026-10-05', lines };
    return (await this.call<{ receipt: ErpReceipt }>('erp.receipt.create', input, key)).receipt;
  }

  async posted(supplier: ErpSupplier, invoice: Invoice, key?: string): Promise<ErpInvoice> {
    const { purchaseOrderNumber } = invoice;
    const input = { supplierId: supplier.id, purchaseOrderNumber, invoice };
    return (await this.call<{ invoice: ErpInvoice }>('erp.invoice.post', input, key)).invoice;
  }

  async paid(invoiceId: string, more: object = {}, key?: string) {
    const input = { invoiceId, paidOn: '2026-10-20', ...more };
    return this.call<{ payment: ErpPayment; invoice: ErpInvoice }>('erp.payment.create', input, key);
  }
}
