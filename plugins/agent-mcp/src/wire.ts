import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Reply = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.number(), message: z.string(), data: z.unknown().optional() }).optional(),
});
export type Reply = z.infer<typeof Reply>;

export const Tool = z.looseObject({
  name: z.string(),
  title: z.string().optional(),
  description: z.string().optional(),
  inputSchema: z.record(z.string(), z.unknown()),
  outputSchema: z.record(z.string(), z.unknown()).optional(),
  annotations: z.record(z.string(), z.unknown()).optional(),
});
export type Tool = z.infer<typeof Tool>;

const Resource = z.looseObject({
  uri: z.string().optional(),
  mimeType: z.string().optional(),
  text: z.string().optional(),
  blob: z.string().optional(),
});

/** An item of what a tool gives. */
export const Content = z.looseObject({
  type: z.string(),
  text: z.string().optional(),
  data: z.string().optional(),
  mimeType: z.string().optional(),
  resource: Resource.optional(),
});
export type Content = z.infer<typeof Content>;

export const ToolResult = z.looseObject({
  content: z.array(Content).default([]),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

export const ToolPage = z.looseObject({ tools: z.array(Tool), nextCursor: z.string().optional() });

/** How a stream is gone on with. */
export interface StreamBreak {
  lastEventId: string;
  /** How long the server wants to be left alone. */
  retryMs: number;
}

interface StreamEvent {
  data: string;
  id: string | undefined;
  retry: string | undefined;
}

const RETRY_MS = 1_000;
const RETRY_MS_MAX = 60_000;

/** What the server answered to the request: JSON, or a stream of events that has ended. */
export function replyTo(id: number, body: unknown): Reply {
  return replyIn(id, body) ?? unanswered();
}

/** The same; null when the answer is not among what it says. */
export function replyIn(id: number, body: unknown): Reply | null {
  const messages = typeof body === 'string' ? eventsIn(body).map(({ data }) => jsonIn(data)) : [body];
  return messages.map((message) => answerIn(id, message)).find((reply) => reply !== null) ?? null;
}

/** The message as the answer to the request; null when it is something else. */
export function answerIn(id: number, message: unknown): Reply | null {
  const reply = Reply.safeParse(message);
  if (!reply.success) return null;
  const { data } = reply;
  const answers = data.result !== undefined || data.error !== undefined;
  return answers && (data.id === id || data.id === null) ? data : null;
}

/** Where a stream ended that did not hold the answer; null when it cannot be gone on with. */
export function breakIn(body: unknown): StreamBreak | null {
  if (typeof body !== 'string') return null;
  const events = eventsIn(body);
  const lastEventId = events.findLast(({ id }) => id !== undefined)?.id;
  if (lastEventId === undefined) return null;
  const retryMs = Number(events.findLast(({ retry }) => retry !== undefined)?.retry ?? RETRY_MS);
  return { lastEventId, retryMs: Math.min(retryMs, RETRY_MS_MAX) };
}

export function unanswered(): never {
  throw new PermanentError('The MCP server gave no answer to the request.', {
    status: 502,
    reason: 'invalid-output',
  });
}

function eventsIn(stream: string): StreamEvent[] {
  return stream.split(/\r?\n\r?\n/).map((event) => {
    const lines = event.split(/\r?\n/);
    const all = (field: string) =>
      lines
        .filter((line) => line.startsWith(`${field}:`))
        .map((line) => line.slice(field.length + 1).replace(/^ /, ''));
    return { data: all('data').join('\n'), id: all('id').at(-1), retry: all('retry').at(-1) };
  });
}

/** What is no JSON is no message of the protocol. */
export function jsonIn(data: string): unknown {
  try {
    return JSON.parse(data) as unknown;
  } catch {
    return undefined;
  }
}
