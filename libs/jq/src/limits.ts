import { JqLimitError, type JqLimitName } from './errors.js';

/** Bounds of one run. Every run is bounded: to lift a limit, give a larger number. */
export interface JqLimits {
  /** Calls, loop turns and elements touched by whole-value operations. */
  readonly steps: number;
  /** Values one run may give out. */
  readonly outputs: number;
  /** Nested calls that are not tail calls. */
  readonly depth: number;
  /** UTF-16 units of any string the program builds. */
  readonly stringLength: number;
  /** Elements of any array the program builds. */
  readonly arrayLength: number;
  /** UTF-16 units of the program's text, and of one string given to a regular expression. */
  readonly programLength: number;
  /** UTF-16 units of a string that a regular expression is matched against. */
  readonly regexInputLength: number;
}

/** Large enough for any sensible expression, small enough that a hostile one stops within about a second. */
export const DEFAULT_LIMITS: JqLimits = Object.freeze({
  steps: 10_000_000,
  outputs: 100_000,
  depth: 1_000,
  stringLength: 16_777_216,
  arrayLength: 1_000_000,
  programLength: 100_000,
  regexInputLength: 1_000_000,
});

/** Completes the caller's limits; a limit which is no positive number would be no limit, so it is refused. */
export function resolveLimits(given: Partial<JqLimits> | undefined): JqLimits {
  if (given === undefined) {
    return DEFAULT_LIMITS;
  }
  const merged: JqLimits = { ...DEFAULT_LIMITS, ...given };
  for (const [name, value] of Object.entries(merged)) {
    if (typeof value !== 'number' || !(value > 0)) {
      throw new TypeError(`jq limit ${name} must be a positive number, got ${String(value)}`);
    }
  }
  return merged;
}

/** What one run carries along: its budget, and nothing that outlives it. */
export class Runtime {
  readonly limits: JqLimits;
  readonly globals: readonly unknown[];
  stepsLeft: number;
  depth = 0;
  private labels = 0;
  /** The pending tail call, read by the call that trampolines it. */
  tailFunction: unknown = undefined;
  tailEnv: unknown = undefined;
  tailInput: unknown = undefined;

  constructor(limits: JqLimits, globals: readonly unknown[]) {
    this.limits = limits;
    this.globals = globals;
    this.stepsLeft = limits.steps;
  }

  /** A value no other label of this run has; `break` raises it. */
  newLabel(): unknown {
    this.labels += 1;
    return { __jq: this.labels - 1 };
  }

  /** Takes one step of the budget. */
  step(): void {
    if (--this.stepsLeft < 0) {
      this.over('steps');
    }
  }

  /** Takes many steps at once, for an operation whose cost is the size of its value. */
  spend(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft < 0) {
      this.over('steps');
    }
  }

  enter(): void {
    if (++this.depth > this.limits.depth) {
      this.over('depth');
    }
    this.step();
  }

  /** Returns the string it was given, so that it can close an expression which builds one. */
  string(text: string): string {
    if (text.length > this.limits.stringLength) {
      this.over('stringLength');
    }
    return text;
  }

  checkStringLength(length: number): void {
    if (length > this.limits.stringLength) {
      this.over('stringLength');
    }
  }

  checkArrayLength(length: number): void {
    if (length > this.limits.arrayLength) {
      this.over('arrayLength');
    }
  }

  over(limit: JqLimitName): never {
    throw new JqLimitError(limit, this.limits[limit]);
  }
}
