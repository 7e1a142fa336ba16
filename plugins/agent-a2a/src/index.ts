import { AgentTaskRunInput, AgentTaskRunOutput } from '@tutti/contracts';
import { definePlugin, PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { type Agent, ask, findAgent } from './agent.js';
import { messageOf } from './message.js';
import { httpDefaults, Settings } from './settings.js';
import { answerOf, outcomeOf, settled } from './task.js';
import { sent, Task } from './wire.js';

const Tasks = z.looseObject({ tasks: z.array(Task).default([]) });

/** The id of a conversation that begins with this call: of use where tasks are listed, so in A2A 1.0. */
function newConversation(
  { version }: Agent,
  of: { input: AgentTaskRunInput; settings: Settings; idempotencyKey: string },
): string | undefined {
  const begins = version === '1.0' && of.input.task === undefined && of.settings.namesConversations;
  return begins ? of.idempotencyKey : undefined;
}

/** Any agent that speaks A2A 1.0 or 0.3 over JSON-RPC. */
export default definePlugin({
  contract: 1,
  name: 'agent-a2a',
  kind: 'agent',
  summary: 'Agents that speak the Agent2Agent protocol (A2A), whatever they were built with.',
  settings: Settings,
  hosts: ({ baseUrl }) => [new URL(baseUrl).host],
  http: httpDefaults,
  async health({ http, settings }) {
    const { name, version } = await findAgent(http, settings);
    return `${name} speaks A2A ${version}.`;
  },
  capabilities: {
    'agent.task.run': {
      summary: 'Give a task to the agent, and wait until it is done or asks something.',
      // An agent may do anything, and need not know a message that comes again.
      effect: 'write',
      input: AgentTaskRunInput,
      output: AgentTaskRunOutput,
      async run({ input, settings, http, files, signal, idempotencyKey }) {
        const agent = await findAgent(http, settings);
        const conversation =
          input.conversation ?? newConversation(agent, { input, settings, idempotencyKey });
        const message = await messageOf(input, {
          version: agent.version,
          files,
          messageId: idempotencyKey,
          conversation,
        });
        const configuration = agent.version === '0.3' ? { blocking: true } : { returnImmediately: false };
        const params = { message, configuration };
        const headers = { 'idempotency-key': idempotencyKey };
        const answer = sent(await ask(http, agent, { method: 'message/send', params, headers }));
        if (answer === null)
          throw new PermanentError(`${agent.name} answered with neither a task nor a message.`, {
            status: 502,
            reason: 'invalid-output',
          });
        const ports = { http, files, signal };
        if ('message' in answer) return answerOf(answer.message, ports);
        return outcomeOf(agent, await settled(agent, answer.task, ports), ports);
      },
      async reconcile({ input, settings, http, files, signal, idempotencyKey }) {
        const agent = await findAgent(http, settings);
        const contextId = newConversation(agent, { input, settings, idempotencyKey });
        if (input.conversation !== undefined || contextId === undefined) return { happened: 'unknown' };
        const params = { contextId, includeArtifacts: true };
        const { tasks } = Tasks.parse(await ask(http, agent, { method: 'tasks/list', params }));
        const [task] = tasks;
        // An agent may have given the conversation another name: that none is found says nothing.
        if (task === undefined) return { happened: 'unknown' };
        const ports = { http, files, signal };
        return { happened: true, output: await outcomeOf(agent, await settled(agent, task, ports), ports) };
      },
    },
  },
});
