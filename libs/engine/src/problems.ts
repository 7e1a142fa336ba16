import {
  WORKFLOW_ERROR_BASE,
  WORKFLOW_ERRORS,
  type CallError,
  type Problem,
  type WorkflowErrorKind,
} from '@tutti/contracts';
import { JqLimitError, JqRuntimeError } from '@tutti/jq';
import { EvaluationError, type SchemaViolation } from '@tutti/workflow';

const TITLES: Record<WorkflowErrorKind, string> = {
  configuration: 'Configuration error',
  validation: 'Validation error',
  expression: 'Expression error',
  authentication: 'Authentication error',
  authorization: 'Authorization error',
  timeout: 'Timeout',
  communication: 'Communication error',
  runtime: 'Runtime error',
};

/** A standard error of Serverless Workflow. `instance` is the JSON pointer of the task. */
export function workflowError(kind: WorkflowErrorKind, detail: string, instance: string): Problem {
  return {
    type: WORKFLOW_ERROR_BASE + kind,
    title: TITLES[kind],
    status: WORKFLOW_ERRORS[kind],
    detail,
    instance,
  };
}

/** One of the hub's own errors that a workflow can meet and catch. */
export function hubError(
  code: 'review-rejected' | 'low-confidence',
  detail: string,
  instance: string,
): Problem {
  const title = code === 'review-rejected' ? 'A person rejected this' : 'The confidence is too low';
  return { type: `https://tutti.dev/problems/${code}`, title, status: 422, detail, instance };
}

/** A value that breaks a schema. */
export function validationError(what: string, violations: SchemaViolation[], instance: string): Problem {
  const first = violations[0];
  const where = first === undefined || first.pointer === '' ? '' : ` at ${first.pointer}`;
  const problem = workflowError(
    'validation',
    `${what} breaks its schema${where}: ${first?.detail}`,
    instance,
  );
  return { ...problem, errors: violations.map((one) => ({ ...one })) };
}

/** The error of a failed call as the workflow sees it; the other side's reply stays in the journal. */
export function callProblem(error: CallError, instance: string): Problem {
  const { type, title, status, detail } = error;
  return { type, title, status, ...(detail !== undefined && { detail }), instance };
}

/** What an expression threw, as an error of the workflow; undefined when it is a bug of the engine. */
export function thrownProblem(thrown: unknown, instance: string): Problem | undefined {
  if (thrown instanceof EvaluationError) return workflowError(thrown.kind, thrown.message, instance);
  if (thrown instanceof JqRuntimeError || thrown instanceof JqLimitError) {
    return workflowError('expression', thrown.message, instance);
  }
  return undefined;
}
