import { createHash } from 'node:crypto';
import { canonicalJson } from '@tutti/contracts';
import type { WorkflowDocument } from './document.types.js';

export { canonicalJson };

/** SHA-256 (hex) of the canonical JSON of a document: the identity of a workflow version. */
export function contentHash(document: WorkflowDocument): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}
