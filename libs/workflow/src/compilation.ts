import type { Finding } from '@tutti/contracts';
import type {
  CompiledDuration,
  CompiledExpression,
  CompiledExtension,
  CompiledFlow,
  CompiledTask,
  CompiledTemplate,
  SchemaCheck,
} from './compiled.types.js';
import type { SchemaDefinition, TimeoutDefinition, UseSection, WorkflowDocument } from './document.types.js';
import { compileDuration } from './duration.js';
import {
  compileExpression,
  expressionFinding,
  ExpressionSyntaxError,
  STANDARD_VARIABLES,
  unwrapExpression,
} from './expression.js';
import { compileSchema } from './schema-check.js';
import { compileTemplate, expressionTemplate, type ExpressionParser } from './template.js';

/** Limits of what a document may hold. */
export const COMPILE_LIMITS = { tasks: 5_000, depth: 32, branches: 2_000, eventFilters: 100 } as const;

/** Where in the document the compiler is, and which variables exist there. */
export interface Place {
  readonly pointer: string;
  readonly scope: readonly string[];
  readonly depth: number;
  /** Names of the functions that are being compiled, to find one that calls itself. */
  readonly functions: readonly string[];
  /** Inside an extension, whose tasks are not extended themselves. */
  readonly extending?: boolean;
}

/** Where the compiler begins. */
export const START: Place = { pointer: '', scope: STANDARD_VARIABLES, depth: 0, functions: [] };

/** Where the functions stand that extensions call; no part of a document has such a pointer. */
export const EXTENSION_FUNCTIONS = '/use/extensions/functions';

/** Where in the document something stands that was compiled at a pointer. */
export function writtenAt(pointer: string): string {
  return pointer.startsWith(`${EXTENSION_FUNCTIONS}/`)
    ? `/use/functions${pointer.slice(EXTENSION_FUNCTIONS.length)}`
    : pointer;
}

/** A place further in. */
export function inside(place: Place, path: string, variables: readonly string[] = []): Place {
  const scope = variables.length === 0 ? place.scope : [...place.scope, ...variables];
  return { ...place, pointer: `${place.pointer}/${path}`, scope };
}

/** One pass over a document: collects the findings and what was compiled. */
export class Compilation {
  readonly findings: Finding[] = [];
  readonly tasks = new Map<string, CompiledTask>();
  /** Capabilities that are called, with the pointer of the first call. */
  readonly capabilities = new Map<string, string>();
  /** Bodies of functions by pointer, in their extensions. */
  readonly functions = new Map<string, CompiledTask>();
  /** `use.extensions`, in order. */
  extensions: readonly CompiledExtension[] = [];
  readonly use: UseSection;
  /** Whether functions of catalogs and by address may be missing, because nothing was fetched yet. */
  readonly unfetched: boolean;
  readonly document: WorkflowDocument;

  constructor(document: WorkflowDocument, { unfetched = false }: { unfetched?: boolean } = {}) {
    this.unfetched = unfetched;
    this.document = document;
    this.use = document.use ?? {};
  }

  /** A task that is ready. */
  add(task: CompiledTask): void {
    this.tasks.set(task.pointer, task);
    if (this.tasks.size !== COMPILE_LIMITS.tasks + 1) return;
    const message = `The document has more than ${COMPILE_LIMITS.tasks} tasks`;
    this.error('too-many-tasks', task.pointer, message);
  }

  error(code: string, pointer: string, message: string): void {
    this.findings.push({ severity: 'error', code, pointer, message });
  }

  /** The last finding gets the way to mend it. */
  fix(fix: string): void {
    const finding = this.findings.at(-1);
    if (finding !== undefined) finding.fix = fix;
  }

  parser(scope: readonly string[]): ExpressionParser {
    return (source, pointer) => {
      try {
        return compileExpression(source, scope);
      } catch (error) {
        if (!(error instanceof ExpressionSyntaxError)) throw error;
        this.findings.push(expressionFinding(error, { source, pointer, scope }));
        return undefined;
      }
    };
  }

  /** An expression that may stand without `${ }`: `if`, `when`, `in`, `while`. */
  bare(source: string, pointer: string, scope: readonly string[]): CompiledExpression {
    const parsed = this.parser(scope)(unwrapExpression(source) ?? source, pointer);
    return parsed ?? { source, variables: [], evaluate: () => null, test: () => false };
  }

  template(value: unknown, place: Place): CompiledTemplate {
    return compileTemplate(value, place.pointer, this.parser(place.scope));
  }

  /** The template of what need not be written. */
  optional(value: unknown, place: Place): CompiledTemplate | undefined {
    return value === undefined ? undefined : this.template(value, place);
  }

  duration(value: unknown, place: Place): CompiledDuration {
    return compileDuration(value, place.pointer, {
      parse: this.parser(place.scope),
      fail: (message) => this.error('duration', place.pointer, message),
    });
  }

  /** A timeout: inline, or the name of one under `use.timeouts`. */
  timeout(value: TimeoutDefinition | string | undefined, place: Place): CompiledDuration | undefined {
    if (value === undefined) return undefined;
    if (typeof value !== 'string') return this.duration(value.after, inside(place, 'after'));
    const found = this.named(this.use.timeouts, value, { kind: 'timeout', pointer: place.pointer });
    return found && this.duration(found.after, { ...place, pointer: `/use/timeouts/${value}/after` });
  }

  /** A component under `use` by its name, or a finding. */
  named<T>(
    components: Record<string, T> | undefined,
    name: string,
    { kind, pointer }: { kind: string; pointer: string },
  ): T | undefined {
    if (components !== undefined && Object.hasOwn(components, name)) return components[name];
    this.error(`unknown-${kind}`, pointer, `There is no ${kind} with the name "${name}"`);
    const known = Object.keys(components ?? {});
    this.fix(known.length > 0 ? `Known: ${shortList(known)}.` : `Define it under use.`);
    return undefined;
  }

  /** `input`, `output` or `export`. */
  flow(
    definition: { schema?: SchemaDefinition; from?: unknown; as?: unknown } | undefined,
    place: Place,
  ): CompiledFlow {
    if (definition === undefined) return {};
    const check = definition.schema && this.schema(definition.schema, inside(place, 'schema'));
    const key = definition.from === undefined ? 'as' : 'from';
    const value = definition.from ?? definition.as;
    const transform = value === undefined ? undefined : this.transform(value, inside(place, key));
    return { ...(check && { check }), ...(transform && { transform }) };
  }

  private transform(value: unknown, place: Place): CompiledTemplate {
    if (typeof value !== 'string') return this.template(value, place);
    return expressionTemplate(this.bare(value, place.pointer, place.scope));
  }

  private schema(definition: SchemaDefinition, place: Place): SchemaCheck | undefined {
    if (definition.document === undefined) {
      this.error('unsupported', place.pointer, 'A schema from another place (resource) is not supported yet');
      this.fix('Write the schema inline under document.');
      return undefined;
    }
    if (definition.format !== undefined && !/^json(:|$)/.test(definition.format)) {
      this.error('unsupported', place.pointer, `Schemas of format "${definition.format}" are not supported`);
      return undefined;
    }
    try {
      return compileSchema(definition.document);
    } catch (error) {
      this.error(
        'schema-invalid',
        place.pointer,
        `This is no JSON Schema 2020-12: ${(error as Error).message}`,
      );
      return undefined;
    }
  }
}

const NAMES_MAX = 20;

/** Names for a sentence; of many only the first. */
export function shortList(names: readonly string[]): string {
  return names.slice(0, NAMES_MAX).join(', ') + (names.length > NAMES_MAX ? ', ...' : '');
}
