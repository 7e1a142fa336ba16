import type { TaskDefinition, WorkflowDocument } from '../document.types.js';
import { walkDocument } from '../lint/walk.js';
import { catalogAddress, remoteFunction } from './function-address.js';

/** A function that is to be fetched. */
export interface FunctionReference {
  /** As the document writes it: the name under which the definition goes into `use.functions`. */
  call: string;
  address: string;
  /** The first task that calls it. */
  pointer: string;
}

/**
 * The functions of catalogs and by address that a document calls, or one of its functions, each once. What
 * the document defines itself under that name, and what has no address, is not among them.
 */
export function functionReferences(
  document: WorkflowDocument,
  definition?: TaskDefinition,
): FunctionReference[] {
  const { functions = {}, catalogs = {} } = document.use ?? {};
  const looked =
    definition === undefined ? document : { document: document.document, do: [{ function: definition }] };
  const references = new Map<string, FunctionReference>();
  for (const { kind, definition: task, pointer } of walkDocument(looked).tasks) {
    const call = String(task.call);
    if (kind !== 'call' || references.has(call) || Object.hasOwn(functions, call)) continue;
    const address = addressOf(call, catalogs);
    if (address !== undefined) references.set(call, { call, address, pointer });
  }
  return [...references.values()];
}

function addressOf(call: string, catalogs: Record<string, unknown>): string | undefined {
  const remote = remoteFunction(call);
  if (remote === undefined) return undefined;
  if (remote.kind === 'address') return remote.address;
  if (!Object.hasOwn(catalogs, remote.catalog)) return undefined;
  const found = catalogAddress(catalogs[remote.catalog], remote.path);
  return 'address' in found ? found.address : undefined;
}

/** A document with the definitions that were fetched for it. */
export function withFunctions(
  document: WorkflowDocument,
  fetched: ReadonlyMap<string, TaskDefinition>,
): WorkflowDocument {
  if (fetched.size === 0) return document;
  const functions = { ...document.use?.functions, ...Object.fromEntries(fetched) };
  return { ...document, use: { ...document.use, functions } };
}
