import { CONTRACT_RANGE } from './plugin.js';

/** The contracts that a host speaks, in words. */
export function contractRangeText(range: { from: number; to: number } = CONTRACT_RANGE): string {
  return range.from === range.to ? `contract ${range.to}` : `contracts ${range.from} to ${range.to}`;
}

/**
 * Why a plugin of that contract cannot be loaded here and what to do, or null. It names both sides, because
 * whoever reads it can change one of them.
 */
export function contractMismatch(
  found: unknown,
  range: { from: number; to: number } = CONTRACT_RANGE,
): string | null {
  const speaks = `this hub speaks ${contractRangeText(range)}`;
  const written = `The plugin was written for contract ${String(found)}, ${speaks}`;
  if (typeof found !== 'number' || !Number.isInteger(found)) {
    const told = JSON.stringify(found) ?? 'not there';
    return `The plugin names no contract (contract: ${told}), and ${speaks}: write contract: ${range.to}.`;
  }
  if (found > range.to) return `${written}: update the hub, or install an older version of the plugin.`;
  if (found < range.from) return `${written}: install a newer version of the plugin.`;
  return null;
}
