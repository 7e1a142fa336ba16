import type { Invoice } from '@tutti/contracts';

/**
 * Amounts that EN 16931's rules relate to one another, beyond those that an invoice of the contracts carries.
 */
export interface Sums {
  /** BT-106: sum of the line net amounts. */
  lineTotal: string | null;
  /** BT-107 */
  allowances: string | null;
  /** BT-108 */
  charges: string | null;
  /** BT-113 */
  prepaid: string | null;
  /** BT-114 */
  rounding: string | null;
  /** BT-117: VAT amount of each category. */
  taxes: string[];
}

/** What a reader of one syntax found. */
export interface Reading {
  invoice: Invoice;
  sums: Sums;
  /** Fields that are there but cannot be used, by name, with the reason. */
  unusable: Map<string, string>;
}
