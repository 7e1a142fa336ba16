/**
 * Where in a program's source something is: `offset` counts UTF-16 units from 0, `line` and `column` from 1.
 */
export interface SourcePosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Works out line and column of an offset; called only when an error is made, so that parsing stays cheap. */
export function positionAt(source: string, offset: number): SourcePosition {
  let line = 1;
  let lineStart = 0;
  for (let at = source.indexOf('\n'); at !== -1 && at < offset; at = source.indexOf('\n', at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { offset, line, column: offset - lineStart + 1 };
}

/** The program's text is not a jq program; `message` is jq's own wording, with the position after it. */
export class JqSyntaxError extends Error {
  override readonly name = 'JqSyntaxError';
  readonly offset: number;
  readonly line: number;
  readonly column: number;
  /** What is wrong, without the position. */
  readonly reason: string;

  constructor(reason: string, source: string, offset: number) {
    const at = positionAt(source, offset);
    super(`${reason} at line ${at.line}, column ${at.column}`);
    this.reason = reason;
    this.offset = at.offset;
    this.line = at.line;
    this.column = at.column;
  }
}

/**
 * The program raised an error nothing caught; `value` is the jq error value (often, but not always, a
 * string).
 */
export class JqRuntimeError extends Error {
  override readonly name = 'JqRuntimeError';
  readonly value: unknown;

  constructor(value: unknown, message: string) {
    super(message);
    this.value = value;
  }
}

/** The names of the limits a program runs under; see JqLimits for what each one counts. */
export type JqLimitName =
  'steps' | 'outputs' | 'depth' | 'stringLength' | 'arrayLength' | 'programLength' | 'regexInputLength';

/** The program went over a limit. A jq `try` cannot catch it: a bound that a program can ignore is none. */
export class JqLimitError extends Error {
  override readonly name = 'JqLimitError';
  readonly limit: JqLimitName;
  readonly max: number;

  constructor(limit: JqLimitName, max: number) {
    super(`jq limit exceeded: ${limit} is at most ${max}`);
    this.limit = limit;
    this.max = max;
  }
}

/**
 * A jq error on its way to a `try`. It is no Error object because taking a stack trace would cost more than
 * most programs; the public door turns it into a JqRuntimeError.
 */
export class Raise {
  readonly value: unknown;

  constructor(value: unknown) {
    this.value = value;
  }
}

/** Raises a jq error with the given value. */
export function raise(value: unknown): never {
  throw new Raise(value);
}

/** `halt` on its way out: it ends the outputs, and nothing in a program catches it. */
export class Halt {}
