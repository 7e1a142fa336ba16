import { createHash } from 'node:crypto';
import type { WorkflowDocument } from './document.types.js';

/** JSON with sorted keys and no spaces: the same text for equal values, whatever their keys' order. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, item]) => `${JSON.stringify(key)}:${canonicalJson(item)}`);
  return `{${entries.join(',')}}`;
}

/** SHA-256 (hex) of the canonical JSON of a document: the identity of a workflow version. */
export function contentHash(document: WorkflowDocument): string {
  return createHash('sha256').update(canonicalJson(document)).digest('hex');
}
