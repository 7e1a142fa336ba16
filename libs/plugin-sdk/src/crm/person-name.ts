/** A name as systems keep it that want it in two parts; the last word is the family's. */
export function nameParts(name: string): { first: string; last: string } {
  const [, first = '', last = name] = /^(.+) (\S+)$/.exec(name.trim()) ?? [];
  return { first: first.trim(), last: last.trim() };
}

/** The first that says something: a name of two parts, else the next best. */
export function nameOf(
  parts: { first?: string | null | undefined; last?: string | null | undefined },
  ...others: (string | null)[]
): string {
  const name = [parts.first, parts.last].filter((part) => part !== null && part !== undefined && part !== '');
  const told = name.length > 0 ? name.join(' ') : others.find((other) => other !== null && other !== '');
  return (told ?? '?').slice(0, 500);
}
