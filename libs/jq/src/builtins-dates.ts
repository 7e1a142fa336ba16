import type { ValueFunction } from './builtins.js';
export const DATE_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ['now/0', () => Date.now() / 1000],
];
