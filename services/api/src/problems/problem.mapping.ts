import { type Problem, type ProblemCode, PROBLEMS, problem, uuidv7 } from '@tutti/contracts';
import { HttpException, Logger } from '@nestjs/common';
import { ProblemError } from './problem.error.js';

const logger = new Logger('Problem');

/** What goes into the answer to a failed request. */
export interface ProblemAnswer {
  problem: Problem;
  headers: Record<string, string>;
}

/** Fastify's own errors and what the caller should do about them. */
const FASTIFY_CODES: Record<string, [ProblemCode, string]> = {
  FST_ERR_CTP_INVALID_JSON_BODY: [
    'malformed-body',
    'The body is not valid JSON. Send one JSON value, encoded as UTF-8.',
  ],
  FST_ERR_CTP_EMPTY_JSON_BODY: ['malformed-body', 'The body is empty. Send one JSON value, for example {}.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: [
    'malformed-body',
    'The body is shorter or longer than its Content-Length says.',
  ],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: [
    'unsupported-media-type',
    'The Content-Type of the body is not supported here.',
  ],
  FST_ERR_BAD_URL: [
    'invalid-request',
    'The path is not a valid URL: its percent-encoding cannot be decoded.',
  ],
  FST_ERR_MAX_PARAM_LENGTH: ['invalid-request', 'A part of the path is too long.'],
};

/** Codes of PostgreSQL that mean the caller's text cannot be stored or compared. */
const CALLERS_FAULT = new Set(['22021', '22P02', '22P05', '22007', '22008']);

/**
 * The one mapping from anything thrown to the problem document that is answered. Secrets and stacks stay in
 * the log.
 */
export function answerOf(thrown: unknown, path: string): ProblemAnswer {
  if (thrown instanceof ProblemError) {
    return { problem: { ...thrown.problem, instance: path }, headers: thrown.headers };
  }
  const known =
    fromFastify(causeOf(thrown)) ?? fromFastify(thrown) ?? fromDatabase(thrown) ?? fromHttp(thrown);
  return { problem: { ...(known ?? internal(thrown)), instance: path }, headers: {} };
}

function causeOf(thrown: unknown): unknown {
  return thrown instanceof Error ? thrown.cause : undefined;
}

function fromFastify(error: unknown): Problem | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return undefined;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    return problem(
      'payload-too-large',
      'The body is larger than this call takes. Send larger files to POST /v1/artifacts and refer to them.',
    );
  }
  const known = FASTIFY_CODES[error.code];
  return known && problem(known[0], known[1]);
}

function fromDatabase(error: unknown): Problem | undefined {
  const driver: unknown = error instanceof Error && 'driverError' in error ? error.driverError : error;
  if (!(driver instanceof Error) || !('code' in driver) || typeof driver.code !== 'string') return undefined;
  if (CALLERS_FAULT.has(driver.code)) {
    return problem(
      'invalid-request',
      'A value in the request holds characters or a format that cannot be stored (such as a zero byte).',
    );
  }
  if (driver.code === '53100') {
    logger.error(`The disk of the database is full: ${driver.message}`);
    return problem(
      'unavailable',
      'The disk that the data is on is full, so nothing can be stored. ' +
        'Free space there and try again; what was accepted goes on by itself.',
    );
  }
  // Class 08 is a lost connection, 53 too few resources, 57P0x a server that ends: the next try may well
  // succeed.
  if (/^(08|53|57P0)|^ECONNREFUSED$|^ENOENT$|^ECONNRESET$/.test(driver.code)) {
    logger.error(`The database cannot be reached: ${driver.message}`);
    return problem('unavailable', 'The database cannot be reached now. Try again in a moment.');
  }
  return undefined;
}

function fromHttp(error: unknown): Problem | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  if (status >= 500) return undefined;
  const code = (Object.keys(PROBLEMS) as ProblemCode[]).find(
    (candidate) => PROBLEMS[candidate][0] === status,
  );
  return problem(code ?? 'invalid-request', error.message, code ? {} : { status });
}

function internal(error: unknown): Problem {
  const id = uuidv7();
  logger.error(
    `Internal error ${id}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  );
  return problem(
    'internal',
    `Something went wrong inside the hub. The log has the reason under the id ${id}.`,
    { id },
  );
}
