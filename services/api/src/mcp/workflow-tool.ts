import type { CallToolResult, Tool } from '@modelcontextprotocol/server';
import {
  inputSchema,
  mcpHints,
  outputSchema,
  type TaskSupport,
  type WorkflowDocument,
  workflowHints,
} from '@tutti/workflow';
import type { Problem } from '@tutti/contracts';
import type { RunEnd } from '../runs/run-ends.js';
import type { PublishedRow } from './mcp.queries.js';

/** A workflow as a tool. */
export interface WorkflowTool {
  namespace: string;
  name: string;
  tool: Tool;
  /** True: the workflow takes something else than an object, so the tool takes it under `input`. */
  wrapsInput: boolean;
  /** True: the workflow gives something else than an object, so the tool gives it under `result`. */
  wrapsOutput: boolean;
  taskSupport: TaskSupport;
}

type Schema = Record<string, unknown>;
/** Tools always take and give objects. */
type ObjectSchema = Schema & { type: 'object' };

/** The tools, by name and in its order: the same workflows give the same list. */
export function workflowTools(rows: readonly PublishedRow[], publishes: 'marked' | 'all'): WorkflowTool[] {
  const offered = rows.flatMap((row) => {
    const document = JSON.parse(row.definition) as WorkflowDocument;
    const hints = mcpHints(document);
    if (hints === null && (publishes === 'marked' || saysNo(document))) return [];
    return [{ row, document, given: hints?.name ?? null, usual: `${row.namespace}_${row.name}` }];
  });
  const tools = new Map<string, WorkflowTool>();
  // The usual names are unique. A given one that is taken gives way to the usual one of its workflow.
  offered.sort((a, b) => Number(a.given !== null) - Number(b.given !== null));
  for (const { row, document, given, usual } of offered) {
    const name = given !== null && !tools.has(given) ? given : usual;
    if (!tools.has(name)) tools.set(name, toolOf(row, document, name));
  }
  return [...tools.values()].sort((a, b) => (a.tool.name < b.tool.name ? -1 : 1));
}

function saysNo({ document }: WorkflowDocument): boolean {
  return (document.metadata?.tutti as Schema | undefined)?.mcp !== undefined;
}

function toolOf(row: PublishedRow, document: WorkflowDocument, name: string): WorkflowTool {
  const hints = workflowHints(document);
  const mcp = mcpHints(document);
  const input = inputSchema(document);
  const output = outputSchema(document);
  const wrapsInput = input !== null && !isObjectSchema(input);
  const wrapsOutput = output !== null && !isObjectSchema(output);
  const taskSupport = mcp?.task ?? 'optional';
  const description = mcp?.description ?? hints.summary ?? hints.title;
  return {
    namespace: row.namespace,
    name: row.name,
    wrapsInput,
    wrapsOutput,
    taskSupport,
    tool: {
      name,
      ...(hints.title !== null && { title: hints.title }),
      ...(description !== null && { description }),
      inputSchema: (wrapsInput ? under('input', input) : (input ?? { type: 'object' })) as ObjectSchema,
      ...(output !== null && {
        outputSchema: (wrapsOutput ? under('result', output) : output) as ObjectSchema,
      }),
      ...(mcp !== null && Object.keys(mcp.annotations).length > 0 && { annotations: mcp.annotations }),
      execution: { taskSupport },
      _meta: { 'tutti/workflow': `${row.namespace}/${row.name}`, 'tutti/version': row.version },
    },
  };
}

function isObjectSchema(schema: unknown): boolean {
  return typeof schema === 'object' && schema !== null && 'type' in schema && schema.type === 'object';
}

function under(name: string, schema: unknown): ObjectSchema {
  return { type: 'object', properties: { [name]: schema }, required: [name] };
}

/** The output of a run as the result of its tool: as a value, and as text for clients that read only that. */
export function toolResult(output: unknown, wraps: boolean, runId: string): CallToolResult {
  const plain = typeof output === 'object' && output !== null && !Array.isArray(output);
  return {
    content: [{ type: 'text', text: typeof output === 'string' ? output : JSON.stringify(output ?? null) }],
    structuredContent: plain && !wraps ? (output as Schema) : { result: output ?? null },
    _meta: runMeta(runId),
  };
}

/** How a run ended, as the result of its tool. */
export function endedResult(
  { status, output, error }: RunEnd,
  { runId, wrapsOutput }: { runId: string; wrapsOutput: boolean },
): CallToolResult {
  if (status === 'completed') return toolResult(output, wrapsOutput, runId);
  if (status === 'cancelled') return toolError('The run was cancelled.', runId);
  return toolError(problemText(error as Problem), runId);
}

/** A problem as a model reads it, with the places that are wrong. */
export function problemText({ title, detail, errors }: Problem): string {
  const places = (errors ?? []).map((one) => `- ${one.pointer ?? ''}: ${one.detail}`);
  return [detail === undefined ? title : `${title}: ${detail}`, ...places].join('\n');
}

/** What a model is told when there is no result. */
export function toolError(text: string, runId?: string): CallToolResult {
  return {
    content: [{ type: 'text', text }],
    isError: true,
    ...(runId !== undefined && { _meta: runMeta(runId) }),
  };
}

function runMeta(runId: string): Record<string, unknown> {
  return { 'tutti/run-id': runId };
}
