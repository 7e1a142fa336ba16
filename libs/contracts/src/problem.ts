import { z } from 'zod';

/**
 * RFC 9457 problem details. `type` is a URI reference: `https://tutti.dev/problems/<code>` for the hub's own
 * problems, `https://serverlessworkflow.io/spec/1.0.0/errors/<kind>` for errors of a workflow.
 */
export const Problem = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int().min(100).max(599),
    detail: z.string().optional(),
    /** For a workflow error the JSON pointer of the task, else the request's path. */
    instance: z.string().optional(),
    /** Where the input was wrong, one entry a place. */
    errors: z.array(z.object({ pointer: z.string().optional(), detail: z.string() }).loose()).optional(),
  })
  .loose();
export type Problem = z.infer<typeof Problem>;

/** The hub's own problem codes with their HTTP status and title; the one list of them. */
export const PROBLEMS = {
  'malformed-body': [400, 'The body could not be read'],
  'invalid-request': [400, 'The request is not valid'],
  'idempotency-key-missing': [400, 'An Idempotency-Key is required'],
  unauthorized: [401, 'A valid token is required'],
  forbidden: [403, 'The token does not allow this'],
  'not-found': [404, 'Not found'],
  'method-not-allowed': [405, 'The method is not allowed here'],
  'request-in-flight': [409, 'A request with this Idempotency-Key is still in flight'],
  conflict: [409, 'The state does not allow this'],
  'workflow-disabled': [409, 'The workflow is disabled'],
  'already-decided': [409, 'The review is already decided'],
  'link-used': [410, 'The sign-in link was used or is too old'],
  'precondition-failed': [412, 'It was changed meanwhile'],
  'payload-too-large': [413, 'The body is too large'],
  'unsupported-media-type': [415, 'The content type is not supported'],
  'invalid-input': [422, 'The input does not match the schema'],
  'invalid-workflow': [422, 'The workflow document is not valid'],
  'invalid-policy': [422, 'The routing policy is not valid'],
  'invalid-trigger': [422, 'The trigger is not valid'],
  'idempotency-key-reused': [422, 'The Idempotency-Key was used with another body'],
  'too-many-requests': [429, 'Too many requests'],
  internal: [500, 'An unexpected error happened in the hub'],
  unavailable: [503, 'The hub cannot serve this now'],
} as const satisfies Record<string, readonly [number, string]>;
export type ProblemCode = keyof typeof PROBLEMS;

const PROBLEM_BASE = 'https://tutti.dev/problems/';

/** A problem document of one of the hub's own codes. `detail` says what is wrong and what to do. */
export function problem(code: ProblemCode, detail: string, more: Partial<Problem> = {}): Problem {
  const [status, title] = PROBLEMS[code];
  return { type: PROBLEM_BASE + code, title, status, detail, ...more };
}

/** Base of the error types of Serverless Workflow 1.0 (DSL reference, "Standard error types"). */
export const WORKFLOW_ERROR_BASE = 'https://serverlessworkflow.io/spec/1.0.0/errors/';
/** The standard error kinds of Serverless Workflow with their default status. */
export const WORKFLOW_ERRORS = {
  configuration: 400,
  validation: 400,
  expression: 400,
  authentication: 401,
  authorization: 403,
  timeout: 408,
  communication: 500,
  runtime: 500,
} as const;
export type WorkflowErrorKind = keyof typeof WORKFLOW_ERRORS;

const WORKFLOW_ERROR_TITLES: Record<WorkflowErrorKind, string> = {
  configuration: 'Configuration error',
  validation: 'Validation error',
  expression: 'Expression error',
  authentication: 'Authentication error',
  authorization: 'Authorization error',
  timeout: 'Timeout',
  communication: 'Communication error',
  runtime: 'Runtime error',
};

/** A problem document of one of the standard error kinds of Serverless Workflow, with its default status. */
export function workflowProblem(
  kind: WorkflowErrorKind,
  detail: string,
  more: Partial<Problem> = {},
): Problem {
  return {
    type: WORKFLOW_ERROR_BASE + kind,
    title: WORKFLOW_ERROR_TITLES[kind],
    status: WORKFLOW_ERRORS[kind],
    detail,
    ...more,
  };
}
