export { booked, type Booked } from './booked.js';
export { Exact } from './decimal.js';
export { discrepanciesOf, type MatchFacts, type Tolerances } from './match.js';
export { pairLines } from './pair-lines.js';
export { codeKey, nameKey } from './spelling.js';
