import type { Cassette, Finding } from '@tutti/contracts';
import type { RunDefinition } from '@tutti/engine';
import { compilePolicy, type ConnectionInfo, parsePolicy, type RoutingPolicyDocument } from '@tutti/routing';
import {
  type CompiledWorkflow,
  compileWorkflow,
  functionReferences,
  parseWorkflow,
  type WorkflowDocument,
  WorkflowRefused,
  withFunctions,
} from '@tutti/workflow';
import type { z } from 'zod';
import { findingsText } from '../output/findings.js';
import { CliError, EXIT } from '../session/io.js';
import type { GivenAnswer } from './test-document.js';

type Policy = z.output<typeof RoutingPolicyDocument>;

/** A text under the name that its findings go by. */
export interface Source {
  file: string;
  text: string;
}

/** The workflow and the policies that are tested: the files that were named, else what was recorded. */
export interface Tested {
  workflow: Source | null;
  policies: readonly Source[] | null;
}

/** What the engine needs for a rehearsal. Texts that are wrong end the command with their findings. */
export function rehearsedDefinition(
  cassette: Cassette,
  { workflow, policies }: Tested,
  answers: readonly GivenAnswer[],
): RunDefinition {
  const recorded = cassette.definition as WorkflowDocument;
  const documents = policies?.map(policyOf) ?? (cassette.policies as Policy[]);
  return {
    workflow: workflow === null ? compileWorkflow(recorded) : compiledFrom(workflow, recorded),
    identity: { ...cassette.workflow, versionId: 'rehearsal' },
    policies: new Map(documents.map((policy) => [policy.spec.capability, compilePolicy(policy)])),
    connections: connectionsFor(cassette.connections as ConnectionInfo[], answers),
  };
}

function compiledFrom(source: Source, recorded: WorkflowDocument): CompiledWorkflow {
  const { document, findings } = parseWorkflow(source.text);
  if (document === undefined) throw refused(source, findings);
  try {
    return compileWorkflow(withRecordedFunctions(document, recorded));
  } catch (error) {
    if (error instanceof WorkflowRefused) throw refused(source, error.findings);
    throw error;
  }
}

/** Functions that lie elsewhere are those that the hub fetched for the run. */
function withRecordedFunctions(document: WorkflowDocument, recorded: WorkflowDocument): WorkflowDocument {
  const wanted = new Set(functionReferences(document).map(({ call }) => call));
  const known = Object.entries(recorded.use?.functions ?? {}).filter(([name]) => wanted.has(name));
  return withFunctions(document, new Map(known));
}

function policyOf(source: Source): Policy {
  const { policy, findings } = parsePolicy(source.text);
  if (policy === undefined) throw refused(source, findings);
  return policy;
}

function refused({ file }: Source, findings: readonly Finding[]): CliError {
  return new CliError(findingsText(file, findings).trimEnd(), EXIT.usage);
}

/** An answer for a capability that no recorded connection offers brings a connection of its own. */
function connectionsFor(
  recorded: readonly ConnectionInfo[],
  answers: readonly GivenAnswer[],
): readonly ConnectionInfo[] {
  const connections = [...recorded];
  for (const { capability, connection, effect = 'idempotent-write' } of answers) {
    if (capability === undefined) continue;
    const offers = connections.some(
      (one) => capability in one.capabilities && (connection ?? one.name) === one.name,
    );
    if (offers) continue;
    const name = connection ?? `test-${capability}`;
    const before = connections.findIndex((one) => one.name === name);
    const known = connections[before] ?? { name, plugin: 'test', pluginVersion: '0.0.0', capabilities: {} };
    const capabilities = { ...known.capabilities, [capability]: { effect, reconciles: false } };
    connections.splice(before < 0 ? connections.length : before, 1, { ...known, capabilities });
  }
  return connections;
}
