import { createHash } from 'node:crypto';
import {
  canonicalJson,
  FOUND_PREFIX,
  FoundCapability,
  type LeftOutCapability,
  type NamedCapability,
} from '@tutti/contracts';
import { LIMITS } from '../limits.js';
import { issuesOf, tellIssues } from '../validation/issues.js';
import { assertJsonSchema } from './json-schema-check.js';

const NAME_LENGTH_MAX = 80;
const MARK_LENGTH = 6;

export interface NamedCapabilities {
  found: NamedCapability[];
  leftOut: LeftOutCapability[];
}

/**
 * What a plugin found, checked and with the names that workflows call it by: `tools.<prefix>.<name>`, in
 * lower case and with dashes. Names that would be the same have a piece of the hash of their own ones, so
 * that no name depends on the order. What cannot be used is left out, with the reason.
 */
export function nameCapabilities(told: unknown, prefix: string): NamedCapabilities {
  if (!Array.isArray(told)) throw new Error('The plugin found something that is no list of capabilities.');
  const leftOut: LeftOutCapability[] = [];
  const kept: FoundCapability[] = [];
  let bytes = 0;
  // By name, so that the order in which they were told decides nothing.
  for (const one of [...(told as unknown[])].sort((a, b) => (nameOf(a) < nameOf(b) ? -1 : 1))) {
    const size = Buffer.byteLength(JSON.stringify(one) ?? '');
    const fits = kept.length < LIMITS.discoveredCapabilitiesMax && bytes + size <= LIMITS.discoveryBytesMax;
    const checked = fits ? checkedCapability(one, size) : { name: nameOf(one), why: TOO_MANY };
    if ('why' in checked) {
      leftOut.push(checked);
      continue;
    }
    kept.push(checked);
    bytes += size;
  }
  const found = withNames(kept, prefix).sort((a, b) => (a.capability < b.capability ? -1 : 1));
  return { found, leftOut: leftOut.slice(0, LIMITS.discoveryLeftOutMax) };
}

const TOO_MANY =
  `A connection has at most ${LIMITS.discoveredCapabilitiesMax} capabilities with ` +
  `${LIMITS.discoveryBytesMax} bytes together: choose those that are needed in its settings.`;

function checkedCapability(told: unknown, bytes: number): FoundCapability | LeftOutCapability {
  const parsed = FoundCapability.safeParse(told);
  const name = nameOf(told);
  if (!parsed.success) return { name, why: tellIssues(issuesOf(parsed.error)).slice(0, 500) };
  if (bytes > LIMITS.discoveredCapabilityBytesMax)
    return { name, why: `What is told of it is larger than ${LIMITS.discoveredCapabilityBytesMax} bytes.` };
  try {
    assertJsonSchema(parsed.data.input);
    if (parsed.data.output !== undefined) assertJsonSchema(parsed.data.output);
  } catch (error) {
    return { name, why: `Its schema cannot be used: ${(error as Error).message.slice(0, 400)}` };
  }
  return parsed.data;
}

function nameOf(told: unknown): string {
  const { name } = (told ?? {}) as { name?: unknown };
  return typeof name === 'string' ? name.slice(0, 200) : '(without a name)';
}

function withNames(kept: readonly FoundCapability[], prefix: string): NamedCapability[] {
  const slugs = kept.map(({ name }) => slug(name));
  return kept.map((one, i) => {
    const own = slugs[i] as string;
    const isTaken = slugs.some((other, j) => other === own && i !== j);
    const last = isTaken ? `${own}-${sha256(one.name).slice(0, MARK_LENGTH)}` : own;
    return {
      ...one,
      capability: `${FOUND_PREFIX}.${slug(prefix)}.${last}`,
      hash: sha256(canonicalJson(one)),
    };
  });
}

/** `searchTickets`, `search_tickets` and `Search tickets` are all `search-tickets`. */
export function slug(name: string): string {
  const words = name
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1-$2')
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, '$1-$2')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-+|-+$/g, '')
    .slice(0, NAME_LENGTH_MAX)
    .replace(/-+$/, '');
  return /^[a-z]/.test(words) ? words : `n-${words || sha256(name).slice(0, MARK_LENGTH)}`;
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
