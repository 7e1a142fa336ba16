import { AgentTaskRunInput, AgentTaskRunOutput } from '@tutti/contracts';
import { definePlugin, orNull } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { begin, begun, finished, stateOf, threadOf } from './run.js';
import { httpDefaults, Settings } from './settings.js';

const Assistant = z.looseObject({ graph_id: z.string() });

/** Graphs on a LangGraph server: assistants, threads and runs. */
export default definePlugin({
  contract: 1,
  name: 'agent-langgraph',
  kind: 'agent',
  summary: 'Agents built with LangGraph, on a server with its API (LangGraph Platform, langgraph dev).',
  settings: Settings,
  hostsFrom: ['baseUrl'],
  http: httpDefaults,
  async health({ http, settings: { assistant } }) {
    const found = await http.post('/assistants/search', {
      body: { limit: 100 },
      reply: z.array(Assistant.extend({ assistant_id: z.string(), name: z.string().nullish() })),
    });
    const it = found.find(
      ({ assistant_id: id, graph_id: graph, name }) =>
        id === assistant || graph === assistant || name === assistant,
    );
    if (it === undefined) throw new Error(`The server has no assistant "${assistant}".`);
    return `The server runs the graph ${it.graph_id}.`;
  },
  capabilities: {
    'agent.task.run': {
      summary: 'Run the graph on a task, and wait until it is done or asks something.',
      // A graph may do anything, and a second run of it does it again.
      effect: 'write',
      input: AgentTaskRunInput,
      output: AgentTaskRunOutput,
      async run(context) {
        const thread = await threadOf(context);
        return finished(context, thread, await begin(context, thread));
      },
      async reconcile(context) {
        const thread = await threadOf(context);
        const run = await orNull(begun(context, thread));
        if (run === null) return { happened: false };
        return { happened: true, output: await finished(context, thread, run) };
      },
    },
    'agent.task.cancel': {
      summary: 'Stop a task that is under way.',
      effect: 'idempotent-write',
      input: z.object({ conversation: z.string().min(1), task: z.string().min(1) }),
      output: z.object({ cancelled: z.boolean().describe('false: there was nothing to stop any more') }),
      async run({ input: { conversation, task }, http, idempotencyKey }) {
        const path = `/threads/${encodeURIComponent(conversation)}/runs/${encodeURIComponent(task)}/cancel`;
        const headers = { 'idempotency-key': idempotencyKey };
        const stopped = await orNull(http.post(path, { headers }).then(() => true));
        return { cancelled: stopped ?? false };
      },
    },
    'agent.conversation.read': {
      summary: 'Read the state of a conversation.',
      effect: 'read',
      input: z.object({ conversation: z.string().min(1) }),
      output: z.object({
        values: z.record(z.string(), z.unknown()),
        next: z.array(z.string()).describe('nodes that come next; none: it is at its end'),
        questions: z.array(z.unknown()).describe('what the graph waits for'),
      }),
      async run({ input: { conversation }, http }) {
        const { values, next, tasks } = await stateOf(http, conversation);
        const questions = tasks.flatMap(({ interrupts }) => interrupts.map(({ value }) => value ?? null));
        return { values: values ?? {}, next, questions };
      },
    },
  },
});
