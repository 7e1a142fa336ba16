import type { TraceParent } from '@tutti/contracts';
import { JqLimitError, JqRuntimeError, type Program } from '@tutti/jq';
import { counted } from '../../problems/counted.js';
import { disabledText } from '../../workflows/disabled-workflow.js';
import type { StartableWorkflow } from '../../workflows/workflow.catalog.js';
import type { CompiledTrigger } from '../document/compile-trigger.js';
import { RecordRefused, type RecordView, type SourceRecord, traceOf, viewOf } from './trigger-record.js';

/** The record is to start a run. */
export interface Wanted {
  kind: 'start';
  input: unknown;
  inputText: string;
  trace: TraceParent | null;
}

export interface Unfit {
  kind: 'dead';
  reason: string;
  detail: string;
}

/** What a record is for its trigger. */
export type Verdict = Wanted | Unfit | { kind: 'filtered' };

export interface JudgeContext {
  workflow: StartableWorkflow | undefined;
  inputBytesMax: number;
}

/** Decodes, filters, checks and maps a record. Never throws: what is wrong with it becomes its verdict. */
export function judgeRecord(trigger: CompiledTrigger, record: SourceRecord, at: JudgeContext): Verdict {
  const { kafka, plugin } = trigger.document.spec;
  if (record.problem !== undefined) return { kind: 'dead', reason: 'schema', detail: record.problem };
  const format = plugin === undefined ? (kafka?.format ?? 'json') : 'cloudevent';
  try {
    return judgeView(trigger, { record, view: viewOf(record, format) }, at);
  } catch (error) {
    if (error instanceof RecordRefused) return { kind: 'dead', reason: error.reason, detail: error.message };
    throw error;
  }
}

/** The same for a record that is decoded already, such as an event over HTTP. */
export function judgeView(
  trigger: CompiledTrigger,
  { record, view }: { record: SourceRecord; view: RecordView },
  at: JudgeContext,
): Verdict {
  try {
    if (trigger.filter !== null && !holds(evaluate(trigger.filter, view, 'filter')))
      return { kind: 'filtered' };
    checkValue(trigger, view);
    const input = evaluate(trigger.input, view, 'input') ?? null;
    const inputText = JSON.stringify(input);
    if (Buffer.byteLength(inputText) > at.inputBytesMax)
      throw new RecordRefused('too-large', `The run's input would be larger than ${at.inputBytesMax} bytes.`);
    checkWorkflow(trigger, at.workflow, input);
    return { kind: 'start', input, inputText, trace: traceOf(record, view) };
  } catch (error) {
    if (error instanceof RecordRefused) return { kind: 'dead', reason: error.reason, detail: error.message };
    throw error;
  }
}

function holds(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false;
}

function evaluate(program: Program, view: RecordView, name: 'filter' | 'input'): unknown {
  try {
    return program.first(view);
  } catch (error) {
    if (!(error instanceof JqRuntimeError) && !(error instanceof JqLimitError)) throw error;
    const reason = name === 'filter' ? 'filter' : 'mapping';
    throw new RecordRefused(reason, `The trigger's ${name} failed on this record: ${error.message}`);
  }
}

function checkValue(trigger: CompiledTrigger, view: RecordView): void {
  const findings = trigger.checkValue?.(view.value) ?? [];
  const [first] = findings;
  if (first === undefined) return;
  throw new RecordRefused(
    'schema',
    `The value breaks the trigger's schema in ${counted(findings.length, 'place')}; the first: ` +
      `${first.pointer || 'the value'} ${first.detail}.`,
  );
}

function checkWorkflow(
  trigger: CompiledTrigger,
  workflow: StartableWorkflow | undefined,
  input: unknown,
): void {
  const { namespace, name } = trigger.document.spec.workflow;
  if (workflow === undefined)
    throw new RecordRefused(
      'refused',
      `There is no workflow ${namespace}/${name}. Apply it, then redrive this.`,
    );
  if (workflow.disabled !== null)
    throw new RecordRefused('refused', disabledText(workflow.identity, workflow.disabled));
  const findings = workflow.checkInput?.(input) ?? [];
  const [first] = findings;
  if (first === undefined) return;
  throw new RecordRefused(
    'input',
    `The input breaks the schema of ${namespace}/${name} in ${counted(findings.length, 'place')}; the first: ` +
      `${first.pointer || 'the input'} ${first.detail}.`,
  );
}
