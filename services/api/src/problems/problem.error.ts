import { type Problem, type ProblemCode, problem } from '@tutti/contracts';

export interface ProblemExtras {
  /** Members of the problem document besides the standard ones, such as `errors`. */
  more?: Partial<Problem>;
  headers?: Record<string, string>;
}

/** A failure that the caller is told about as it is: the filter turns it into its problem document. */
export class ProblemError extends Error {
  override name = 'ProblemError';
  readonly problem: Problem;
  readonly headers: Record<string, string>;

  constructor(
    readonly code: ProblemCode,
    detail: string,
    extras: ProblemExtras = {},
  ) {
    super(detail);
    this.problem = problem(code, detail, extras.more);
    this.headers = extras.headers ?? {};
  }
}
