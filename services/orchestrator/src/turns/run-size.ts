/**
 * Characters of JSON that a run's state, or its output, may have. Every turn writes the state anew: far below
 * what the database takes, a run would be slow and hold up others.
 */
export const STATE_CHARS_MAX = 64 * 1024 * 1024;

/** The text, unless it is over the limit: then throws, and the run is faulted with what is said here. */
export function withinSize(text: string, what: 'state' | 'output'): string {
  if (text.length <= STATE_CHARS_MAX) return text;
  throw new Error(
    `its ${what} is ${text.length} characters of JSON, over the limit stateCharsMax of ${STATE_CHARS_MAX}. ` +
      'Keep less of what calls answer (`output.as`), fork into fewer branches, or hand on artifacts.',
  );
}
