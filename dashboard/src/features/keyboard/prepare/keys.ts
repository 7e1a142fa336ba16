/** What a key press leads to: the sequence typed so far, and the binding that it completes. */
export interface KeyStep {
  typed: string;
  fires: string | undefined;
}

/**
 * Follows key sequences such as `g r`. A key that continues no sequence starts over, so that a mistyped `g x`
 * does not swallow the next key.
 */
export function stepKeys(typed: string, key: string, bindings: readonly string[]): KeyStep {
  for (const candidate of typed === '' ? [key] : [`${typed} ${key}`, key]) {
    if (bindings.includes(candidate)) return { typed: '', fires: candidate };
    if (bindings.some((binding) => binding.startsWith(`${candidate} `)))
      return { typed: candidate, fires: undefined };
  }
  return { typed: '', fires: undefined };
}

interface PressedKey {
  key: string;
  ctrlKey: boolean;
  metaKey: boolean;
  altKey: boolean;
}

/** The name of a key press in bindings; undefined for presses that are not for us. */
export function keyName({ key, ctrlKey, metaKey, altKey }: PressedKey): string | undefined {
  if (altKey) return undefined;
  if (ctrlKey || metaKey) return key.toLowerCase() === 'k' ? 'mod+k' : undefined;
  return key;
}
