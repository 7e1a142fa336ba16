/** The command that does the same as the dialog, to copy into a script. */
export function startCommand(workflow: string, input: unknown): string {
  const text = JSON.stringify(input ?? {});
  return text === '{}'
    ? `npx tutti run ${workflow}`
    : `npx tutti run ${workflow} --input '${text.replaceAll("'", `'\\''`)}'`;
}

/** The input as text for the JSON editor, and back; undefined with a reason when it is not JSON. */
export function parseInput(
  text: string,
): { value: unknown; fault: null } | { value: undefined; fault: string } {
  if (text.trim() === '') return { value: {}, fault: null };
  try {
    return { value: JSON.parse(text), fault: null };
  } catch (error) {
    return {
      value: undefined,
      fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}`,
    };
  }
}
