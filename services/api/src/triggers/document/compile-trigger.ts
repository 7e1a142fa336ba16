import { compile, JqSyntaxError, type Program } from '@tutti/jq';
import { type ReadDocument, readDocument } from '@tutti/routing';
import type { Finding } from '@tutti/contracts';
import { compileSchema, type SchemaCheck } from '../../schemas/schema-check.js';
import { TRIGGER_LIMITS, TriggerDocument } from './trigger.document.js';

/** A trigger's expressions and checks, ready for use. */
export interface CompiledTrigger {
  document: TriggerDocument;
  filter: Program | null;
  input: Program;
  checkValue: SchemaCheck | null;
  /** Whether an event's attributes fit `spec.cloudevents`; never for a Kafka trigger. */
  wants: (event: { type: string; source: string; subject?: string | undefined }) => boolean;
}

/** YAML or JSON text to a trigger; `trigger` is absent when a finding is an error. */
export function parseTrigger(text: string): { trigger?: TriggerDocument; findings: Finding[] } {
  const read = readDocument(text, {
    schema: TriggerDocument,
    word: 'trigger',
    bytesMax: TRIGGER_LIMITS.bytes,
    findingsMax: TRIGGER_LIMITS.findings,
  });
  if (read.value === undefined) return { findings: read.findings };
  const findings = [...checkExpressions(read), ...checkSchema(read)];
  return findings.length === 0 ? { trigger: read.value, findings } : { findings };
}

/** Compiles a document that was parsed before. */
export function compileTrigger(document: TriggerDocument): CompiledTrigger {
  const { filter, input, schema, cloudevents } = document.spec;
  return {
    document,
    filter: filter === undefined ? null : program(filter),
    input: program(input),
    checkValue: schema === undefined ? null : compileSchema(schema),
    wants: (event) =>
      cloudevents !== undefined &&
      fits(cloudevents.type, event.type) &&
      fits(cloudevents.source, event.source) &&
      fits(cloudevents.subject, event.subject ?? ''),
  };
}

function program(source: string): Program {
  const { steps, stringLength } = TRIGGER_LIMITS;
  return compile(source, { limits: { steps, stringLength, outputs: 1 } });
}

function checkExpressions(read: ReadDocument<TriggerDocument>): Finding[] {
  const findings: Finding[] = [];
  for (const name of ['filter', 'input'] as const) {
    const source = read.value?.spec[name];
    if (source === undefined) continue;
    try {
      program(source);
    } catch (error) {
      if (!(error instanceof JqSyntaxError)) throw error;
      findings.push(refused(read, ['spec', name], `"spec.${name}" is no jq: ${error.message}`));
    }
  }
  return findings;
}

function checkSchema(read: ReadDocument<TriggerDocument>): Finding[] {
  const schema = read.value?.spec.schema;
  if (schema === undefined) return [];
  try {
    compileSchema(schema);
    return [];
  } catch (error) {
    const message = `"spec.schema" is no JSON Schema: ${(error as Error).message}`;
    return [refused(read, ['spec', 'schema'], message)];
  }
}

function refused(read: ReadDocument<TriggerDocument>, path: string[], message: string): Finding {
  return read.place({ severity: 'error', code: 'trigger', message, path });
}

/** `*` stands for any text; compared piece by piece, because a pattern of many stars must not take long. */
function fits(glob: string | undefined, text: string): boolean {
  if (glob === undefined) return true;
  const pieces = glob.split('*');
  const first = pieces[0] as string;
  const last = pieces.at(-1) as string;
  if (pieces.length === 1) return text === glob;
  if (!text.startsWith(first)) return false;
  let at = first.length;
  for (const piece of pieces.slice(1, -1)) {
    const found = text.indexOf(piece, at);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return text.length - last.length >= at && text.endsWith(last);
}
