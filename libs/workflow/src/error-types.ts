import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';

/**
 * Prefixes of the standard error types: the specification's, the one of its conformance kit, and an old
 * spelling of it.
 */
const PREFIXES = [
  WORKFLOW_ERROR_BASE,
  'https://serverlessworkflow.io/dsl/errors/types/',
  'https://serverlessworkflow.io.io/dsl/errors/types/',
];

/** The specification's form of a standard error type; any other type stays as it is. */
export function standardErrorType(type: string): string {
  const prefix = PREFIXES.find((known) => type.startsWith(known));
  return prefix === undefined ? type : WORKFLOW_ERROR_BASE + type.slice(prefix.length);
}

/** Equal error types, whatever prefix they are written with. */
export function sameErrorType(a: string, b: string): boolean {
  return a === b || standardErrorType(a) === standardErrorType(b);
}
