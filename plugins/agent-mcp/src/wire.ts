import { PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';

const Reply = z.looseObject({
  id: z.union([z.string(), z.number()]).nullish(),
  result: z.record(z.string(), z.unknown()).optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).optional(),
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

/** What the server answered to the request: JSON, or a stream of events that has ended. */
export function replyTo(id: number, body: unknown): Reply {
  const messages = typeof body === 'string' ? eventsIn(body) : [body];
  for (const message of messages) {
    const reply = Reply.safeParse(message);
    const answers = reply.success && (reply.data.result !== undefined || reply.data.error !== undefined);
    if (answers && (reply.data.id === id || reply.data.id === null)) return reply.data;
  }
  throw new PermanentError('The MCP server gave no answer to the request.', {
    status: 502,
    reason: 'invalid-output',
  });
}

/** The data of the events of a stream; what is no JSON is none of the protocol's. */
function eventsIn(stream: string): unknown[] {
  return stream.split(/\r?\n\r?\n/).flatMap((event) => {
    const lines = event.split(/\r?\n/).filter((line) => line.startsWith('data:'));
    const data = lines.map((line) => line.slice(5).replace(/^ /, '')).join('\n');
    try {
      return [JSON.parse(data) as unknown];
    } catch {
      return [];
    }
  });
}
