import type { Finding } from '@tutti/contracts';
import { pointerToken } from './pointer.js';
import type { ErrorObject } from './workflow-schema.js';

const WRAPPERS = new Set(['oneOf', 'anyOf', 'allOf', 'not', 'if', 'then', 'else']);
const LEFTOVERS = new Set(['unevaluatedProperties', 'additionalProperties']);
const LABEL = 'letters, digits and dashes, at most 63, not beginning or ending with a dash';
const VERSION = 'a semantic version such as 1.0.0';
const PLACES: Record<string, string> = {
  '/document/namespace': LABEL,
  '/document/name': LABEL,
  '/document/version': VERSION,
  '/document/dsl': VERSION,
};
/** The patterns of the schema by how they begin. */
const PATTERNS: [string, string][] = [
  [String.raw`^\s*\$\{`, 'an expression ${ ... }'],
  ['^[A-Za-z][A-Za-z0-9+', 'an address with a scheme, such as https://'],
  ['^P', 'a duration such as PT15M or { minutes: 15 }'],
];
const FORMATS: Record<string, string> = {
  uri: 'a URI',
  'uri-template': 'a URI template such as https://host/{id}',
  'date-time': 'a time such as 2026-01-31T12:00:00Z',
  'json-pointer': 'a JSON pointer such as /do/0/task',
};

/**
 * Keeps the errors that say what is wrong. A choice ("one of") reports every alternative that did not fit:
 * what is deepest in the document is the alternative that the author meant, everything above it is an echo.
 */
export function pruneErrors(errors: readonly ErrorObject[]): ErrorObject[] {
  const solid = errors.filter(({ keyword }) => !WRAPPERS.has(keyword) && !LEFTOVERS.has(keyword));
  const leftovers = errors.filter(
    (error) => LEFTOVERS.has(error.keyword) && !solid.some((other) => explains(other, error)),
  );
  const kept = [...solid, ...leftovers].filter(
    (error, _, all) => !all.some((other) => below(other.instancePath, error.instancePath)),
  );
  const precise = kept.filter(
    (error) =>
      error.keyword !== 'type' ||
      !kept.some((other) => other.keyword !== 'type' && other.instancePath === error.instancePath),
  );
  return precise.length > 0 ? precise : errors.slice(0, 1);
}

/**
 * A property is only "unevaluated" because something else at its place failed; a wrong type there is no such
 * reason.
 */
function explains(solid: ErrorObject, leftover: ErrorObject): boolean {
  if (below(solid.instancePath, leftover.instancePath)) return true;
  return solid.instancePath === leftover.instancePath && solid.keyword !== 'type';
}

function below(path: string, parent: string): boolean {
  return path.length > parent.length && path.startsWith(`${parent}/`);
}

/** Errors to findings, one for each place and meaning; `base` is the pointer of what was validated. */
export function describeErrors(errors: readonly ErrorObject[], base: string): Finding[] {
  const expected = new Map<string, Set<string>>();
  const findings = new Map<string, Finding>();
  for (const error of errors) {
    const form = formOf(error, base);
    if (form === undefined) add(findings, describe(error, base));
    else expected.set(error.instancePath, (expected.get(error.instancePath) ?? new Set()).add(form));
  }
  for (const [path, forms] of expected) {
    add(findings, schemaError(base + path, `${subject(path)} must be ${[...forms].join(' or ')}`));
  }
  return [...findings.values()];
}

/**
 * What a value should look like, for the errors of which one place may have several, one for each
 * alternative.
 */
function formOf({ keyword, params, instancePath }: ErrorObject, base: string): string | undefined {
  const values = params as { type?: unknown; pattern?: string; format?: string };
  if (keyword === 'type') return `of type ${String(values.type)}`;
  if (keyword === 'format') return FORMATS[values.format ?? ''] ?? `a valid ${values.format}`;
  if (keyword !== 'pattern') return undefined;
  return PLACES[base + instancePath] ?? PATTERNS.find(([start]) => values.pattern?.startsWith(start))?.[1];
}

function add(findings: Map<string, Finding>, finding: Finding): void {
  findings.set(`${finding.pointer} ${finding.message}`, finding);
}

function schemaError(pointer: string, message: string): Finding {
  return { severity: 'error', code: 'schema', pointer, message };
}

function subject(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  return name === '' ? 'The document' : `"${name}"`;
}

function describe(error: ErrorObject, base: string): Finding {
  const { instancePath, keyword } = error;
  const params = error.params as Record<string, unknown>;
  const here = base + instancePath;
  switch (keyword) {
    case 'required':
      return schemaError(here, `"${String(params.missingProperty)}" is missing`);
    case 'unevaluatedProperties':
    case 'additionalProperties': {
      const name = String(params.unevaluatedProperty ?? params.additionalProperty);
      return schemaError(`${here}/${pointerToken(name)}`, `Unknown property "${name}"`);
    }
    case 'enum':
      return schemaError(
        here,
        `${subject(instancePath)} must be one of ${(params.allowedValues as unknown[]).join(', ')}`,
      );
    case 'const':
      return schemaError(here, `${subject(instancePath)} must be ${JSON.stringify(params.allowedValue)}`);
    default:
      return schemaError(here, `${subject(instancePath)} ${error.message ?? 'is not valid'}`);
  }
}
