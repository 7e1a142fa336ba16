import type { WorkflowErrorKind } from '@tutti/contracts';

/**
 * A value that an expression yielded cannot be used where it stands; becomes a workflow error of its kind.
 */
export class EvaluationError extends Error {
  override readonly name = 'EvaluationError';
  readonly kind: WorkflowErrorKind;

  constructor(kind: WorkflowErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
