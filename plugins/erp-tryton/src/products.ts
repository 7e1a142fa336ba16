import type { ErpProduct, ErpProductUpsertInput } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { needed } from './lookups.js';
import type { Tryton } from './rpc.js';
import { decimal, WireTimestamp } from './wire.js';

const Product = z.object({
  id: z.int(),
  code: z.string().nullable(),
  'template.': z.object({
    id: z.int(),
    name: z.string(),
    _timestamp: WireTimestamp,
    'default_uom.': z.object({ id: z.int(), symbol: z.string() }),
  }),
});
const FIELDS = ['code', 'template.name', 'template._timestamp', 'template.default_uom.symbol'];

/** A product with what orders need of it. */
export interface KnownProduct {
  id: number;
  unit: number;
  product: ErpProduct;
}

/** The product with this code, or null. */
export async function productByCode(tryton: Tryton, code: string): Promise<KnownProduct | null> {
  const domain = [['code', '=', code]];
  const [found] = await tryton.search('product.product', Product, { domain, fields: FIELDS, limit: 1 });
  if (found === undefined) return null;
  const { name, _timestamp, 'default_uom.': unit } = found['template.'];
  const product = {
    id: String(found.id),
    code: found.code ?? code,
    name,
    unit: unit.symbol,
    version: _timestamp.version,
  };
  return { id: found.id, unit: unit.id, product };
}

/** The product with this code; it is created, or gets the name that is given. */
export async function upsertProduct(
  tryton: Tryton,
  input: z.output<typeof ErpProductUpsertInput>,
): Promise<ErpProduct> {
  const known = await productByCode(tryton, input.code);
  if (known === null) return (await createProduct(tryton, input)).product;
  if (input.name === undefined || input.name === known.product.name) return known.product;
  const template = await needed(tryton, 'product.template', {
    domain: [['products', '=', known.id]],
    missing: `The product "${input.code}" has no template.`,
  });
  await tryton.write('product.template', template, { values: { name: input.name } });
  return ((await productByCode(tryton, input.code)) as KnownProduct).product;
}

/** Creates a product that can be bought and kept in stock. */
export async function createProduct(
  tryton: Tryton,
  { code, name, unit = 'u' }: z.output<typeof ErpProductUpsertInput>,
): Promise<KnownProduct> {
  if (name === undefined) throw new PermanentError('A new product needs a name.', { status: 422 });
  const uom = await needed(tryton, 'product.uom', {
    domain: [['symbol', '=', unit]],
    missing: `Tryton has no unit of measure "${unit}".`,
  });
  const category = await needed(tryton, 'product.category', {
    domain: [['accounting', '=', true]],
    missing: 'Tryton has no accounting category for products: add one with its expense account.',
  });
  await tryton.create('product.template', {
    name,
    type: 'goods',
    default_uom: uom,
    purchase_uom: uom,
    purchasable: true,
    list_price: decimal('0'),
    cost_price_method: 'fixed',
    account_category: category,
    products: [['create', [{ suffix_code: code, cost_price: decimal('0') }]]],
  });
  return (await productByCode(tryton, code)) as KnownProduct;
}
