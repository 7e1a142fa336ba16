import { SECRET_MARK_BEGIN, secretMark, type CallSecrets } from '@tutti/contracts';
import type { CompiledSecret } from '@tutti/workflow';
import type { RunDefinition } from './engine.types.js';
import type { RunState } from './state.types.js';

type Described = string | Record<string, string>;
const NONE: Readonly<Record<string, Described>> = Object.freeze({});
const WORTHLESS = '0'.repeat(32);

/**
 * `$secrets`: by name a mark, which only the connector host replaces; by field where the document reads
 * fields.
 */
export function describeSecrets(
  definition: RunDefinition,
  state: RunState,
): Readonly<Record<string, Described>> {
  const { secrets } = definition.workflow;
  if (secrets.length === 0) return NONE;
  const entries = secrets.map((secret) => [
    secret.name,
    describe(secret, (of) => mark(definition, state, of)),
  ]);
  return Object.fromEntries(entries) as Record<string, Described>;
}

function describe({ name, fields }: CompiledSecret, markOf: (reference: string) => string): Described {
  if (fields.length === 0) return markOf(name);
  return Object.fromEntries(fields.map((field) => [field, markOf(`${name}~${field}`)]));
}

function mark({ markSecret }: RunDefinition, { run, secretsOf }: RunState, reference: string): string {
  const of = { workspaceId: run.workspaceId, runId: secretsOf ?? run.id, reference };
  return secretMark(reference, markSecret?.(of) ?? WORTHLESS);
}

/** What a call may use of the workflow's secrets; undefined when there are none. */
export function callSecrets(
  definition: RunDefinition,
  { run, secretsOf }: RunState,
): CallSecrets | undefined {
  const names = definition.workflow.secrets.map(({ name }) => name);
  return names.length === 0 ? undefined : { names, runId: secretsOf ?? run.id };
}

/** Whether a value holds the mark of a secret of this run. */
export function holdsSecret(definition: RunDefinition, state: RunState, value: unknown): boolean {
  if (definition.workflow.secrets.length === 0) return false;
  const text = JSON.stringify(value) ?? '';
  // Most values hold none, and the marks of all secrets are made with a MAC each.
  if (!text.includes(SECRET_MARK_BEGIN)) return false;
  return Object.values(describeSecrets(definition, state))
    .flatMap((secret) => (typeof secret === 'string' ? [secret] : Object.values(secret)))
    .some((one) => text.includes(one));
}
