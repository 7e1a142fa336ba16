import type { Finding } from '@tutti/contracts';
import { pointerToken } from './pointer.js';
import { describeErrors, pruneErrors } from './schema-messages.js';
import { NESTED_LISTS, TASK_KEYWORDS, taskKinds, type TaskKeyword } from './task-kind.js';
import { schemaValidator, workflowSchema } from './workflow-schema.js';

const FINDINGS_MAX = 50;

/**
 * Where a document breaks the specification's schema, so that a person sees the mistake. The schema says "one
 * of twelve tasks", so that a validator reports all twelve, and needs twice the time for each level of
 * nesting. Here each task is checked against the one kind that its keywords name, without the tasks inside
 * it, which are checked by themselves.
 */
export function schemaFindings(document: unknown): Finding[] {
  const findings = errorsOf('', isObject(document) ? hollowDocument(document) : document, '');
  if (isObject(document)) {
    listFindings('/do', document.do, findings);
    const use = isObject(document.use) ? document.use : {};
    functionFindings(use.functions, findings);
    extensionFindings(use.extensions, findings);
  }
  return findings.slice(0, FINDINGS_MAX);
}

function errorsOf(schema: string, value: unknown, pointer: string): Finding[] {
  const validate = schemaValidator(schema);
  return validate(value) ? [] : describeErrors(pruneErrors(validate.errors ?? []), pointer);
}

/** The document without its tasks. */
function hollowDocument(document: Record<string, unknown>): Record<string, unknown> {
  const hollow = without(document, ['do']);
  if (!isObject(document.use)) return hollow;
  const use: Record<string, unknown> = { ...document.use };
  if (isObject(use.functions)) use.functions = {};
  if (Array.isArray(use.extensions)) use.extensions = use.extensions.map(hollowExtension);
  return { ...hollow, use };
}

function hollowExtension(item: unknown): unknown {
  if (!isObject(item)) return item;
  const hollow = Object.entries(item).map(([name, extension]) => [
    name,
    isObject(extension) ? without(without(extension, ['before']), ['after']) : extension,
  ]);
  return Object.fromEntries(hollow) as unknown;
}

/** A copy in which the list at a path is empty; what is no list stays, for the schema to refuse. */
function without(value: Record<string, unknown>, [key, ...rest]: readonly string[]): Record<string, unknown> {
  const inner = key === undefined ? undefined : value[key];
  if (key === undefined) return value;
  if (rest.length === 0) return Array.isArray(inner) ? { ...value, [key]: [] } : value;
  return isObject(inner) ? { ...value, [key]: without(inner, rest) } : value;
}

function functionFindings(functions: unknown, findings: Finding[]): void {
  if (!isObject(functions)) return;
  for (const [name, task] of Object.entries(functions)) {
    taskFindings(`/use/functions/${pointerToken(name)}`, task, findings);
  }
}

function extensionFindings(extensions: unknown, findings: Finding[]): void {
  if (!Array.isArray(extensions)) return;
  extensions.forEach((item: unknown, index) => {
    for (const [name, extension] of isObject(item) ? Object.entries(item) : []) {
      const pointer = `/use/extensions/${index}/${pointerToken(name)}`;
      listFindings(`${pointer}/before`, property(extension, 'before'), findings);
      listFindings(`${pointer}/after`, property(extension, 'after'), findings);
    }
  });
}

function listFindings(pointer: string, list: unknown, findings: Finding[]): void {
  if (!Array.isArray(list)) return;
  list.forEach((item: unknown, index) => {
    const here = `${pointer}/${index}`;
    const names = isObject(item) ? Object.keys(item) : [];
    if (names.length === 1) {
      const name = names[0] as string;
      taskFindings(`${here}/${pointerToken(name)}`, (item as Record<string, unknown>)[name], findings);
      return;
    }
    findings.push({
      severity: 'error',
      code: 'schema',
      pointer: here,
      message:
        names.length === 0
          ? 'An item of a task list must be a task with a name'
          : `An item of a task list has one task, here are ${names.length}: ${names.join(', ')}`,
      fix: names.length === 0 ? 'Write `- name: { ... }`.' : 'Put a dash before each task.',
    });
  });
}

/** Where a task breaks the schema of its kind. */
export function taskFindings(pointer: string, task: unknown, findings: Finding[]): void {
  const kinds = isObject(task) ? taskKinds(task) : [];
  const kind = kinds[0];
  if (!isObject(task) || kind === undefined || kinds.length > 1) {
    const expected = `one of ${TASK_KEYWORDS.join(', ')}`;
    findings.push({
      severity: 'error',
      code: 'schema',
      pointer,
      message:
        kinds.length > 1
          ? `A task does one thing, this one says ${kinds.join(' and ')}`
          : `The task does not say what it does: it needs ${expected}`,
    });
    return;
  }
  const nested = NESTED_LISTS[kind] ?? [];
  const hollow = nested.reduce((value, path) => without(value, path), task);
  findings.push(...errorsOf(schemaOf(kind, task), hollow, pointer));
  for (const path of nested) {
    listFindings(`${pointer}/${path.join('/')}`, path.reduce<unknown>(property, task), findings);
  }
}

function schemaOf(kind: TaskKeyword, task: Record<string, unknown>): string {
  if (kind !== 'call') return `/$defs/${kind}Task`;
  const definitions = workflowSchema().$defs as { callTask: { oneOf: CallSchema[] } };
  const calls = definitions.callTask.oneOf;
  const index = calls.findIndex(({ allOf }) => allOf[1]?.properties?.call.const === task.call);
  return `/$defs/callTask/oneOf/${index < 0 ? calls.length - 1 : index}`;
}

interface CallSchema {
  allOf: { properties?: { call: { const?: string } } }[];
}

function property(value: unknown, name: string): unknown {
  return isObject(value) ? value[name] : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
