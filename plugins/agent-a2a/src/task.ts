import { type AgentTaskRunOutput, ModelUsage } from '@tutti/contracts';
import { askUntil, type FilesPort, type HttpPort, PermanentError } from '@tutti/plugin-sdk';
import { type Agent, ask } from './agent.js';
import { madeOf } from './message.js';
import { type Message, stateOf, Task } from './wire.js';

interface Ports {
  http: HttpPort;
  files: FilesPort;
  signal: AbortSignal;
}

const UNDER_WAY = new Set(['submitted', 'working', 'unspecified', 'unknown']);

/** Waits for the end of a task, or for its question. What is unreachable for a while is asked again. */
export function settled(agent: Agent, task: Task, { http, signal }: Ports): Promise<Task> {
  const params = agent.version === '0.3' ? { id: task.id } : { id: task.id, historyLength: 0 };
  return askUntil(task, {
    done: (known) => !UNDER_WAY.has(stateOf(known)),
    // The task goes on at the agent, so its message must not be sent again because of this.
    ask: async () => Task.parse(await ask(http, agent, { method: 'tasks/get', params })),
    signal,
    who: agent.name,
  });
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
