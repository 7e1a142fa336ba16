import { PermanentError, TransientError } from '@tutti/plugin-sdk';

/** Classes of SQLSTATE (PostgreSQL, appendix A) after which a repeat may help. */
const TRANSIENT = /^(?:08|40|53|57P|55P03|58)/;
/** What the others are as statuses. */
const STATUSES: readonly [RegExp, number][] = [
  [/^28/, 401],
  [/^42501$/, 403],
  [/^(?:3D000|3F000|42P01)$/, 404],
  [/^(?:23|40)/, 409],
  [/^57014$/, 408],
];
/** Errors of the network, as Node names them. */
const AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOENT',
]);

interface DatabaseError extends Error {
  code?: string;
  detail?: string;
  constraint?: string;
}

/** An error of the database as one of the three fates. */
export function classified(error: unknown): unknown {
  const { code = '', message, detail, constraint } = error as DatabaseError;
  if (AWAY.has(code) || /timeout|terminated|not queryable|Connection ended/i.test(message))
    return new TransientError(`The database does not answer: ${message}`, {
      reason: 'unavailable',
      cause: error,
    });
  if (!/^[0-9A-Z]{5}$/.test(code)) return error;
  if (TRANSIENT.test(code) && code !== '57014')
    return new TransientError(`The database: ${message}`, {
      status: 503,
      reason: 'unavailable',
      cause: error,
    });
  const status = STATUSES.find(([pattern]) => pattern.test(code))?.[1] ?? 422;
  const reply = {
    sqlState: code,
    ...(detail !== undefined && { detail }),
    ...(constraint !== undefined && { constraint }),
  };
  return new PermanentError(`The database: ${message}`, { status, reply, cause: error });
}
