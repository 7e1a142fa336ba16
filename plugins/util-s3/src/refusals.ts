import {
  explaining,
  PermanentError,
  retold,
  TransientError,
  type HttpFailure,
  type HttpPort,
} from '@tutti/plugin-sdk';
import { z } from 'zod';
import { elementsOf } from './xml.js';

export const Refusal = z.object({ Error: z.object({ Code: z.string(), Message: z.string().optional() }) });

/** Codes after which a repeat may help, whatever the status. */
const TRANSIENT: ReadonlySet<string> = new Set([
  'ConditionalRequestConflict',
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
]);

function explained(error: HttpFailure): Error {
  // There is no body where only the head was asked for.
  const said = typeof error.reply === 'string' ? Refusal.safeParse(elementsOf(error.reply)) : undefined;
  if (said?.success === true) return refused(error, said.data.Error);
  if (error.status === 412) return retold(error, 'S3: the condition does not hold.', { status: 409 });
  return error;
}

function refused(error: HttpFailure, { Code, Message = '' }: z.output<typeof Refusal>['Error']): Error {
  const message = `S3: ${Message} (${Code})`.replace('S3:  ', 'S3: ');
  // It says only how a signature is computed.
  const reply = { code: Code };
  if (!TRANSIENT.has(Code))
    return retold(error, message, { ...(error.status === 412 && { status: 409 }), reply });
  const details = { reply, cause: error };
  if (Code === 'SlowDown')
    return new TransientError(message, { ...details, status: 429, reason: 'throttled' });
  const { status = 503 } = error;
  return new TransientError(message, {
    ...details,
    status: status < 500 ? 503 : status,
    reason: 'unavailable',
  });
}

/** The port with errors in the words of S3. */
export function speaking(http: HttpPort): HttpPort {
  return explaining(http, explained);
}

/** An answer that lacks what S3 always says. */
export function incomplete(what: string): PermanentError {
  return new PermanentError(`S3 answered without ${what}.`, { status: 502, reason: 'invalid-output' });
}
