import type { Finding } from '@tutti/contracts';
import { pointerToken } from './pointer.js';
import { describeErrors, pruneErrors } from './schema-messages.js';
import { NESTED_LISTS, TASK_KEYWORDS, taskKinds, type TaskKeyword } from './task-kind.js';
import { schemaValidator, workflowSchema, type ErrorObject } from './workflow-schema.js';

const FINDINGS_MAX = 50;
const INSIDE_A_TASK = /^\/(do\/\d|use\/functions\/[^/]+\/|use\/extensions\/\d)/;
const INSIDE_A_LIST = /^\/(do|try|catch\/do|fork\/branches|foreach\/do)\/\d/;

/**
 * Where a document breaks the specification's schema, so that a person sees the mistake. The schema says "one
 * of twelve tasks", and a validator then reports all twelve; here each task is checked against the one kind
 * that its keywords name.
 */
export function schemaFindings(document: unknown): Finding[] {
  const validate = schemaValidator('');
  if (validate(document)) return [];
  const errors = validate.errors ?? [];
  const findings = describeErrors(
    pruneErrors(errors.filter(({ instancePath }) => !INSIDE_A_TASK.test(instancePath))),
    '',
  );
  if (isObject(document)) {
    listFindings('/do', document.do, findings);
    functionFindings(document, findings);
  }
  // Should the guided search find nothing, the validator's own words are better than silence.
  const found = findings.length > 0 ? findings : describeErrors(pruneErrors(errors), '');
  return found.slice(0, FINDINGS_MAX);
}

function functionFindings(document: Record<string, unknown>, findings: Finding[]): void {
  const functions = isObject(document.use) ? document.use.functions : undefined;
  if (!isObject(functions)) return;
  for (const [name, task] of Object.entries(functions)) {
    taskFindings(`/use/functions/${pointerToken(name)}`, task, findings);
  }
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

function taskFindings(pointer: string, task: unknown, findings: Finding[]): void {
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
  const validate = schemaValidator(schemaOf(kind, task));
  const errors = validate(task) ? [] : (validate.errors ?? []);
  const own = errors.filter(({ instancePath }) => !INSIDE_A_LIST.test(instancePath));
  findings.push(...describeErrors(pruneErrors(withoutEchoes(own, errors)), pointer));
  for (const path of NESTED_LISTS[kind] ?? []) {
    listFindings(`${pointer}/${path.join('/')}`, path.reduce<unknown>(property, task), findings);
  }
}

/**
 * An error inside a nested task makes the properties around it "unevaluated": echoes, not mistakes of this
 * task.
 */
function withoutEchoes(own: ErrorObject[], all: ErrorObject[]): ErrorObject[] {
  if (own.length === all.length) return own;
  return own.filter(({ keyword }) => keyword !== 'unevaluatedProperties' && keyword !== 'oneOf');
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
