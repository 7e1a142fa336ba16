import type { ReviewSummary } from '@tutti/contracts';

type Json = Record<string, unknown>;
const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const SEARCH_DEPTH_MAX = 4;

/** The first member of that name, however deep it stands in the context of a review. */
function found(value: unknown, name: string, depth = 0): unknown {
  if (!isObject(value) || depth > SEARCH_DEPTH_MAX) return undefined;
  if (name in value) return value[name];
  for (const each of Object.values(value)) {
    const inner = found(each, name, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

/**
 * How sure the reader was of single fields, by name as `document.extract` gives them: `grandTotal`,
 * `supplier.iban`.
 */
export function confidencesOf(context: unknown, data: unknown): Map<string, number> {
  const all = found(context, 'fieldConfidence') ?? found(data, 'fieldConfidence');
  return new Map(
    isObject(all)
      ? Object.entries(all).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
      : [],
  );
}

/** The confidence of the field at a pointer: the longest name that its path ends with. */
export function confidenceAt(confidences: ReadonlyMap<string, number>, pointer: string): number | null {
  const path = pointer.split('/').slice(1);
  for (let from = 0; from < path.length; from += 1) {
    const known = confidences.get(path.slice(from).join('.'));
    if (known !== undefined) return known;
  }
  return null;
}

export type Certainty = 'sure' | 'unsure' | 'doubtful';
export function certaintyOf(confidence: number): Certainty {
  return confidence >= 0.9 ? 'sure' : confidence >= 0.75 ? 'unsure' : 'doubtful';
}

export interface Check {
  name: string;
  passed: boolean;
  detail: string | null;
}
export function checksOf(context: unknown, data: unknown): Check[] {
  const all = found(context, 'checks') ?? found(data, 'checks');
  if (!Array.isArray(all)) return [];
  return all.filter(isObject).map(({ name, passed, detail }) => ({
    name: String(name ?? 'check'),
    passed: passed === true,
    detail: typeof detail === 'string' ? detail : null,
  }));
}

const SHOWN_ELSEWHERE = new Set(['fieldConfidence', 'checks']);

/** What of the context is left to show beside the fields. */
export function otherContext(context: unknown): Json | null {
  if (!isObject(context)) return context === null || context === undefined ? null : { value: context };
  const rest = Object.entries(context).filter(([name]) => !SHOWN_ELSEWHERE.has(name));
  return rest.length === 0 ? null : Object.fromEntries(rest);
}

/** The review to show after this one was decided: the next in the list, else the one before. */
export function nextReview(items: readonly Pick<ReviewSummary, 'id'>[], id: string): string | undefined {
  const at = items.findIndex((each) => each.id === id);
  return (items[at + 1] ?? items[at - 1])?.id;
}

/**
 * Members of a reader's answer that describe the reading, not the document: shown as facts, never as fields
 * to edit.
 */
const OF_THE_READING: ReadonlySet<string> = new Set([
  '/confidence',
  '/fieldConfidence',
  '/checks',
  '/source',
  '/pages',
  '/warnings',
]);

/** The form without what describes the reading, when the data is the answer of a reader. */
export function editableFields<T extends { children: readonly { pointer: string }[] }>(
  field: T,
  data: unknown,
): T {
  if (!isObject(data) || !('fieldConfidence' in data)) return field;
  return { ...field, children: field.children.filter(({ pointer }) => !OF_THE_READING.has(pointer)) };
}

/**
 * How the document was read, in a line: "Read as facturx, 2 pages, confidence 71 %". Null when a reader was
 * not at work.
 */
export function readingOf(data: unknown): { line: string; warnings: string[] } | null {
  if (!isObject(data) || !('fieldConfidence' in data)) return null;
  const { source, pages, confidence, warnings } = data;
  const line = [
    typeof source === 'string' ? `Read as ${source}` : 'Read',
    typeof pages === 'number' ? `${pages} ${pages === 1 ? 'page' : 'pages'}` : null,
    typeof confidence === 'number' ? `confidence ${Math.round(confidence * 100)} %` : null,
  ]
    .filter(Boolean)
    .join(', ');
  return {
    line,
    warnings: Array.isArray(warnings) ? warnings.filter((each) => typeof each === 'string') : [],
  };
}
