import type { AgentTaskRunInput, AgentTaskRunOutput } from '@tutti/contracts';
import {
  askUntil,
  type HttpPort,
  isClassifiedError,
  markOf,
  markUuid,
  PermanentError,
  type RunContext,
} from '@tutti/plugin-sdk';
import { outcomeOf } from './outcome.js';
import type { Settings } from './settings.js';
import { Message, Run, State, textOf, Thread } from './wire.js';

/** An attempt of `agent.task.run`. */
export type TaskContext = RunContext<AgentTaskRunInput, Settings, undefined>;

/** In the metadata of a run: the mark of the call that made it. */
const MARK = 'tutti_call';
const RUNS_LOOKED_AT = 100;

/** The thread of a call: that of its conversation, or one of its own that all attempts name alike. */
export async function threadOf({ input, idempotencyKey }: TaskContext): Promise<string> {
  return input.conversation ?? markUuid(await markOf(idempotencyKey));
}

/** Begins a run in the thread, which is made where the call begins a conversation. */
export async function begin(context: TaskContext, thread: string): Promise<Run> {
  const { input, settings, http, idempotencyKey } = context;
  const mark = await markOf(idempotencyKey);
  if (input.conversation === undefined)
    await http.post('/threads', { body: { thread_id: thread, if_exists: 'do_nothing' }, reply: Thread });
  // A thread that is not there would be a 500 of some servers.
  else await http.get(`/threads/${encodeURIComponent(thread)}`, { reply: Thread });
  const { assistant, whenBusy, recursionLimit } = settings;
  return http.post(`/threads/${encodeURIComponent(thread)}/runs`, {
    body: {
      assistant_id: assistant,
      ...said(input, settings),
      metadata: { [MARK]: mark },
      multitask_strategy: whenBusy,
      stream_mode: ['values', 'messages-tuple'],
      stream_resumable: true,
      ...(recursionLimit !== undefined && { config: { recursion_limit: recursionLimit } }),
    },
    reply: Run,
  });
}

/** The run that an earlier attempt of the call began; null: there is none. */
export async function begun({ http, idempotencyKey }: TaskContext, thread: string): Promise<Run | null> {
  const mark = await markOf(idempotencyKey);
  const path = `/threads/${encodeURIComponent(thread)}/runs`;
  const runs = await http.get(path, { query: { limit: RUNS_LOOKED_AT }, reply: Run.array() });
  return runs.find(({ metadata }) => metadata?.[MARK] === mark) ?? null;
}

/** Waits for the end of a run, and tells what it came to. */
export async function finished(context: TaskContext, thread: string, run: Run): Promise<AgentTaskRunOutput> {
  const { http, settings, signal } = context;
  const path = `/threads/${encodeURIComponent(thread)}/runs/${encodeURIComponent(run.run_id)}`;
  if (!isOver(run)) await watch(context, path);
  const ask = () => http.get(path, { reply: Run });
  const ended = await askUntil(isOver(run) ? run : await ask(), {
    done: isOver,
    ask,
    signal,
    who: 'The graph',
  });
  return outcomeOf(ended, { thread, state: await stateOf(http, thread), settings });
}

/** The state of a thread. */
export function stateOf(http: HttpPort, thread: string): Promise<State> {
  return http.get(`/threads/${encodeURIComponent(thread)}/state`, { reply: State });
}

function isOver({ status }: Run): boolean {
  return status !== 'pending' && status !== 'running';
}

/** What is said to the graph: an answer to its question, or messages and values for its state. */
function said(input: AgentTaskRunInput, { messagesKey }: Settings): Record<string, unknown> {
  const { text, data, files = [], task } = input;
  if (files.length > 0)
    throw refused('LangGraph takes no files: give their links or contents in text or data.');
  if (task !== undefined) return { command: { resume: data ?? text } };
  if (text !== undefined && messagesKey === '')
    throw refused('This connection gives data alone to its graph, no text: messagesKey is empty.');
  const values = isObject(data) ? data : data === undefined ? {} : { data };
  const messages = text === undefined ? {} : { [messagesKey]: [{ role: 'user', content: text }] };
  return { input: { ...values, ...messages } };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function refused(message: string): PermanentError {
  return new PermanentError(message, { status: 400, reason: 'rejected' });
}

/** Follows a run until its stream ends, and tells what its models say. A stream that is lost is no matter. */
async function watch({ http, partial }: TaskContext, path: string): Promise<void> {
  const headers = { 'last-event-id': '-1' };
  try {
    for await (const { event, data } of http.stream(`${path}/stream`, { headers }))
      if (event?.startsWith('messages')) partial(chunkOf(data));
  } catch (error) {
    if (!isClassifiedError(error) || error.fate !== 'transient') throw error;
  }
}

function chunkOf(data: string): string {
  const [chunk] = JSON.parse(data) as unknown[];
  const message = Message.safeParse(chunk);
  return message.success && message.data.type.startsWith('AI') ? textOf(message.data) : '';
}
