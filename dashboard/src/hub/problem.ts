import type { Problem } from '@tutti/contracts';

/** An answer of the hub that is not what was asked for, as its problem document. */
export class HubProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title);
  }
  get status(): number {
    return this.problem.status;
  }
  /** The last part of the type: `already-decided`, `not-found`. */
  get code(): string {
    return this.problem.type.split('/').at(-1) ?? '';
  }
}

function isProblem(value: unknown): value is Problem {
  return typeof value === 'object' && value !== null && 'title' in value && 'status' in value;
}

/** The problem in an answer; one is made when a proxy or a crash answered with something else. */
export function problemOf(status: number, body: unknown): HubProblem {
  if (isProblem(body))
    return new HubProblem({ ...body, type: typeof body.type === 'string' ? body.type : 'about:blank' });
  return new HubProblem({
    type: 'about:blank',
    status,
    title: `The hub answered ${status}`,
    detail: 'Its answer could not be read.',
  });
}

/** Any thrown value as a problem, so that one component can show every failure. */
export function asProblem(error: unknown): HubProblem {
  if (error instanceof HubProblem) return error;
  return new HubProblem({
    type: 'https://tutti.dev/problems/unreachable',
    status: 503,
    title: 'The dashboard cannot be reached',
    detail: 'The connection failed. Check that the hub still runs, then try again.',
  });
}
