import type { ValueFunction } from './builtins.js';
import { raise } from './errors.js';
import { nameValue } from './json-write.js';
export const MATH_FUNCTIONS: readonly (readonly [string, ValueFunction])[] = [
  ['floor/0', (i) => (typeof i === 'number' ? Math.floor(i) : raise(`${nameValue(i)} number required`))],
];
