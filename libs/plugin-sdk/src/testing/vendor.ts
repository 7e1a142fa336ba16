export { grantedToken } from './granted-token.js';
export { fails, includes, tellsNot } from './failures.js';
export { VENDOR_FAILURES, type VendorBehaviour, type VendorSubject } from './vendor-behaviours.js';
export {
  VendorRefusal,
  VendorServer,
  type VendorAnswer,
  type VendorFault,
  type VendorReply,
  type VendorRequest,
} from './vendor-server.js';
