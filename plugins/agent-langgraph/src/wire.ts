import { z } from 'zod';

export const Thread = z.looseObject({ thread_id: z.string() });

/** `interrupted`: it was stopped from outside, or waits for an answer; the thread's state says which. */
export const Run = z.looseObject({
  run_id: z.string(),
  status: z.enum(['pending', 'running', 'success', 'error', 'timeout', 'interrupted']),
  metadata: z.record(z.string(), z.unknown()).nullish(),
});
export type Run = z.infer<typeof Run>;

/** A block of a message; those that are no text are left to `data`. */
const Block = z.looseObject({ type: z.string().optional(), text: z.string().optional() });

const Tokens = z.looseObject({
  input_tokens: z.int().nonnegative(),
  output_tokens: z.int().nonnegative(),
  input_token_details: z.looseObject({ cache_read: z.int().nonnegative().optional() }).nullish(),
  output_token_details: z.looseObject({ reasoning: z.int().nonnegative().optional() }).nullish(),
});
export type Tokens = z.infer<typeof Tokens>;

/** A message as LangChain writes it. */
export const Message = z.looseObject({
  type: z.string(),
  content: z.union([z.string(), z.array(z.union([z.string(), Block]))]).default(''),
  usage_metadata: Tokens.nullish(),
});
export type Message = z.infer<typeof Message>;

const Task = z.looseObject({
  error: z.unknown().optional(),
  interrupts: z.array(z.looseObject({ value: z.unknown().optional() })).default([]),
});

/** The state of a thread. */
export const State = z.looseObject({
  values: z.record(z.string(), z.unknown()).nullable(),
  next: z.array(z.string()).default([]),
  tasks: z.array(Task).default([]),
});
export type State = z.infer<typeof State>;

/** The text of a message. */
export function textOf({ content }: Message): string {
  if (typeof content === 'string') return content;
  return content.map((part) => (typeof part === 'string' ? part : (part.text ?? ''))).join('');
}
