import type {
  CallToolResult,
  InputRequiredResult,
  Server,
  ServerCapabilities,
  ServerContext,
  ServerNotifier,
  Tool,
} from '@modelcontextprotocol/server';
import type { McpCaller } from './mcp-caller.types.js';
import type { McpTaskSource, TaskCreated } from './tasks/task.types.js';

/** One call of a tool, with what the protocol tells about it. */
export interface McpToolCall {
  by: McpCaller;
  name: string;
  args: Record<string, unknown>;
  context: ServerContext;
  server: Server;
  /** Whether the call may become a task, or is to be one. */
  task: 'no' | 'may' | 'must';
  /** Signs what the client is to hand back with its answer to a question. */
  mint: (state: unknown) => Promise<string>;
}

export type McpToolAnswer = CallToolResult | InputRequiredResult | TaskCreated;

/**
 * What is offered at the hub's MCP endpoint. The workflows are one contribution; who composes the hub may add
 * others, with tools, prompts and resources of their own.
 */
export interface McpContribution {
  /** What it needs to be told to clients, besides the tools. */
  capabilities?: ServerCapabilities;
  tools(by: McpCaller): Promise<readonly Tool[]>;
  /** Null: the tool is none of its. */
  call(call: McpToolCall): Promise<McpToolAnswer | null>;
  /** Its calls that became tasks. */
  tasks?: McpTaskSource;
  /** Told once how to say that one of its lists changed. */
  connect?(notify: ServerNotifier): void;
  /** Adds what else it offers to a server that is made for one session, or for one request. */
  extend?(server: Server, by: McpCaller): void;
}

/** Injection token of the contributions besides the workflows. */
export const MCP_CONTRIBUTIONS = Symbol('MCP_CONTRIBUTIONS');
