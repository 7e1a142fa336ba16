import {
  isClassifiedError,
  PermanentError,
  TransientError,
  type PluginErrorDetails,
} from '@tutti/plugin-sdk';

/** What the libraries for SMTP and IMAP say besides a message. */
interface MailError extends Error {
  code?: string;
  /** Of SMTP. */
  responseCode?: number;
  response?: string;
  /** Of IMAP. */
  authenticationFailed?: boolean;
  responseStatus?: string;
  responseText?: string;
  serverResponseCode?: string;
}

/** Answers of SMTP (RFC 5321) that are more than a refusal of the message. */
const SMTP_STATUSES: Readonly<Record<number, number>> = { 530: 401, 534: 401, 535: 401, 550: 422, 552: 413 };
/** Codes of IMAP (RFC 9051). */
const IMAP_STATUSES: Readonly<Record<string, number>> = {
  AUTHENTICATIONFAILED: 401,
  NONEXISTENT: 404,
  TRYCREATE: 404,
  NOPERM: 403,
};
const IMAP_TRANSIENT = new Set(['UNAVAILABLE', 'INUSE', 'LIMIT', 'SERVERBUG']);
/** Errors of the network, as Node and the libraries name them. */
const AWAY = new Set([
  'CONNECT_TIMEOUT',
  'EAI_AGAIN',
  'ECONNECTION',
  'ECONNREFUSED',
  'ECONNRESET',
  'EDNS',
  'EHOSTUNREACH',
  'ENOTFOUND',
  'EPIPE',
  'ESOCKET',
  'ETIMEDOUT',
  'GREETING_TIMEOUT',
  'NoConnection',
  'UPGRADE_TIMEOUT',
]);

function hasMessage(error: unknown): error is MailError {
  return typeof (error as { message?: unknown } | null)?.message === 'string';
}

/** An error of a mail server as one of the three fates. */
export function classified(error: unknown): unknown {
  if (isClassifiedError(error) || !hasMessage(error)) return error;
  const { responseCode, response, code = '' } = error;
  if (responseCode !== undefined && responseCode >= 400) return ofSmtp(responseCode, response ?? '', error);
  const status = imapStatus(error);
  if (status !== null) return status;
  if (!AWAY.has(code) && !/timed? ?out|closed|not available|disconnected/i.test(error.message)) return error;
  return new TransientError(`The mail server does not answer: ${error.message}`, {
    reason: 'unavailable',
    cause: error,
  });
}

function ofSmtp(code: number, response: string, cause: Error): Error {
  const message = `The mail server refused it: ${response}`;
  const details: PluginErrorDetails = { reply: { code }, cause };
  if (code < 500) return new TransientError(message, { ...details, status: 503, reason: 'unavailable' });
  return new PermanentError(message, { ...details, status: SMTP_STATUSES[code] ?? 422 });
}

function imapStatus(error: MailError): Error | null {
  const { authenticationFailed, responseStatus, responseText = error.message } = error;
  if (authenticationFailed !== true && responseStatus === undefined) return null;
  const code = error.serverResponseCode ?? '';
  const message = `The mail server refused it: ${responseText}`;
  const details: PluginErrorDetails = { reply: { code }, cause: error };
  if (IMAP_TRANSIENT.has(code)) return new TransientError(message, { ...details, reason: 'unavailable' });
  const status = authenticationFailed === true ? 401 : (IMAP_STATUSES[code] ?? 422);
  return new PermanentError(message, { ...details, status });
}
