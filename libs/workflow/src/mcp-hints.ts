import type { Finding } from '@tutti/contracts';
import type { WorkflowDocument } from './document.types.js';

/** How a workflow shows as a tool of the hub's MCP server. */
export interface McpHints {
  /** The tool's name; null: the one that is made of namespace and name. */
  name: string | null;
  /** What the model reads; null: the workflow's summary. */
  description: string | null;
  /** Hints such as `readOnlyHint`, as MCP names them. */
  annotations: Readonly<Record<string, boolean>>;
  /** Whether a call is a task, for which the client does not wait; null: as the client can. */
  task: TaskSupport | null;
}

/** How MCP names whether a tool is called as a task. */
export type TaskSupport = (typeof TASK_SUPPORT)[number];

const TASK_SUPPORT = ['forbidden', 'optional', 'required'] as const;
const NAME = /^[A-Za-z0-9_-]{1,64}$/;
const DESCRIPTION_LENGTH_MAX = 4_000;
const ANNOTATIONS = ['readOnlyHint', 'destructiveHint', 'idempotentHint', 'openWorldHint'];
const POINTER = '/document/metadata/tutti/mcp';

/**
 * `document.metadata.tutti.mcp`: `true`, or an object with `name`, `description`, `annotations` and `task`.
 * Null: the workflow is no tool, also when the hint is not understood.
 */
export function mcpHints(document: WorkflowDocument): McpHints | null {
  const hint = hintOf(document);
  if (hint === undefined || hint === false || mcpFindings(document).length > 0) return null;
  const { name, description, annotations, task } = (hint === true ? {} : hint) as Partial<McpHints>;
  return {
    name: name ?? null,
    description: description ?? null,
    annotations: annotations ?? {},
    task: task ?? null,
  };
}

/** What is wrong with the hint: a tool that is misspelt would be none. */
export function mcpFindings(document: WorkflowDocument): Finding[] {
  const hint = hintOf(document);
  if (hint === undefined || typeof hint === 'boolean') return [];
  if (!isRecord(hint))
    return [refused('', 'is true, or an object with name, description, annotations and task.')];
  return Object.entries(hint).flatMap(([key, value]) => {
    const message = refusalOf(key, value);
    return message === null ? [] : [refused(`/${key}`, message)];
  });
}

function refusalOf(key: string, value: unknown): string | null {
  if (key === 'name')
    return typeof value === 'string' && NAME.test(value)
      ? null
      : 'has a "name" of 1 to 64 letters, digits, "_" and "-".';
  if (key === 'description')
    return typeof value === 'string' && value.length <= DESCRIPTION_LENGTH_MAX
      ? null
      : `has a "description" of at most ${DESCRIPTION_LENGTH_MAX} characters.`;
  if (key === 'task')
    return TASK_SUPPORT.some((one) => one === value)
      ? null
      : `has a "task" that is one of ${TASK_SUPPORT.join(', ')}.`;
  if (key !== 'annotations') return `knows no "${key}", but name, description, annotations and task.`;
  const known =
    isRecord(value) &&
    Object.entries(value).every(([hint, on]) => ANNOTATIONS.includes(hint) && typeof on === 'boolean');
  return known ? null : `has "annotations" that are true or false: ${ANNOTATIONS.join(', ')}.`;
}

function refused(place: string, message: string): Finding {
  return { severity: 'error', code: 'mcp-tool', message: `"mcp" ${message}`, pointer: POINTER + place };
}

function hintOf({ document }: WorkflowDocument): unknown {
  const { tutti } = document.metadata ?? {};
  return isRecord(tutti) ? tutti.mcp : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
