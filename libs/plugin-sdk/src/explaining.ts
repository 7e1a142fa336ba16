import { isClassifiedError, PermanentError, TransientError, type PluginErrorDetails } from './errors.js';
import type { HttpMethod, HttpPort, HttpPortMethod, HttpRequest } from './ports.js';

/** An error of the HTTP port. */
export type HttpFailure = PermanentError | TransientError;

/** The same failure in other words, such as those of the other system; `details` replace what it has. */
export function retold(error: HttpFailure, message: string, details: PluginErrorDetails = {}): HttpFailure {
  const { status, type, reason, reply } = error;
  const about = {
    ...(status !== undefined && { status }),
    ...(type !== undefined && { type }),
    ...(reason !== undefined && { reason }),
    reply,
    cause: error,
    ...details,
  };
  if (error.fate === 'permanent') return new PermanentError(message, about);
  const { retryAfterMs } = error;
  return new TransientError(message, { ...about, ...(retryAfterMs !== undefined && { retryAfterMs }) });
}

/** The port with errors that say what the other system's replies mean: `explain` gives what is thrown. */
export function explaining(http: HttpPort, explain: (error: HttpFailure) => Error): HttpPort {
  const explained = (error: unknown): unknown => (isClassifiedError(error) ? explain(error) : error);
  const method = (name: HttpPortMethod): HttpMethod =>
    (async (path: string, request?: HttpRequest) => {
      try {
        return await http[name](path, request);
      } catch (error) {
        throw explained(error);
      }
    }) as HttpMethod;
  return {
    get: method('get'),
    head: method('head'),
    post: method('post'),
    put: method('put'),
    patch: method('patch'),
    delete: method('delete'),
    async *stream(path, request) {
      try {
        yield* http.stream(path, request);
      } catch (error) {
        throw explained(error);
      }
    },
  };
}

/** What a read gives; null when the other system answers 404. */
export async function orNull<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (isClassifiedError(error) && error.status === 404) return null;
    throw error;
  }
}
