import type { ArtifactRef } from '@tutti/contracts';
import { createHash } from 'node:crypto';
import { type FilesPort, PermanentError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import type { Session } from './session.js';
import { paramHeaders } from './param-headers.js';
import type { Answers, ToolOutput } from './output.js';
import { askedBy, InputRequired } from './questions.js';
import { type Content, type Tool, ToolPage, ToolResult } from './wire.js';

const PAGES_MAX = 50;
const UNKNOWN_TYPE = 'application/octet-stream';

/** All tools of the server, by name. */
export async function toolsOf(session: Session): Promise<Tool[]> {
  const tools: Tool[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < PAGES_MAX; page += 1) {
    const result = await session.request('tools/list', cursor === undefined ? {} : { cursor });
    const { tools: some, nextCursor } = understood(ToolPage, result, 'its list of tools');
    // One that breaks the protocol must not be called, and the others go on to serve.
    tools.push(...some.filter((tool) => !session.stateless || paramHeaders(tool, {}) !== null));
    if (nextCursor === undefined) return tools.sort((a, b) => (a.name < b.name ? -1 : 1));
    cursor = nextCursor;
  }
  throw new PermanentError(`The MCP server has more than ${PAGES_MAX} pages of tools.`, { status: 502 });
}

/** SHA-256 over what models and workflows rely on, whatever the order in which the server tells it. */
export function hashOf(tools: readonly Tool[]): string {
  const told = tools.map(({ name, title, description, inputSchema, outputSchema, annotations }) =>
    ordered({ name, title, description, inputSchema, outputSchema, annotations }),
  );
  return createHash('sha256').update(JSON.stringify(told)).digest('hex');
}

/** Throws when the server has other tools than those that were approved. */
export function checkPinned(tools: readonly Tool[], approved: string | undefined): void {
  const hash = hashOf(tools);
  if (approved === undefined || approved === hash) return;
  throw new PermanentError(
    `The MCP server has other tools than those that were approved: their hash is ${hash}. Look at them with ` +
      'mcp.tool.list, and set toolsHash of the connection to it if they are right.',
    { status: 409, reason: 'rejected' },
  );
}

export interface Called {
  args: Record<string, unknown>;
  answers?: Answers | undefined;
  state?: string | undefined;
  idempotencyKey: string;
  traceparent?: string | undefined;
  files: FilesPort;
}

/** Calls a tool. What it tells as its output's schema is held to. */
export async function callTool(session: Session, tool: Tool, of: Called): Promise<ToolOutput> {
  const { args, answers, state, idempotencyKey, traceparent, files } = of;
  const params = {
    name: tool.name,
    arguments: args,
    ...(answers !== undefined && { inputResponses: answers }),
    ...(state !== undefined && { requestState: state }),
    _meta: { 'tutti/idempotency-key': idempotencyKey, ...(traceparent !== undefined && { traceparent }) },
  };
  const headers = session.stateless ? paramHeaders(tool, args) : null;
  const result = await session.request('tools/call', params, { headers: headers ?? {} });
  if (result.resultType === 'input_required')
    return askedBy(tool, understood(InputRequired, result, 'what the tool asks'));
  const { content, structuredContent = null, isError } = understood(ToolResult, result, 'what the tool gave');
  const text = content.flatMap((item) => (item.text === undefined ? [] : [item.text])).join('\n');
  if (isError)
    throw new PermanentError(`The tool "${tool.name}" failed: ${text === '' ? 'it gave no text.' : text}`, {
      status: 422,
      reason: 'rejected',
    });
  if (tool.outputSchema !== undefined) checkOutput(tool, structuredContent);
  return {
    status: 'completed',
    text: texts(content),
    value: structuredContent,
    files: await filesOf(content, files),
    questions: [],
    state: null,
  };
}

function texts(content: readonly Content[]): string {
  return content
    .flatMap(({ text, resource }) => [text, resource?.text].filter((one) => one !== undefined))
    .join('\n');
}

async function filesOf(content: readonly Content[], files: FilesPort): Promise<ArtifactRef[]> {
  const refs: ArtifactRef[] = [];
  for (const { data, mimeType, resource } of content) {
    const base64 = data ?? resource?.blob;
    if (base64 === undefined) continue;
    const mediaType = mimeType ?? resource?.mimeType ?? UNKNOWN_TYPE;
    const name = resource?.uri?.split('/').at(-1);
    refs.push(await files.write(Buffer.from(base64, 'base64'), { mediaType, ...(name && { name }) }));
  }
  return refs;
}

function checkOutput({ name, outputSchema }: Tool, value: unknown): void {
  const checked = z.fromJSONSchema(outputSchema as never).safeParse(value);
  if (checked.success) return;
  throw new PermanentError(
    `The tool "${name}" breaks its own output schema: ${z.prettifyError(checked.error)}`,
    {
      status: 502,
      reason: 'invalid-output',
    },
  );
}

function understood<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
  what: string,
): z.output<Schema> {
  const checked = schema.safeParse(value);
  if (checked.success) return checked.data;
  throw new PermanentError(
    `The MCP server breaks the protocol in ${what}: ${z.prettifyError(checked.error)}`,
    {
      status: 502,
      reason: 'invalid-output',
    },
  );
}

/** The value with the keys of its objects in order. */
function ordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(ordered);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, one]) => [key, ordered(one)]));
}
