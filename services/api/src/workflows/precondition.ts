import type { IncomingHttpHeaders } from 'node:http';
import { type Queryable, rowOf } from '../database/rows.js';
import { ProblemError } from '../problems/problem.error.js';
import type { WorkflowKey } from './workflows.queries.js';

/**
 * What a change was made against (RFC 9110, section 13.1): `ifMatch` lists the content hashes of which one
 * must be the current version's, `*` any; `ifNone`: there must be no workflow yet.
 */
export interface Precondition {
  ifMatch: string[] | undefined;
  ifNone: boolean;
}

const ENTITY_TAG = /^(?:W\/)?"([0-9a-f]{8,64})"$/;

/** The precondition of a request's headers, undefined when it has none. Throws for one that is not valid. */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition | undefined {
  const [match, none] = [headers['if-match'], headers['if-none-match']];
  if (match === undefined && none === undefined) return undefined;
  if (none !== undefined && none.trim() !== '*')
    throw new ProblemError(
      'invalid-request',
      'If-None-Match can only be *, which asks that there is no such workflow.',
    );
  return { ifMatch: match?.split(',').map(tagOf), ifNone: none !== undefined };
}

function tagOf(text: string): string {
  const tag = text.trim();
  if (tag === '*') return tag;
  const hash = ENTITY_TAG.exec(tag)?.[1];
  if (hash !== undefined) return hash;
  throw new ProblemError(
    'invalid-request',
    'If-Match must be * or the content hash of a version in quotes, as GET /v1/workflows/{namespace}/{name}/versions has it.',
  );
}

/** Throws `precondition-failed` unless the current version of the locked workflow is the one asked for. */
export async function assertPrecondition(
  database: Queryable,
  wanted: Precondition | undefined,
  current: { key: WorkflowKey; versionId: string | null },
): Promise<void> {
  if (wanted === undefined) return;
  const { key, versionId } = current;
  const name = `${key.namespace}/${key.name}`;
  if (versionId === null) {
    if (wanted.ifMatch !== undefined) throw failed(`There is no workflow ${name} any more.`);
    return;
  }
  const found = await rowOf<{ number: number; hash: string; by: string }>(
    database,
    `SELECT number, content_hash AS hash, created_by AS by FROM workflow_versions WHERE workspace_id = $1 AND id = $2`,
    [key.workspaceId, versionId],
  );
  const { number, hash, by } = found as { number: number; hash: string; by: string };
  if (wanted.ifNone)
    throw failed(`There is a workflow ${name} already: version ${number}, applied by ${by}.`);
  if (wanted.ifMatch !== undefined && !wanted.ifMatch.some((each) => each === '*' || each === hash))
    throw failed(`The current version of ${name} is ${number} (${hash.slice(0, 8)}), applied by ${by}.`);
}

function failed(what: string): ProblemError {
  return new ProblemError(
    'precondition-failed',
    `${what} Look at the difference to it, then apply again with its content hash in If-Match.`,
  );
}
