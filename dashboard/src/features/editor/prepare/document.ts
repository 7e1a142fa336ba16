import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Node, type Pair } from 'yaml';
import { escapeToken, unescapeToken } from '@/format/pointer';

/** A part of the text, as offsets in UTF-16 units; `to` is the first one behind it. */
export interface TextRange {
  from: number;
  to: number;
}

/** A document as it stands in the editor: broken more often than not. */
export interface EditedDocument {
  /** The document as JSON; undefined while the text is no YAML. */
  value: unknown;
  /** Why the text cannot be read. */
  broken: { message: string; line: number } | undefined;
  /** Where a pointer's key and value stand; undefined when the place is not in the text. */
  placeOf: (pointer: string) => { key: TextRange; value: TextRange } | undefined;
  /** The pointer of the innermost place around an offset. */
  pointerAt: (offset: number) => string;
}

/** Aliases that are resolved: a short text may otherwise stand for gigabytes. */
export const ALIASES_MAX = 100;

type Step = { token: string; key: TextRange; node: Node | null };

function rangeOf(node: unknown, fallback: TextRange): TextRange {
  const range = (node as Node | null)?.range;
  return range === null || range === undefined ? fallback : { from: range[0], to: range[1] };
}

/** The places directly inside a node. */
function stepsOf(node: Node | null): Step[] {
  if (isMap(node))
    return (node.items as Pair<Node, Node | null>[]).map(({ key, value }) => ({
      token: String(isScalar(key) ? key.value : key),
      key: rangeOf(key, { from: 0, to: 0 }),
      node: value,
    }));
  if (!isSeq(node)) return [];
  return (node.items as Node[]).map((item, index) => {
    const { from } = rangeOf(item, { from: 0, to: 0 });
    return { token: String(index), key: { from, to: from }, node: item };
  });
}

function placeIn(root: Node | null, pointer: string): { key: TextRange; value: TextRange } | undefined {
  const whole = rangeOf(root, { from: 0, to: 0 });
  let at: { key: TextRange; value: TextRange } = { key: { from: whole.from, to: whole.from }, value: whole };
  let node = root;
  for (const token of pointer.split('/').slice(1)) {
    const step = stepsOf(node).find((each) => each.token === unescapeToken(token));
    if (step === undefined) return undefined;
    at = { key: step.key, value: rangeOf(step.node, { from: step.key.to, to: step.key.to }) };
    node = isAlias(step.node) ? null : step.node;
  }
  return at;
}

function pointerIn(root: Node | null, offset: number): string {
  let pointer = '';
  let node: Node | null = root;
  for (;;) {
    // The last one that begins before the offset: blank lines and comments belong to what is above them.
    const step = stepsOf(node).findLast(({ key, node: inner }) => {
      const from = key.to > key.from ? key.from : rangeOf(inner, key).from;
      return from <= offset;
    });
    if (step === undefined) return pointer;
    pointer += `/${escapeToken(step.token)}`;
    node = step.node;
  }
}

/** Reads what stands in the editor. Never throws. */
export function readDocument(text: string): EditedDocument {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, version: '1.2' });
  const root = document.contents as Node | null;
  const [error] = document.errors;
  const places = {
    placeOf: (pointer: string) => placeIn(root, pointer),
    pointerAt: (offset: number) => pointerIn(root, offset),
  };
  if (error !== undefined) {
    const broken = { message: error.message, line: lines.linePos(error.pos[0]).line };
    return { value: undefined, broken, ...places };
  }
  try {
    return { value: document.toJS({ maxAliasCount: ALIASES_MAX }), broken: undefined, ...places };
  } catch (thrown) {
    return { value: undefined, broken: { message: (thrown as Error).message, line: 1 }, ...places };
  }
}

const TASK_STEP = /^(?:\/(?:do|try|catch\/do|fork\/branches|foreach\/do)\/\d+\/[^/]+)/;

/** The pointer of the innermost task around a place, as the graph names it; '' outside of tasks. */
export function taskAround(pointer: string): string {
  let task = '';
  for (;;) {
    const step = TASK_STEP.exec(pointer.slice(task.length))?.[0];
    if (step === undefined) return task;
    task += step;
  }
}
