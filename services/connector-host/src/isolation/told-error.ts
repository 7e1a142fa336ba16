import {
  PermanentError,
  TransientError,
  isClassifiedError,
  type PluginErrorDetails,
} from '@tutti/plugin-sdk';

/** An error as it travels between host and plugin. */
export interface ToldError extends Omit<PluginErrorDetails, 'cause'> {
  fate: 'permanent' | 'transient' | 'defect';
  message: string;
  /** Of a defect, for its author. */
  stack?: string;
  retryAfterMs?: number;
}

const TEXT_LENGTH_MAX = 4_096;

export function tellError(error: unknown): ToldError {
  if (!isClassifiedError(error)) return tellDefect(error);
  const { fate, message, status, type, reason, reply, usage } = error;
  const told: ToldError = { fate, message: cut(message) };
  // What is undefined does not travel: JSON leaves it out.
  Object.assign(told, { status, type, reason, reply, usage });
  if (error.fate === 'transient' && error.retryAfterMs !== undefined) told.retryAfterMs = error.retryAfterMs;
  return boundedError(told);
}

/** The error as it was thrown on the other side, as far as it is known. */
export function errorOf({ fate, message, stack, ...details }: ToldError): Error {
  if (fate === 'permanent') return new PermanentError(message, details);
  if (fate === 'transient') return new TransientError(message, details);
  const error = new Error(message);
  if (stack !== undefined) error.stack = stack;
  return error;
}

/** What it carries is no more than can be sent and shown. */
export function boundedError(told: ToldError): ToldError {
  if (told.reply === undefined) return told;
  return { ...told, reply: boundedReply(told.reply) };
}

function boundedReply(reply: unknown): unknown {
  try {
    const text = JSON.stringify(reply);
    return text.length <= TEXT_LENGTH_MAX ? reply : cut(text);
  } catch {
    return 'a reply that cannot be shown';
  }
}

function tellDefect(error: unknown): ToldError {
  if (!(error instanceof Error)) return { fate: 'defect', message: cut(`Thrown: ${String(error)}`) };
  const { message, stack } = error;
  return { fate: 'defect', message: cut(message), ...(stack === undefined ? {} : { stack: cut(stack) }) };
}

function cut(text: string): string {
  return text.length <= TEXT_LENGTH_MAX ? text : `${text.slice(0, TEXT_LENGTH_MAX)}…`;
}
