export * from './ids.js';
export * from './problem.js';
export * from './artifact.js';
export * from './capability.js';
export * from './bus.js';
export * from './journal.js';
export * from './document.contract.js';
export * from './api/index.js';
