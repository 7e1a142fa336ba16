import type { Code } from './code.js';
import { ProgramCompiler } from './compile.js';
import { Halt, JqLimitError, JqRuntimeError, Raise } from './errors.js';
import { describe } from './json-write.js';
import { resolveLimits, Runtime, type JqLimits } from './limits.js';
import { parse } from './parser.js';
import { getField, type JqObject } from './values.js';

/** Options of `compile`. */
export interface CompileOptions {
  /** Names of the variables that every run supplies, without their `$`. */
  readonly variables?: readonly string[];
  /** Bounds of every run; those left out have DEFAULT_LIMITS' value. */
  readonly limits?: Partial<JqLimits>;
}

/** Values for the declared variables, by name without `$`. Those left out are null. */
export type Variables = Readonly<Record<string, unknown>>;

const NOTHING = Symbol('nothing');

/**
 * A compiled jq program. It holds no state between runs and never changes its input; outputs may share
 * structure with
 * the input, so treat both as immutable.
 */
export class Program {
  /** The program's text. */
  readonly source: string;
  private readonly code: Code;
  private readonly names: readonly string[];
  private readonly limits: JqLimits;

  constructor(source: string, options: CompileOptions = {}) {
    this.source = source;
    this.names = [...(options.variables ?? [])];
    this.limits = resolveLimits(options.limits);
    this.code = this.build();
  }

  /** Compiling is recursive; a tree too deep for the host's stack ends as a limit does. */
  private build(): Code {
    if (this.source.length > this.limits.programLength) {
      throw new JqLimitError('programLength', this.limits.programLength);
    }
    try {
      return new ProgramCompiler(this.source, this.names).compile(parse(this.source), null);
    } catch (failure) {
      throw failure instanceof RangeError ? new JqLimitError('depth', this.limits.depth) : failure;
    }
  }

  /**
   * Runs the program and gives its outputs in order, then throws what the program raised, if anything: a
   * JqRuntimeError
   * for a jq error, a JqLimitError when a limit was passed. Outputs are computed together, on the first
   * `next()`.
   */
  *run(input: unknown, variables?: Variables): Generator<unknown, void, undefined> {
    const outputs: unknown[] = [];
    let failure: unknown = NOTHING;
    try {
      this.collect(input, variables, outputs);
    } catch (error) {
      failure = error instanceof Halt ? NOTHING : this.publicError(error);
    }
    yield* outputs;
    if (failure !== NOTHING) {
      throw failure;
    }
  }

  /**
   * The first output, or undefined when there is none. Stops the program there; errors are those of `run`.
   */
  first(input: unknown, variables?: Variables): unknown {
    const runtime = this.runtime(variables);
    try {
      const { one } = this.code;
      if (one !== undefined) {
        return one(input ?? null, null, runtime) ?? null;
      }
      let first: unknown;
      this.code.many(input ?? null, null, runtime, (output) => {
        first = output ?? null;
        return true;
      });
      return first;
    } catch (error) {
      if (error instanceof Halt) {
        return undefined;
      }
      throw this.publicError(error);
    }
  }

  private collect(input: unknown, variables: Variables | undefined, outputs: unknown[]): void {
    const runtime = this.runtime(variables);
    this.code.many(input ?? null, null, runtime, (output) => {
      runtime.step();
      if (outputs.length >= this.limits.outputs) {
        runtime.over('outputs');
      }
      outputs.push(output ?? null);
      return false;
    });
  }

  private runtime(variables: Variables | undefined): Runtime {
    const globals: unknown[] = [];
    for (const name of this.names) {
      globals.push(variables === undefined ? null : getField(variables as JqObject, name));
    }
    return new Runtime(this.limits, globals);
  }

  private publicError(error: unknown): unknown {
    if (error instanceof Raise) {
      const { value } = error;
      const message = typeof value === 'string' ? value : `jq error (not a string): ${describe(value)}`;
      return new JqRuntimeError(value ?? null, message);
    }
    // The host's stack ran out before the depth limit did: the same fault, so the same error.
    return error instanceof RangeError ? new JqLimitError('depth', this.limits.depth) : error;
  }
}

/** Parses and compiles a program once, for many runs; throws JqSyntaxError with the position of the fault. */
export function compile(source: string, options?: CompileOptions): Program {
  return new Program(source, options);
}
