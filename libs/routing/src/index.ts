export type * from './policy.types.js';
export { chooseCandidate } from './choose.js';
export { compilePolicy, DEFAULT_RETRY, defaultPolicy, PolicyRefused } from './compile.js';
export { compileRouting, type Routing, type RoutingRows } from './routing.js';
export { parsePolicy } from './parse.js';
export { readDocument, type DocumentKind, type ReadDocument } from './read-document.js';
export { POLICY_LIMITS, RoutingPolicyDocument } from './policy-document.js';
export { durationMs } from './duration.js';
