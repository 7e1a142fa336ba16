import type { ReviewDecisionRequest, ReviewDetail } from '@tutti/contracts';

type Schema = Record<string, unknown>;

/** What a client shows to the person in front of it. */
export interface ReviewQuestion {
  message: string;
  requestedSchema: { type: 'object'; properties: Record<string, Schema>; required: string[] };
}

const DATA_SHOWN_CHARS = 4_000;
const FIELDS_MAX = 50;
/** The protocol's forms have single values only. */
const SINGLE = new Set(['string', 'number', 'integer', 'boolean']);
/** Fields of the data stand beside the decision, under names that cannot be its own. */
const PREFIX = 'data_';
/** What the protocol's forms understand of a JSON Schema. */
const KEPT = ['type', 'title', 'description', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength'];

/** The review as a form of the protocol: the decision, a comment, and the single values of its data. */
export function questionOf(review: ReviewDetail): ReviewQuestion {
  const because = review.because ? `\nWhy: ${review.because}` : '';
  return {
    message: `${review.title}${because}\n${shown(review.data)}`,
    requestedSchema: {
      type: 'object',
      properties: {
        decision: { type: 'string', title: 'Decision', enum: ['approve', 'reject'] },
        comment: { type: 'string', title: 'Comment', maxLength: 2_000 },
        ...Object.fromEntries(fieldsOf(review).map(({ name, schema }) => [PREFIX + name, schema])),
      },
      required: ['decision'],
    },
  };
}

/** The decision that a person's answer says; null when it says none. */
export function decisionOf(
  review: ReviewDetail & { token: string },
  content: Schema | undefined,
): ReviewDecisionRequest | null {
  const decision = content?.decision;
  if (decision !== 'approve' && decision !== 'reject') return null;
  const edited = fieldsOf(review).flatMap(({ name }) => {
    const value = content?.[PREFIX + name];
    return value === undefined ? [] : [[name, value] as const];
  });
  const comment = content?.comment;
  return {
    decision,
    token: review.token,
    ...(edited.length > 0 && { data: { ...(review.data as Schema), ...Object.fromEntries(edited) } }),
    ...(typeof comment === 'string' && comment !== '' && { comment }),
  };
}

function fieldsOf({ form, data }: ReviewDetail): { name: string; schema: Schema }[] {
  const properties = (form as { properties?: unknown } | null)?.properties;
  if (typeof properties !== 'object' || properties === null || !isRecord(data)) return [];
  return Object.entries(properties as Record<string, Schema>)
    .filter(([, schema]) => isRecord(schema) && SINGLE.has(String(schema.type)))
    .slice(0, FIELDS_MAX)
    .map(([name, schema]) => ({ name, schema: fieldOf(schema, data[name]) }));
}

function fieldOf(schema: Schema, value: unknown): Schema {
  const kept = KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]]);
  const known = value === null || value === undefined || typeof value === 'object' ? {} : { default: value };
  return { ...Object.fromEntries(kept), ...known };
}

function shown(data: unknown): string {
  const text = JSON.stringify(data, null, 2) ?? '';
  return text.length <= DATA_SHOWN_CHARS ? text : `${text.slice(0, DATA_SHOWN_CHARS)}…`;
}

function isRecord(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
