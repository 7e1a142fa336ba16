import { z } from 'zod';
import { canonicalJson } from './canonical-json.js';
import { Effect } from './capability.js';

const JsonObject = z.record(z.string(), z.unknown());

/** The first word of the names of capabilities that connections find; no plugin declares one with it. */
export const FOUND_PREFIX = 'tools';
/** Type of the error of a call whose other side has something else now than what was approved. */
export const CAPABILITY_CHANGED = 'https://tutti.dev/problems/capability-changed';

/** An operation that a plugin found behind a connection: a tool of an MCP server, and the like. */
export const FoundCapability = z.object({
  /** As the other system calls it; the hub makes the capability's name of it. */
  name: z.string().min(1).max(200),
  title: z.string().max(300).optional(),
  description: z.string().max(16_384).optional(),
  effect: Effect,
  /** The other side only says so: until a person has approved it, the effect is taken for `write`. */
  hinted: z.literal(true).optional(),
  /** JSON Schema; 2020-12 unless it says draft 7. */
  input: JsonObject,
  /** Absent: anything. */
  output: JsonObject.optional(),
  /** What the plugin needs to call it: JSON. It is approved with the rest. */
  detail: z.unknown().optional(),
});
export type FoundCapability = z.infer<typeof FoundCapability>;

/** A found capability with the name that workflows call it by, and the hash of all that was found of it. */
export interface NamedCapability extends FoundCapability {
  capability: string;
  /** SHA-256 (hex) over the canonical JSON of what the plugin found. */
  hash: string;
}

/** What cannot be called, and why. */
export interface LeftOutCapability {
  name: string;
  why: string;
}

/** One way in which two lists differ; `parts`: the members of the capability that changed. */
export interface CapabilityChange {
  capability: string;
  change: 'added' | 'removed' | 'changed';
  parts: string[];
}

const PARTS = ['name', 'title', 'description', 'effect', 'input', 'output', 'detail'] as const;

/** How what was found differs from what was approved, by name. */
export function capabilityChanges(
  approved: readonly NamedCapability[],
  found: readonly NamedCapability[],
): CapabilityChange[] {
  const before = new Map(approved.map((one) => [one.capability, one]));
  const after = new Map(found.map((one) => [one.capability, one]));
  const changes: CapabilityChange[] = [];
  for (const [capability, one] of after) {
    const old = before.get(capability);
    if (old === undefined) changes.push({ capability, change: 'added', parts: [] });
    else if (old.hash !== one.hash)
      changes.push({ capability, change: 'changed', parts: changedParts(old, one) });
  }
  for (const capability of before.keys())
    if (!after.has(capability)) changes.push({ capability, change: 'removed', parts: [] });
  return changes.sort((a, b) => (a.capability < b.capability ? -1 : 1));
}

function changedParts(before: NamedCapability, after: NamedCapability): string[] {
  return PARTS.filter((part) => canonicalJson(before[part]) !== canonicalJson(after[part]));
}
