import { WORKFLOW_ERROR_BASE, type CallError, type Fate, type WorkflowErrorKind } from '@tutti/contracts';
import { isClassifiedError, type PermanentError, type TransientError } from '@tutti/plugin-sdk';
import { LIMITS } from '../limits.js';
import { failure, type Failure } from './outcomes.js';

const PERMANENT_STATUS = 400;
const TRANSIENT_STATUS = 503;

/** The fate of what a plugin threw: decided here, once. */
export function classifyError(error: unknown): Failure {
  return isClassifiedError(error) ? classified(error) : defect(error);
}

function classified(error: PermanentError | TransientError): Failure {
  const status =
    validStatus(error.status) ?? (error.fate === 'permanent' ? PERMANENT_STATUS : TRANSIENT_STATUS);
  const told: CallError = {
    type: error.type ?? WORKFLOW_ERROR_BASE + kindOf(status),
    status,
    title: cut(error.message),
  };
  told.reason = error.reason ?? (error.fate === 'permanent' ? 'rejected' : 'unavailable');
  if (error.reply !== undefined) told.reply = error.reply;
  const fate: Fate = error.fate;
  const retryAfterMs = error.fate === 'transient' ? error.retryAfterMs : undefined;
  return { status: 'failed', fate, error: told, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** A bug of the plugin: told with its stack, because the author needs it. */
function defect(error: unknown): Failure {
  const detail = error instanceof Error ? (error.stack ?? error.message) : `Thrown: ${String(error)}`;
  const title = 'The plugin failed unexpectedly';
  return failure({
    fate: 'defect',
    kind: 'runtime',
    status: 500,
    title,
    detail: cut(detail),
    reason: 'defect',
  });
}

/** The standard type that fits a status which a plugin gave for a rule of its system. */
function kindOf(status: number): WorkflowErrorKind {
  switch (status) {
    case 400:
    case 422:
      return 'validation';
    case 401:
      return 'authentication';
    case 403:
      return 'authorization';
    case 408:
      return 'timeout';
    default:
      return 'communication';
  }
}

function validStatus(status: number | undefined): number | undefined {
  return status !== undefined && Number.isInteger(status) && status >= 400 && status <= 599
    ? status
    : undefined;
}

function cut(text: string): string {
  return text.length <= LIMITS.errorTextLengthMax ? text : `${text.slice(0, LIMITS.errorTextLengthMax)}…`;
}
