import { z } from 'zod';

/** The generations of A2A: 1.0 has other names for methods and other shapes than 0.3. */
export type Version = '0.3' | '1.0';

const Interface = z.looseObject({
  url: z.string().optional(),
  /** `transport` in 0.3. */
  protocolBinding: z.string().optional(),
  transport: z.string().optional(),
  protocolVersion: z.string().optional(),
  tenant: z.string().optional(),
});

/** What is read of an agent card of either generation. */
export const Card = z.looseObject({
  name: z.string().optional(),
  url: z.string().optional(),
  preferredTransport: z.string().optional(),
  supportedInterfaces: z.array(Interface).optional(),
  additionalInterfaces: z.array(Interface).optional(),
  skills: z.array(z.looseObject({ name: z.string().optional() })).optional(),
});
export type Card = z.infer<typeof Card>;

const File = z.looseObject({
  bytes: z.string().optional(),
  uri: z.string().optional(),
  mimeType: z.string().optional(),
  name: z.string().optional(),
});

/** A part of either generation: 0.3 tells its kind and has files in `file`. */
export const Part = z.looseObject({
  text: z.string().optional(),
  data: z.unknown().optional(),
  raw: z.string().optional(),
  url: z.string().optional(),
  mediaType: z.string().optional(),
  filename: z.string().optional(),
  file: File.optional(),
});
export type Part = z.infer<typeof Part>;

export const Message = z.looseObject({
  contextId: z.string().optional(),
  taskId: z.string().optional(),
  parts: z.array(Part).default([]),
});

export const Task = z.looseObject({
  id: z.string(),
  contextId: z.string().optional(),
  status: z.looseObject({ state: z.string(), message: Message.nullish() }),
  artifacts: z.array(z.looseObject({ parts: z.array(Part).default([]) })).nullish(),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type Task = z.infer<typeof Task>;
export type Message = z.infer<typeof Message>;

/** An answer of JSON-RPC. */
export const Answer = z.looseObject({
  result: z.unknown().optional(),
  error: z.looseObject({ code: z.number(), message: z.string() }).nullish(),
});

/** What sending a message gives: bare in 0.3, under the name of its kind in 1.0. */
export function sent(result: unknown): { task: Task } | { message: Message } | null {
  const { task, message, ...bare } = (result ?? {}) as Record<string, unknown>;
  const asTask = Task.safeParse(task ?? bare);
  if (asTask.success) return { task: asTask.data };
  const asMessage = Message.safeParse(message ?? bare);
  const said = asMessage.success && asMessage.data.parts.length > 0;
  return said ? { message: asMessage.data } : null;
}

/** The state of a task by one name in both generations, such as `input-required`. */
export function stateOf({ status }: Task): string {
  return status.state
    .replace(/^TASK_STATE_/, '')
    .toLowerCase()
    .replaceAll('_', '-');
}
