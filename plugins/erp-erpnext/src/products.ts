import type { ErpProduct } from '@tutti/contracts';
import { PermanentError } from '@tutti/plugin-sdk';
import type { ErpProductBooks } from '@tutti/plugin-sdk/erp';
import { z } from 'zod';
import { Document, versionOf, type Frappe } from './frappe.js';

const DOCTYPE = 'Item';
const Item = Document.extend({ item_code: z.string(), item_name: z.string(), stock_uom: z.string() });

/** Products are items, named by their code. */
export function productsIn(frappe: Frappe): ErpProductBooks {
  const product = async (code: string): Promise<ErpProduct | null> => {
    const item = await frappe.get(DOCTYPE, Item, code);
    if (item === null) return null;
    return {
      id: item.name,
      code: item.item_code,
      name: item.item_name,
      unit: item.stock_uom,
      version: versionOf(item),
    };
  };
  return {
    product,
    async upsertProduct({ code, name, unit = 'Nos' }) {
      const before = await product(code);
      if (before === null && name === undefined)
        throw new PermanentError('A new product needs a name.', { status: 422 });
      const item = { item_code: code, item_name: name, stock_uom: unit, item_group: 'All Item Groups' };
      if (before === null) await frappe.insert(DOCTYPE, item);
      else if (name !== undefined && name !== before.name)
        await frappe.change(DOCTYPE, code, { item_name: name });
      return (await product(code)) as ErpProduct;
    },
  };
}
