export { booked, refuseOtherTotal, unitPriceOf, type Booked } from './booked.js';
export { Exact } from './decimal.js';
export { erpBooks } from './erp-books.js';
export {
  erpCapabilities,
  erpPaymentCapabilities,
  erpProductCapabilities,
  type ErpCallContext,
  type ErpConnector,
} from './erp-capabilities.js';
export { erpPayments, payable } from './erp-payments.js';
export type {
  ErpBooks,
  ErpPayingSystem,
  ErpPaymentBooks,
  ErpProductBooks,
  ErpSystem,
  InvoiceToPay,
  InvoiceToPost,
  Known,
  NewOrder,
  NewReceipt,
  ProductChange,
  SupplierChange,
} from './erp-system.js';
export { discrepanciesOf, type MatchFacts, type Tolerances } from './match.js';
export { pairLines } from './pair-lines.js';
export { codeKey, longestPiece, nameKey } from './spelling.js';
