import type { DeadLetterPayload } from '@tutti/contracts';
import { editsOf, type Edit } from '@/features/schema-form/prepare/pointer';

/** What each reason means for a person, and what to do about it. */
const REASONS: Record<string, string> = {
  malformed: 'The bytes are not a message of this topic. Edit them into one, or discard them.',
  'unknown-kind':
    'The message is of a kind that this version does not know. A newer process may take it: redrive it after the upgrade.',
  refused:
    'The message was readable, but handling it failed in a way that repeating alone does not mend. Mend the cause, then redrive it.',
  'too-large': 'The message is larger than what is taken. Raise the limit, or edit it to be smaller.',
  schema: 'The value breaks the schema of the trigger. Edit it, or change the schema and redrive it.',
  filter: 'The filter of the trigger failed on this record. Mend the filter, then redrive it.',
  mapping: 'The mapping of the trigger failed on this record. Mend the mapping, then redrive it.',
  'not-started':
    'The event found no room in the workflow that it starts for too long. Make room, then redrive it.',
  'half-met':
    'Events that start a workflow only together with others, which did not come. Redrive it when they come, or discard it.',
  input:
    'The input that the trigger made breaks the schema of the workflow. Edit the record or mend the mapping.',
};

export function reasonText(reason: string): string {
  return REASONS[reason] ?? 'Mend what the message below names, then redrive it; or discard it.';
}

/** The text that is edited: JSON is indented, so that a person can read it. */
export function editableText({ encoding, text, truncated }: DeadLetterPayload): string {
  if (encoding !== 'json' || truncated) return text;
  return JSON.stringify(JSON.parse(text), null, 2);
}

/**
 * Where the payload that is sent differs from the one that came; null: they cannot be compared field by
 * field.
 */
export function differenceOf(before: string, after: string): Edit[] | null {
  const [one, other] = [parsed(before), parsed(after)];
  return one === undefined || other === undefined ? null : editsOf(one.value, other.value);
}

function parsed(text: string): { value: unknown } | undefined {
  try {
    return { value: JSON.parse(text) };
  } catch {
    return undefined;
  }
}

/** A value on one line, cut where it says no more. */
export function shortValue(value: unknown): string {
  const text = value === undefined ? 'nothing' : (JSON.stringify(value) ?? 'nothing');
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}
