import { definePlugin, PermanentError, type RunContext } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { toolDiscovery } from './discovery.js';
import { inSession } from './in-session.js';
import { Answers, ToolOutput } from './output.js';
import { httpDefaults, Settings } from './settings.js';
import { callTool, checkPinned, hashOf, toolsOf } from './tools.js';

const ToolCall = z.object({
  tool: z.string().min(1).describe('name of the tool'),
  arguments: z.record(z.string(), z.unknown()).default({}),
  answers: Answers.optional().describe('what a person answered to the questions of an earlier call'),
  state: z.string().optional().describe('what that call gave as its state'),
});
type Context = RunContext<z.output<typeof ToolCall>, Settings, undefined>;

const ToolList = z.object({
  revision: z.string().describe('of the protocol that the server speaks'),
  hash: z.string().describe('what toolsHash of the connection is set to when these tools are right'),
  approved: z.boolean().describe('whether these are the tools that were approved'),
  tools: z.array(
    z.object({
      name: z.string(),
      title: z.string().nullable(),
      description: z.string().nullable(),
      inputSchema: z.record(z.string(), z.unknown()),
      outputSchema: z.record(z.string(), z.unknown()).nullable(),
      annotations: z.record(z.string(), z.unknown()),
    }),
  ),
});

/** Calls the tool, if it was approved; `readsOnly`: if it says that it changes nothing. */
function call(context: Context, { readsOnly }: { readsOnly: boolean }): Promise<ToolOutput> {
  const { input, settings, files, idempotencyKey, traceparent } = context;
  return inSession(context, async (session) => {
    const tools = await toolsOf(session);
    checkPinned(tools, settings.toolsHash);
    const tool = tools.find(({ name }) => name === input.tool);
    if (tool === undefined)
      throw new PermanentError(`The MCP server has no tool "${input.tool}".`, {
        status: 404,
        reason: 'rejected',
      });
    if (readsOnly && tool.annotations?.readOnlyHint !== true)
      throw new PermanentError(
        `The tool "${input.tool}" does not say that it changes nothing (readOnlyHint): use mcp.tool.call.`,
        { status: 422, reason: 'rejected' },
      );
    // What a program does is not seen by the host.
    if (settings.command !== undefined) context.mayHaveHappened();
    return callTool(session, tool, { ...input, args: input.arguments, idempotencyKey, traceparent, files });
  });
}

/** The tools of any MCP server, over HTTP or in a program of its own. */
export default definePlugin({
  contract: 1,
  name: 'agent-mcp',
  kind: 'agent',
  summary: 'Tools of MCP servers, with their list pinned to what was approved.',
  settings: Settings,
  hosts: ({ url }) => (url === undefined ? [] : [new URL(url).host]),
  http: httpDefaults,
  health: (context) =>
    inSession(context, async (session) => {
      const tools = await toolsOf(session);
      checkPinned(tools, context.settings.toolsHash);
      return `${tools.length} tools over MCP ${session.revision}.`;
    }),
  discovery: toolDiscovery,
  capabilities: {
    'mcp.tool.list': {
      summary: 'The tools of the server, with their schemas and the hash that pins them.',
      effect: 'read',
      input: z.object({}),
      output: ToolList,
      run: (context) =>
        inSession(context, async (session) => {
          const tools = await toolsOf(session);
          const hash = hashOf(tools);
          return {
            revision: session.revision,
            hash,
            approved: context.settings.toolsHash === hash,
            tools: tools.map(
              ({ name, title = null, description = null, inputSchema, outputSchema, annotations }) => ({
                name,
                title,
                description,
                inputSchema,
                outputSchema: outputSchema ?? null,
                annotations: annotations ?? {},
              }),
            ),
          };
        }),
    },
    'mcp.tool.read': {
      summary: 'Call a tool that says that it changes nothing.',
      effect: 'read',
      input: ToolCall,
      output: ToolOutput,
      run: (context) => call(context, { readsOnly: true }),
    },
    'mcp.tool.call': {
      summary: 'Call a tool.',
      // A server need not know a call that comes again.
      effect: 'write',
      input: ToolCall,
      output: ToolOutput,
      run: (context) => call(context, { readsOnly: false }),
    },
  },
});
