import type { Runtime } from './limits.js';

/** A built-in that is a plain function of its input and its arguments' values. */
export type ValueFunction = (input: unknown, args: readonly unknown[], runtime: Runtime) => unknown;
