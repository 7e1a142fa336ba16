import { type AgentTaskRunOutput, ModelUsage } from '@tutti/contracts';
import { type FilesPort, type HttpPort, PermanentError, TransientError } from '@tutti/plugin-sdk';
import { type Agent, ask } from './agent.js';
import { madeOf } from './message.js';
import { type Message, stateOf, Task } from './wire.js';

interface Ports {
  http: HttpPort;
  files: FilesPort;
  signal: AbortSignal;
}

const UNDER_WAY = new Set(['submitted', 'working', 'unspecified', 'unknown']);
const POLL_MS = 500;
const POLL_MS_MAX = 10_000;

/** Waits for the end of a task, or for its question. What is unreachable for a while is asked again. */
export async function settled(agent: Agent, task: Task, { http, signal }: Ports): Promise<Task> {
  let known = task;
  for (let delayMs = POLL_MS; UNDER_WAY.has(stateOf(known)); delayMs = Math.min(delayMs * 2, POLL_MS_MAX)) {
    await pause(delayMs, signal);
    try {
      const params = agent.version === '0.3' ? { id: task.id } : { id: task.id, historyLength: 0 };
      known = Task.parse(await ask(http, agent, { method: 'tasks/get', params }));
    } catch (error) {
      // The task goes on at the agent, so its message must not be sent again because of this.
      if (!(error instanceof TransientError) || signal.aborted) throw error;
    }
  }
  return known;
}

/** What a task that goes on no more came to. */
export async function outcomeOf(agent: Agent, task: Task, { files }: Ports): Promise<AgentTaskRunOutput> {
  const state = stateOf(task);
  const said = task.status.message?.parts ?? [];
  const parts = (task.artifacts ?? []).flatMap((artifact) => artifact.parts);
  if (state !== 'completed' && state !== 'input-required') {
    const { text } = await madeOf(said, files);
    throw new PermanentError(`${agent.name} ended the task as ${state}${text === '' ? '.' : `: ${text}`}`, {
      status: state === 'auth-required' ? 401 : 422,
      reason: 'rejected',
    });
  }
  const asks = state === 'input-required';
  const made = await madeOf(asks ? [...said, ...parts] : parts, files);
  const words =
    made.text === ''
      ? (
          await madeOf(
            said.filter(({ text }) => text !== undefined),
            files,
          )
        ).text
      : made.text;
  const usage = ModelUsage.safeParse(task.metadata?.usage);
  return {
    ...made,
    status: state,
    text: words,
    task: task.id,
    conversation: task.contextId ?? null,
    usage: usage.success ? usage.data : null,
  };
}

/** What an agent said that answers without a task. */
export async function answerOf(message: Message, { files }: Ports): Promise<AgentTaskRunOutput> {
  return {
    ...(await madeOf(message.parts, files)),
    status: 'completed',
    task: message.taskId ?? null,
    conversation: message.contextId ?? null,
    usage: null,
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const late = () =>
      reject(
        new TransientError('The agent did not end its task in time.', { status: 408, reason: 'timeout' }),
      );
    if (signal.aborted) return late();
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', stop);
      resolve();
    }, ms);
    const stop = () => {
      clearTimeout(timer);
      late();
    };
    signal.addEventListener('abort', stop, { once: true });
  });
}
