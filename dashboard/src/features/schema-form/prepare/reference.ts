/** Where a setting may be kept instead of in the hub, with what is written for it. */
export const REFERENCES = {
  $env: {
    label: 'Environment',
    placeholder: 'CRM_TOKEN',
    help: 'The name of a variable of the connector hosts.',
  },
  $vault: {
    label: 'Vault',
    placeholder: 'kv/crm#token',
    help: 'The mount and path in the vault, and after # the field.',
  },
} as const;
export type ReferenceKind = keyof typeof REFERENCES;

/** What a secret that is set reads; sent back, it stays as it is. */
export const MASK = '********';

/** The value as a reference; null: it is a value. */
export function referenceOf(value: unknown): { kind: ReferenceKind; text: string } | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const [entry, ...more] = Object.entries(value);
  if (entry === undefined || more.length > 0 || !(entry[0] in REFERENCES)) return null;
  return { kind: entry[0] as ReferenceKind, text: String(entry[1] ?? '') };
}

/** What is plainly wrong with a reference; null: nothing. */
export function referenceFault({ kind, text }: { kind: ReferenceKind; text: string }): string | null {
  if (text.trim() === '') return 'This is needed.';
  return kind === '$vault' && !/^[^#]+#[^#]+$/.test(text) ? 'A path, # and a field: kv/crm#token.' : null;
}
