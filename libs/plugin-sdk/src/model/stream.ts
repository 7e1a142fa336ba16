import { z } from 'zod';
import { PermanentError, TransientError } from '../errors.js';
import type { HttpPort, HttpStreamRequest } from '../ports.js';

/**
 * The JSON of an answer's events as they come, up to one whose text is `end` where the provider sends such a
 * one. `PermanentError` for what is no JSON or breaks the schema.
 */
export async function* streamedJson<Schema extends z.ZodType>(
  http: HttpPort,
  path: string,
  { item, end, ...request }: HttpStreamRequest & { item: Schema; end?: string },
): AsyncGenerator<z.output<Schema>> {
  for await (const { data } of http.stream(path, request)) {
    if (data === end) return;
    yield parsed(item, data);
  }
}

function parsed<Schema extends z.ZodType>(schema: Schema, data: string): z.output<Schema> {
  let problem: string;
  try {
    const checked = schema.safeParse(JSON.parse(data));
    if (checked.success) return checked.data;
    problem = z.prettifyError(checked.error);
  } catch (error) {
    problem = (error as Error).message;
  }
  throw new PermanentError(`A part of the streamed answer cannot be read: ${problem}`, {
    status: 502,
    reason: 'invalid-output',
    reply: data.slice(0, 2_000),
  });
}

/** The stream ended before the answer did. */
export function cutAnswer(): TransientError {
  return new TransientError('The streamed answer was cut off.', { status: 503, reason: 'unavailable' });
}

/** An error that a provider tells when the answer has begun; its status came before. */
export function brokenAnswer(told: string, reply: unknown): TransientError {
  const message = `The provider broke the answer off: ${told}`;
  return new TransientError(message, { status: 503, reason: 'unavailable', reply });
}
