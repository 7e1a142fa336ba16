import {
  ProtocolError,
  ProtocolErrorCode,
  Server,
  type ServerCapabilities,
  type ServerNotifier,
} from '@modelcontextprotocol/server';
import { Inject, Injectable } from '@nestjs/common';
import { MCP_CONTRIBUTIONS, type McpCaller, type McpContribution } from './mcp.types.js';
import { McpStates } from './mcp-states.js';
import { McpWorkflows } from './mcp-workflows.js';

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
    const server = new Server(
      { name: 'tutti', title: 'Tutti', version: '1' },
      { capabilities: this.capabilities(), instructions: INSTRUCTIONS, requestState: codec },
    );
    server.setRequestHandler('tools/list', async () => {
      const lists = await Promise.all(this.contributions.map((contribution) => contribution.tools(by)));
      return { tools: lists.flat() };
    });
    server.setRequestHandler('tools/call', async ({ params: { name, arguments: args = {} } }, context) => {
      const mint = (state: unknown) => codec.mint(state, context);
      for (const contribution of this.contributions) {
        const answer = await contribution.call({ by, name, args, context, server, mint });
        if (answer !== null) return answer;
      }
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${name}".`);
    });
    for (const contribution of this.contributions) contribution.extend?.(server, by);
    return server;
  }

  private capabilities(): ServerCapabilities {
    const all: ServerCapabilities = { tools: { listChanged: true } };
    for (const { capabilities } of this.contributions) Object.assign(all, capabilities);
    return all;
  }
}
