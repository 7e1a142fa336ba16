import type { Finding } from '@tutti/contracts';
import {
  compileExpression,
  expressionFinding,
  ExpressionSyntaxError,
  STANDARD_VARIABLES,
  unwrapExpression,
} from '../expression.js';
import { pointerToken } from '../pointer.js';
import { NESTED_LISTS } from '../task-kind.js';
import {
  innerVariables,
  isObject,
  property,
  text,
  warning,
  type LintedDocument,
  type LintTask,
} from './walk.js';

/** An expression as it stands in the document, without its `${ }`. */
interface Place {
  source: string;
  pointer: string;
  scope: readonly string[];
}

/** Properties of a task that hold an expression with or without `${ }`, by path. */
const BARE: readonly (readonly string[])[] = [
  ['if'],
  ['input', 'from'],
  ['output', 'as'],
  ['export', 'as'],
  ['for', 'in'],
  ['while'],
  ['catch', 'when'],
  ['catch', 'exceptWhen'],
  ['catch', 'retry', 'when'],
  ['catch', 'retry', 'exceptWhen'],
  ['foreach', 'output', 'as'],
  ['foreach', 'export', 'as'],
  ['listen', 'to', 'until'],
];
/** What is no data of the task: it is compiled elsewhere, or nobody evaluates it. */
const SKIPPED = new Set(['metadata', 'schema']);

/** Expressions that do not parse or read what is never there, wherever the document has one. */
export function expressionFindings(linted: LintedDocument): Finding[] {
  const places = [...linted.tasks.flatMap(placesOf), ...documentPlaces(linted)];
  const checked = new Map<string, ExpressionSyntaxError | null>();
  return [
    ...places.flatMap((place) => syntax(place, checked)),
    ...contextNeverSet(linted, places),
    ...places.flatMap((place) => unknownSecrets(place, linted.document.use?.secrets ?? [])),
    ...linted.tasks.flatMap(neverThere),
  ];
}

function syntax(place: Place, checked: Map<string, ExpressionSyntaxError | null>): Finding[] {
  const key = `${place.scope.length === STANDARD_VARIABLES.length ? '' : place.scope.join()}\n${place.source}`;
  let failure = checked.get(key);
  if (failure === undefined) {
    failure = failureOf(place);
    checked.set(key, failure);
  }
  return failure === null ? [] : [expressionFinding(failure, place)];
}

function failureOf({ source, scope }: Place): ExpressionSyntaxError | null {
  try {
    compileExpression(source, scope);
    return null;
  } catch (error) {
    if (error instanceof ExpressionSyntaxError) return error;
    throw error;
  }
}

function placesOf(task: LintTask): Place[] {
  const { definition, pointer, kind } = task;
  const scope = [...task.scope, ...innerVariables(task)];
  const places: Place[] = [];
  const bare = new Set<string>();
  for (const path of BARE) {
    const source = text(path.reduce<unknown>(property, definition));
    if (source === undefined) continue;
    const here = `${pointer}/${path.join('/')}`;
    bare.add(here);
    places.push({ source: unwrapExpression(source) ?? source, pointer: here, scope });
  }
  places.push(...correlationPlaces(definition, `${pointer}/listen/to`, scope));
  places.push(...switchPlaces(task));
  for (const place of places) bare.add(place.pointer);
  const lists = new Set((kind && NESTED_LISTS[kind])?.map((path) => `${pointer}/${path.join('/')}`));
  collect(definition, pointer, { scope, places, passed: (at) => bare.has(at) || lists.has(at) });
  return places;
}

function switchPlaces({ kind, definition, pointer, scope }: LintTask): Place[] {
  if (kind !== 'switch') return [];
  return (definition.switch as Record<string, unknown>[]).flatMap((item, index) =>
    Object.entries(item).flatMap(([name, value]) => {
      const when = text(property(value, 'when'));
      if (when === undefined) return [];
      const at = `${pointer}/switch/${index}/${name}/when`;
      return [{ source: unwrapExpression(when) ?? when, pointer: at, scope }];
    }),
  );
}

/** `correlate.<name>.from` of every event filter of a strategy. */
function correlationPlaces(definition: unknown, pointer: string, scope: readonly string[]): Place[] {
  const strategy = property(property(definition, 'listen'), 'to');
  return strategyFilters(strategy, pointer).flatMap(([filter, at]) => {
    const correlate = property(filter, 'correlate');
    return Object.entries(isObject(correlate) ? correlate : {}).flatMap(([name, value]) => {
      const from = text(property(value, 'from'));
      if (from === undefined) return [];
      const here = `${at}/correlate/${pointerToken(name)}/from`;
      return [{ source: unwrapExpression(from) ?? from, pointer: here, scope }];
    });
  });
}

function strategyFilters(strategy: unknown, pointer: string): [unknown, string][] {
  const one = property(strategy, 'one');
  const until = property(strategy, 'until');
  const lists = ['all', 'any'].flatMap((key) => {
    const list = property(strategy, key);
    return Array.isArray(list)
      ? list.map((filter, index): [unknown, string] => [filter, `${pointer}/${key}/${index}`])
      : [];
  });
  return [
    ...(one === undefined ? [] : [[one, `${pointer}/one`] as [unknown, string]]),
    ...lists,
    ...(isObject(until) ? strategyFilters(until, `${pointer}/until`) : []),
  ];
}

/** Expressions outside of tasks: the document's own data flow, its schedule, and what `use` holds. */
function documentPlaces({ document }: LintedDocument): Place[] {
  const scope = STANDARD_VARIABLES;
  const places: Place[] = [];
  for (const [part, key] of [
    ['input', 'from'],
    ['output', 'as'],
  ] as const) {
    const source = text(property(document[part], key));
    if (source !== undefined)
      places.push({ source: unwrapExpression(source) ?? source, pointer: `/${part}/${key}`, scope });
  }
  const on = property(document.schedule, 'on');
  places.push(...correlationPlaces({ listen: { to: on } }, '/schedule/on', scope));
  const until = text(property(on, 'until'));
  if (until !== undefined)
    places.push({ source: unwrapExpression(until) ?? until, pointer: '/schedule/on/until', scope });
  const passed = new Set(places.map(({ pointer }) => pointer));
  const rest = { scope, places, passed: (at: string) => passed.has(at) };
  collect(document.schedule, '/schedule', rest);
  for (const [index, item] of (document.use?.extensions ?? []).entries()) {
    for (const [name, extension] of Object.entries(item)) {
      const when = text(property(extension, 'when'));
      const pointer = `/use/extensions/${index}/${pointerToken(name)}/when`;
      if (when !== undefined) places.push({ source: unwrapExpression(when) ?? when, pointer, scope });
    }
  }
  return places;
}

/** Every `${ ... }` inside a value. */
function collect(
  value: unknown,
  pointer: string,
  into: { scope: readonly string[]; places: Place[]; passed: (pointer: string) => boolean },
): void {
  if (into.passed(pointer)) return;
  if (typeof value === 'string') {
    const source = unwrapExpression(value);
    if (source !== undefined) into.places.push({ source, pointer, scope: into.scope });
  } else if (Array.isArray(value)) {
    value.forEach((item, index) => collect(item, `${pointer}/${index}`, into));
  } else if (isObject(value)) {
    for (const [key, inner] of Object.entries(value)) {
      if (!SKIPPED.has(key)) collect(inner, `${pointer}/${pointerToken(key)}`, into);
    }
  }
}

/** `$context` is what `export` put there; without any there is nothing to read. */
function contextNeverSet(linted: LintedDocument, places: Place[]): Finding[] {
  const exported = linted.tasks.some(
    ({ definition }) =>
      definition.export?.as !== undefined ||
      property(property(definition.foreach, 'export'), 'as') !== undefined ||
      property(property(property(property(definition.with, 'subscription'), 'foreach'), 'export'), 'as') !==
        undefined,
  );
  const reader = exported ? undefined : places.find(({ source }) => /\$context\b/.test(source));
  if (reader === undefined) return [];
  const message = 'This reads $context, and no task of the document exports anything into it';
  const fix =
    'Add `export: { as: ... }` to the task whose result is meant, or read `.`, `$input` or `$output`.';
  return [warning('context-never-set', reader.pointer, { message, fix })];
}

function unknownSecrets({ source, pointer }: Place, secrets: readonly string[]): Finding[] {
  const read = [...source.matchAll(/\$secrets\s*(?:\.\s*([A-Za-z_]\w*)|\[\s*"([^"\\]*)"\s*\])/g)];
  const unknown = read
    .map(([, name, quoted]) => name ?? quoted ?? '')
    .find((name) => !secrets.includes(name));
  if (unknown === undefined) return [];
  const message = `The secret "${unknown}" is not listed under use.secrets, so that $secrets does not have it`;
  return [warning('unknown-secret', pointer, { message, fix: `Add it: use: { secrets: [${unknown}] }.` })];
}

/** `set` says itself what its output has: to take something else from it gives null. */
function neverThere({ kind, definition, pointer }: LintTask): Finding[] {
  if (kind !== 'set' || !isObject(definition.set)) return [];
  const flow = definition.output?.as === undefined ? 'export' : 'output';
  const as = text(property(definition[flow], 'as'));
  const name = as === undefined ? undefined : /^\s*\.([A-Za-z_]\w*)/.exec(unwrapExpression(as) ?? as)?.[1];
  if (name === undefined || Object.hasOwn(definition.set, name)) return [];
  const message = `"${name}" is never there: this task sets ${Object.keys(definition.set).slice(0, 10).join(', ')}`;
  return [
    warning('never-there', `${pointer}/${flow}/as`, {
      message,
      fix: 'Read one of the properties that it sets.',
    }),
  ];
}
