import type { ErpProduct } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import type { ErpProductBooks } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import type { Odoo } from './odoo.js';
import { WireNamed, WireVersion } from './wire.js';

const MODEL = 'product.product';
const Product = z.object({ id: z.int(), name: z.string(), uom_id: WireNamed, write_date: WireVersion });

/** Products by their internal reference. */
export function productsIn(odoo: Odoo): ErpProductBooks {
  const product = async (code: string): Promise<ErpProduct | null> => {
    const domain = [['default_code', '=', code]];
    const fields = ['name', 'uom_id', 'write_date'];
    const [found] = await odoo.search(MODEL, Product, { domain, fields, limit: 1 });
    if (found === undefined) return null;
    const { id, name, uom_id, write_date } = found;
    return { id: String(id), code, name, unit: uom_id.name, version: write_date };
  };
  return {
    product,
    async upsertProduct({ code, name, unit }) {
      const before = await product(code);
      if (before === null) await createProduct(odoo, { code, name, unit });
      else if (name !== undefined && name !== before.name)
        await odoo.write(MODEL, Number(before.id), { name });
      return (await product(code)) as ErpProduct;
    },
  };
}

async function createProduct(
  odoo: Odoo,
  { code, name, unit }: { code: string; name: string | undefined; unit: string | undefined },
): Promise<void> {
  if (name === undefined) throw new PermanentError('A new product needs a name.', { status: 422 });
  const missing = `Odoo has no unit of measure "${unit}".`;
  const uom_id = unit === undefined ? null : await odoo.needed('uom.uom', [['name', '=', unit]], missing);
  await odoo.create(MODEL, {
    name,
    default_code: code,
    purchase_ok: true,
    ...(uom_id !== null && { uom_id }),
  });
}
