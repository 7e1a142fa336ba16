import type { Finding } from '@tutti/contracts';
import { shortList } from '../compilation.js';
import type { WorkflowDocument } from '../document.types.js';
import { property, text, walkDocument, warning } from './walk.js';

/** A workflow that a task runs. */
export interface SubWorkflow {
  /** JSON pointer of `run.workflow`. */
  pointer: string;
  namespace: string;
  name: string;
  /** `latest`, or one of its versions. */
  version: string;
}

/** The versions that a hub has, by `namespace/name`; only workflows that are run need be there. */
export type WorkflowKnowledge = ReadonlyMap<string, readonly string[]>;

/** The workflows that the tasks of a document run. */
export function subWorkflows(document: WorkflowDocument): SubWorkflow[] {
  return walkDocument(document).tasks.flatMap(({ definition, pointer }) => {
    const run = property(definition.run, 'workflow');
    const [namespace, name, version] = ['namespace', 'name', 'version'].map((key) =>
      text(property(run, key)),
    );
    if (namespace === undefined || name === undefined || version === undefined) return [];
    return [{ pointer: `${pointer}/run/workflow`, namespace, name, version }];
  });
}

/**
 * Sub-workflows that the hub does not have. Warnings, because two workflows that run each other, or two of
 * one folder, are applied one after the other.
 */
export function subWorkflowFindings(document: WorkflowDocument, known: WorkflowKnowledge): Finding[] {
  const own = document.document;
  return subWorkflows(document).flatMap(({ pointer, namespace, name, version }) => {
    const called = `${namespace}/${name}`;
    const isOwn = own.namespace === namespace && own.name === name;
    const versions = [...(known.get(called) ?? []), ...(isOwn ? [own.version] : [])];
    if (versions.length === 0) {
      const message = `There is no workflow ${called} on this hub`;
      const fix = 'Apply it too, or correct the name: until then the task faults.';
      return [warning('unknown-workflow', pointer, { message, fix })];
    }
    if (version === 'latest' || versions.includes(version)) return [];
    const message = `The workflow ${called} has no version ${version}`;
    const fix = `Write latest for the current one. Known: ${shortList([...new Set(versions)])}.`;
    return [warning('unknown-version', `${pointer}/version`, { message, fix })];
  });
}
