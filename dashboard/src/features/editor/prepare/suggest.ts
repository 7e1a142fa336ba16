import { expressionBefore, placeAt } from './cursor-place';
import { keywordsOf, schemasAt, valuesOf, type Schema } from './schema-walk';

/** One thing that can stand at the cursor. */
export interface Suggestion {
  label: string;
  /** What is written; absent: the label. */
  text?: string;
  kind: 'keyword' | 'value' | 'capability' | 'task' | 'variable' | 'function' | 'snippet';
  detail?: string;
  about?: string;
  boost?: number;
}

export interface Knowledge {
  schema: Schema;
  capabilities: readonly { name: string; summary: string; effect: string }[];
}

export interface Suggestions {
  from: number;
  items: Suggestion[];
}

const VARIABLES: [string, string][] = [
  ['$context', 'what tasks before exported'],
  ['$input', 'the input of this task, after `input.from`'],
  ['$output', 'the output of this task, in `output.as` and `export.as`'],
  ['$workflow', 'the run: `$workflow.input`, `$workflow.id`, `$workflow.definition`'],
  ['$task', 'this task: `$task.name`, `$task.reference`, `$task.startedAt`'],
  ['$runtime', 'the hub: name and version'],
  ['$secrets', 'secrets of `use.secrets`'],
  ['$authorization', 'who called, where the call is authenticated'],
];
const FUNCTIONS = [
  'select',
  'map',
  'length',
  'keys',
  'to_entries',
  'from_entries',
  'with_entries',
  'has',
  'any',
  'all',
  'add',
  'first',
  'last',
  'sort_by',
  'group_by',
  'unique_by',
  'join',
  'split',
  'test',
  'startswith',
  'endswith',
  'ascii_downcase',
  'tostring',
  'tonumber',
  'tojson',
  'fromjson',
  'fromdateiso8601',
  'todateiso8601',
  'now',
  'not',
  'empty',
  'if',
  'reduce',
];

/** Tasks that are written from the start, for a list of tasks. */
const TASKS: [string, string][] = [
  ['call', 'call: \n    with: {}'],
  ['set', 'set:\n      '],
  ['switch', 'switch:\n      - when: { when: ${ . }, then: continue }'],
  ['for', 'for: { each: item, in: ${ . } }\n    do:\n      - '],
  ['fork', 'fork:\n      branches:\n        - '],
  ['try', 'try:\n      - \n    catch:\n      do: []'],
  ['wait', 'wait: { seconds: 5 }'],
  ['raise', 'raise:\n      error: { type: , status: 500, title: }'],
];

/** What can stand at the end of an expression; `variables` are those besides the ones of every expression. */
export function expressionSuggestions(
  typed: string,
  offset: number,
  variables: readonly string[] = [],
): Suggestions | undefined {
  const variable = /\$\w*$/.exec(typed)?.[0];
  if (variable !== undefined) {
    const known = VARIABLES.map(([label, about]): Suggestion => ({ label, about, kind: 'variable' }));
    const more = variables
      .map((name) => `$${name}`)
      .filter((label) => !VARIABLES.some(([each]) => each === label));
    return {
      from: offset - variable.length,
      items: [...known, ...more.map((label): Suggestion => ({ label, kind: 'variable' }))],
    };
  }
  const name = /(?:^|[^\w.$])([a-z_]\w*)$/.exec(typed)?.[1];
  if (name === undefined) return undefined;
  return { from: offset - name.length, items: FUNCTIONS.map((label) => ({ label, kind: 'function' })) };
}

/** What can be called: the hub's capabilities before the calls of the language. */
function callsOf({ capabilities }: Knowledge, values: readonly string[]): Suggestion[] {
  const offered = capabilities.map(({ name, summary, effect }) => ({
    label: `${name}:1@default`,
    kind: 'capability' as const,
    detail: effect,
    about: summary,
    boost: 2,
  }));
  const review: Suggestion = {
    label: 'human.review:1@default',
    kind: 'capability',
    about: 'Asks a person, who decides with a form.',
    boost: 1,
  };
  return [...offered, review, ...values.map((label): Suggestion => ({ label, kind: 'value' }))];
}

/** The names of the tasks beside the one at a path, for `then`. */
function targetsOf(document: unknown, path: readonly string[]): string[] {
  const listAt = path.findLastIndex(
    (token, index) => /^\d+$/.test(token) && !['switch'].includes(path[index - 1] ?? ''),
  );
  const list = path
    .slice(0, listAt)
    .reduce<unknown>((at, token) => (at as Record<string, unknown>)?.[token], document);
  if (!Array.isArray(list)) return [];
  return list.flatMap((each) => (typeof each === 'object' && each !== null ? Object.keys(each) : []));
}

const isTaskList = (parts: readonly Schema[]): boolean => parts.some(({ title }) => title === 'TaskItem');

/** What can stand at the cursor; undefined when there is nothing to say. */
export function suggestionsAt(text: string, offset: number, knowledge: Knowledge): Suggestions | undefined {
  const expression = expressionBefore(text, offset);
  if (expression !== undefined) return expressionSuggestions(expression, offset);
  const place = placeAt(text, offset);
  if (place === undefined) return undefined;
  const { path, from, document, siblings } = place;
  const parts = schemasAt(knowledge.schema, path, document);
  if (place.kind === 'value') {
    const values = valuesOf(parts);
    const items =
      path.at(-1) === 'call'
        ? callsOf(knowledge, values)
        : values.map((label): Suggestion => ({ label, kind: 'value' }));
    if (path.at(-1) === 'then')
      items.unshift(...targetsOf(document, path).map((label): Suggestion => ({ label, kind: 'task' })));
    return items.length === 0 ? undefined : { from, items };
  }
  if (isTaskList(parts)) return siblings.length > 0 ? undefined : { from, items: taskSnippets(text, from) };
  const items = keywordsOf(parts, siblings).map(({ name, about, required }): Suggestion => ({
    label: name,
    text: `${name}: `,
    kind: 'keyword',
    about,
    ...(required ? { detail: 'required', boost: 1 } : {}),
  }));
  return items.length === 0 ? undefined : { from, items };
}

/** Whole tasks, indented as the line at the cursor is. */
function taskSnippets(text: string, offset: number): Suggestion[] {
  const lineStart = text.lastIndexOf('\n', offset - 1) + 1;
  const indent = ' '.repeat(offset - lineStart);
  return TASKS.map(([type, body]) => ({
    label: `${type} task`,
    text: `${type}It:\n${indent}  ${body.replaceAll('\n    ', `\n${indent}  `)}`,
    kind: 'snippet',
  }));
}
