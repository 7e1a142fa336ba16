import { ProblemError } from '../problems/problem.error.js';

export function unknownRun(id: string): ProblemError {
  return new ProblemError('not-found', `There is no run ${id.slice(0, 64)}.`);
}
