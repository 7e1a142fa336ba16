import {
  type CallToolResult,
  ProtocolError,
  ProtocolErrorCode,
  type Server,
  type ServerCapabilities,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import type { McpCaller } from './mcp-caller.types.js';
import { MCP_CONTRIBUTIONS, type McpContribution, type McpToolCall } from './mcp.types.js';
import { McpStates } from './mcp-states.js';
import { McpWorkflows } from './mcp-workflows.js';
import { isStateless } from './revision.js';
import { knowsTasks, TaskMethods, TASKS_EXTENSION } from './tasks/task-methods.js';
import { TaskServer } from './tasks/task-server.js';

const INSTRUCTIONS =
  'Each tool runs a workflow of the hub. A run goes on when the connection breaks; tutti_run_result gives its result.';

/** Makes the servers that answer at the hub's MCP endpoint: one for a session, or for a request. */
@Injectable()
export class McpServerFactory {
  private readonly contributions: readonly McpContribution[];

  constructor(
    @Inject(McpWorkflows) workflows: McpWorkflows,
    @Inject(McpStates) private readonly states: McpStates,
    @Inject(MCP_CONTRIBUTIONS) others: readonly McpContribution[],
  ) {
    this.contributions = [workflows, ...others];
  }

  connect(notify: ServerNotifier): void {
    for (const contribution of this.contributions) contribution.connect?.(notify);
  }

  make(by: McpCaller): Server {
    const { codec } = this.states;
    const server = new TaskServer(
      { name: 'tutti', title: 'Tutti', version: '1' },
      { capabilities: this.capabilities(), instructions: INSTRUCTIONS, requestState: codec },
    );
    server.setRequestHandler('tools/list', async () => {
      const lists = await Promise.all(this.contributions.map((contribution) => contribution.tools(by)));
      return { tools: lists.flat() };
    });
    server.setRequestHandler('tools/call', async ({ params }, context) => {
      const { name, arguments: args = {} } = params;
      const mint = (state: unknown) => codec.mint(state, context);
      const task = taskWishOf(server, params);
      for (const contribution of this.contributions) {
        const answer = await contribution.call({ by, name, args, context, server, mint, task });
        // What is no result of a tool is told by the server itself.
        if (answer !== null) return answer as CallToolResult;
      }
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name}".`);
    });
    const sources = this.contributions.flatMap(({ tasks }) => (tasks === undefined ? [] : [tasks]));
    new TaskMethods(server, by, sources).register();
    for (const contribution of this.contributions) contribution.extend?.(server, by);
    return server;
  }

  private capabilities(): ServerCapabilities {
    const all: ServerCapabilities = {
      tools: { listChanged: true },
      // Of 2025-11-25, and of 2026-07-28; the SDK tells each client its own.
      tasks: { list: {}, cancel: {}, requests: { tools: { call: {} } } },
      extensions: { [TASKS_EXTENSION]: {} },
    };
    for (const { capabilities } of this.contributions) Object.assign(all, capabilities);
    return all;
  }
}

/** In 2025-11-25 the client says which call is to be a task; later the server decides, if the client can. */
function taskWishOf(server: Server, params: { task?: unknown }): McpToolCall['task'] {
  if (isStateless(server)) return knowsTasks(server) ? 'may' : 'no';
  return params.task === undefined ? 'no' : 'must';
}
