/** Something a plugin must mend: where, and what is wrong. */
export interface PluginFinding {
  /** Place in the literal, such as `capabilities/crm.contact.find/input`. */
  place: string;
  message: string;
}

/** Names of capabilities and triggers. */
export const OPERATION_NAME = /^[a-z][a-z0-9]*(-[a-z0-9]+)*(\.[a-z][a-z0-9]*(-[a-z0-9]+)*)+$/;

/** The schema in JSON, or why it cannot be told. */
export function described(
  place: string,
  schemaOf: () => Record<string, unknown>,
): { value: Record<string, unknown> } | { finding: PluginFinding } {
  try {
    return { value: schemaOf() };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    return { finding: { place, message: `The schema cannot be told in JSON Schema: ${why}` } };
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
