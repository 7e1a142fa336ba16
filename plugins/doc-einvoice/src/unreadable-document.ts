import { PermanentError } from '@tutti/plugin-sdk';

/**
 * The document cannot be read here, and trying again cannot help. Its reason `rejected` lets a routing policy
 * move on to another reader (OCR). The message says what is wrong, for a person.
 */
export class UnreadableDocument extends PermanentError {
  constructor(problem: string, cause?: unknown) {
    super(problem.charAt(0).toUpperCase() + problem.slice(1), { status: 422, reason: 'rejected', cause });
  }
}
