import type { WorkflowErrorKind } from '@tutti/contracts';
import { failure, type Failure } from '../calls/outcomes.js';

/** A secret or credentials that a call cannot be made with; the message names what, never a value. */
export class SecretError extends Error {
  override readonly name = 'SecretError';

  constructor(
    message: string,
    readonly kind: WorkflowErrorKind = 'configuration',
  ) {
    super(message);
  }

  /** As the standard has it, a secret that is missing is an `authorization` error with the status 403. */
  get outcome(): Failure {
    const status = this.kind === 'authorization' ? 403 : 400;
    const title = 'The call cannot be authorized';
    return failure({ fate: 'permanent', kind: this.kind, status, title, detail: this.message });
  }
}
