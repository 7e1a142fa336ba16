import { canonicalJson, type Effect, type FoundCapability } from '@tutti/contracts';
import { changedCapability, type Discovery, type FoundRunContext, PermanentError } from '@tutti/plugin-sdk';
import { inSession } from './in-session.js';
import type { ToolOutput } from './output.js';
import type { Settings } from './settings.js';
import { callTool, checkPinned, toolsOf } from './tools.js';
import type { Tool } from './wire.js';

/** The tools of a server as capabilities of its connection. */
export const toolDiscovery: Discovery<Settings> = {
  find: (context) =>
    inSession(context, async (session) => {
      const tools = await toolsOf(session);
      checkPinned(tools, context.settings.toolsHash);
      return tools.map(capabilityOf);
    }),
  run: (context) =>
    inSession(context, async (session) => {
      const tools = await toolsOf(session);
      checkPinned(tools, context.settings.toolsHash);
      const tool = approvedTool(tools, context.capability);
      // What a program does is not seen by the host.
      if (context.settings.command !== undefined) context.mayHaveHappened();
      return callTool(session, tool, {
        args: context.input as Record<string, unknown>,
        idempotencyKey: context.idempotencyKey,
        traceparent: context.traceparent,
        files: context.files,
      }).then((output) => outputOf(context, output));
    }),
};

function capabilityOf(tool: Tool): FoundCapability {
  const { name, title, description, inputSchema, outputSchema, annotations } = tool;
  const effect = effectOf(annotations);
  return {
    name,
    ...(title !== undefined && { title }),
    ...(description !== undefined && { description }),
    effect,
    ...(effect !== 'write' && { hinted: true as const }),
    input: inputSchema,
    ...(outputSchema !== undefined && { output: outputSchema }),
    ...(annotations !== undefined && { detail: { annotations } }),
  };
}

function effectOf(annotations: Tool['annotations']): Effect {
  if (annotations?.['readOnlyHint'] === true) return 'read';
  return annotations?.['idempotentHint'] === true ? 'idempotent-write' : 'write';
}

/** The tool, if the server has it as it was approved. */
function approvedTool(tools: readonly Tool[], capability: FoundCapability): Tool {
  const tool = tools.find(({ name }) => name === capability.name);
  if (tool === undefined)
    throw changedCapability(`The MCP server has no tool "${capability.name}" any more.`);
  if (told(capabilityOf(tool)) !== told(capability))
    throw changedCapability(
      `The MCP server tells something else of its tool "${tool.name}" than was approved.`,
    );
  return tool;
}

/** All but the effect, which a person may have set. */
function told({ effect: _effect, hinted: _hinted, ...rest }: FoundCapability): string {
  return canonicalJson(rest);
}

/** The structured content where the tool has a schema for it; else all that it gave. */
function outputOf({ capability }: FoundRunContext<Settings>, output: ToolOutput): unknown {
  if (output.status === 'input-required')
    throw new PermanentError(
      `The tool "${capability.name}" asks a person for input: call it with mcp.tool.call, which takes answers.`,
      { status: 422, reason: 'rejected' },
    );
  return capability.output === undefined ? output : output.value;
}
