import type { CallUsage, FallbackReason } from '@tutti/contracts';

/** What may be said about an error besides its message. */
export interface PluginErrorDetails {
  /** HTTP status that fits, 400 to 599; the host chooses one when it is absent. */
  status?: number;
  /** URI of the error's type; absent: the Serverless Workflow standard type that fits the status. */
  type?: string;
  /** Which fallback of a routing policy this counts as. */
  reason?: FallbackReason;
  /** Reply of the other side, for the person who looks. The host bounds and redacts it. */
  reply?: unknown;
  /** What the failed attempt cost all the same. */
  usage?: CallUsage;
  cause?: unknown;
}

/** An error whose fate the plugin knows. Throw one of its two subclasses. */
abstract class ClassifiedError extends Error {
  readonly status: number | undefined;
  readonly type: string | undefined;
  readonly reason: FallbackReason | undefined;
  readonly reply: unknown;
  readonly usage: CallUsage | undefined;

  constructor(message: string, details: PluginErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.status = details.status;
    this.type = details.type;
    this.reason = details.reason;
    this.reply = details.reply;
    this.usage = details.usage;
  }
}

/**
 * Repeating cannot help: bad input, a rule of the other system, a reply that breaks its schema. Default
 * status 400.
 */
export class PermanentError extends ClassifiedError {
  override readonly name = 'PermanentError';
  /** Tells the fate across copies of the SDK, where `instanceof` would not. */
  readonly fate = 'permanent' as const;
}

/** Repeating may help: the other side is busy, away or slow. Default status 503. */
export class TransientError extends ClassifiedError {
  override readonly name = 'TransientError';
  /** Tells the fate across copies of the SDK, where `instanceof` would not. */
  readonly fate = 'transient' as const;
  /** The earliest moment at which a repeat makes sense, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(message: string, details: PluginErrorDetails & { retryAfterMs?: number } = {}) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}

/** Whether a thrown value says by itself which fate it has; anything else is a defect. */
export function isClassifiedError(error: unknown): error is PermanentError | TransientError {
  if (!(error instanceof Error) || !('fate' in error)) return false;
  return error.fate === 'permanent' || error.fate === 'transient';
}
