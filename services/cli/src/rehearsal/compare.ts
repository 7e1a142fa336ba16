/** Where two values differ, as sentences, at most `max` of them. `given` is what was expected. */
export function differences(
  given: unknown,
  actual: unknown,
  { partial, max = 5 }: { partial: boolean; max?: number },
): string[] {
  const found: string[] = [];
  collect({ given, actual, at: '', partial }, found);
  return found.length > max ? [...found.slice(0, max), `and ${found.length - max} more`] : found;
}

interface Place {
  given: unknown;
  actual: unknown;
  at: string;
  /** Properties that are not given may be there. */
  partial: boolean;
}

function collect({ given, actual, at, partial }: Place, found: string[]): void {
  if (Object.is(given, actual)) return;
  if (!isContainer(given) || !isContainer(actual) || Array.isArray(given) !== Array.isArray(actual)) {
    found.push(`${at || 'the whole'}: ${shown(actual)} in place of ${shown(given)}`);
    return;
  }
  const wanted = given as Record<string, unknown>;
  const there = actual as Record<string, unknown>;
  for (const key of Object.keys(wanted))
    collect({ given: wanted[key], actual: there[key], at: `${at}/${key}`, partial }, found);
  if (partial && !Array.isArray(given)) return;
  for (const key of Object.keys(there))
    if (!(key in wanted)) found.push(`${at}/${key}: ${shown(there[key])}, which is not expected`);
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

const SHOWN_LENGTH_MAX = 80;

/** A value in a few words. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text;
}
