import type { Finding } from '@tutti/contracts';
import { shortList } from '../compilation.js';
import { alwaysHolds, neverHolds } from './constant.js';
import {
  error,
  isObject,
  property,
  text,
  warning,
  type LintedDocument,
  type LintList,
  type LintTask,
} from './walk.js';

/** Where the flow may go from a task: an index of its list, out of the list, or out of the workflow. */
type Exit = number | 'leave';

/** Unreachable tasks, `then` to nowhere, names that are taken twice, loops without an end. */
export function flowFindings(linted: LintedDocument): Finding[] {
  const homes = new Map<string, string>();
  for (const { name, pointer } of linted.tasks) if (!homes.has(name)) homes.set(name, pointer);
  return linted.lists.flatMap((list) => {
    const names = namesOf(list);
    const known = shortList([...names.keys()]);
    return [
      ...list.tasks.flatMap((task) => thenNowhere(task, { list, names, known, homes })),
      ...twins(list, names),
      ...(list.branches ? [] : [...unreachable(list, names), ...endless(list, names)]),
    ];
  });
}

/** The first task of each name. */
function namesOf({ tasks }: LintList): Map<string, number> {
  const names = new Map<string, number>();
  for (const { name, index } of tasks) if (!names.has(name)) names.set(name, index);
  return names;
}

interface Directive {
  pointer: string;
  then: string;
}

/** Every `then` of a task: its own, and those of a switch's cases. */
function directives(task: LintTask): Directive[] {
  const own = text(task.definition.then);
  const list: Directive[] = own === undefined ? [] : [{ pointer: `${task.pointer}/then`, then: own }];
  return [...list, ...cases(task).map(({ pointer, then }) => ({ pointer: `${pointer}/then`, then }))];
}

interface Case extends Directive {
  when: unknown;
}

function cases({ kind, definition, pointer }: LintTask): Case[] {
  if (kind !== 'switch') return [];
  return (definition.switch as Record<string, unknown>[]).flatMap((item, index) =>
    Object.entries(item).map(([name, value]) => ({
      pointer: `${pointer}/switch/${index}/${name}`,
      when: property(value, 'when'),
      then: text(property(value, 'then')) ?? 'continue',
    })),
  );
}

interface ThenContext {
  list: LintList;
  names: Map<string, number>;
  /** The names in words. */
  known: string;
  homes: Map<string, string>;
}

function thenNowhere(task: LintTask, at: ThenContext): Finding[] {
  return directives(task)
    .filter(({ then }) => !['continue', 'exit', 'end'].includes(then))
    .filter(({ then }) => at.list.branches || !at.names.has(then))
    .map(({ then, pointer }) =>
      error('then-nowhere', pointer, {
        message: `There is no task "${then}" in this list`,
        fix: thenFix(then, at),
      }),
    );
}

function thenFix(then: string, { list, known, homes }: ThenContext): string {
  if (list.branches) return 'A branch of a fork can only continue, exit or end.';
  const home = homes.get(then);
  const elsewhere =
    home === undefined ? '' : ` "${then}" is in another list (${home}), and \`then\` stays in its own.`;
  return `Tasks here: ${known}.${elsewhere}`;
}

function twins({ tasks }: LintList, names: Map<string, number>): Finding[] {
  return tasks
    .filter(({ name, index }) => names.get(name) !== index)
    .map(({ name, pointer }) =>
      warning('twin-name', pointer, {
        message: `Another task of this list is called "${name}" too; "then: ${name}" goes to the first`,
        fix: 'Give each task of a list a name of its own.',
      }),
    );
}

function unreachable(list: LintList, names: Map<string, number>): Finding[] {
  const reached = reach(list, names);
  return list.tasks
    .filter(({ index }) => !reached.has(index))
    .map(({ pointer, name }) =>
      warning('unreachable', pointer, {
        message: `The task "${name}" is never reached`,
        fix: 'Name it in a `then`, or remove it.',
      }),
    );
}

function reach({ tasks }: LintList, names: Map<string, number>): Set<number> {
  const reached = new Set<number>();
  const open = tasks.length > 0 ? [0] : [];
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    const task = tasks[index];
    if (task === undefined || reached.has(index)) continue;
    reached.add(index);
    for (const exit of exits(task, names)) if (exit !== 'leave') open.push(exit);
  }
  return reached;
}

/** A jump back from which no way leads out of the list: the run could only end by an error or its limit. */
function endless(list: LintList, names: Map<string, number>): Finding[] {
  const backward = (task: LintTask) =>
    exits(task, names).some((exit) => exit !== 'leave' && exit <= task.index);
  if (!list.tasks.some((task) => !task.timed && backward(task))) return [];
  const leaving = leavers(list, names);
  const reached = reach(list, names);
  const stuck = list.tasks.filter(({ index }) => reached.has(index) && !leaving.has(index));
  const back = stuck.find((task) => !task.timed && backward(task));
  if (back === undefined) return [];
  const shown = stuck.slice(0, 5).map(({ name }) => `"${name}"`);
  const pointer = back.definition.then === undefined ? back.pointer : `${back.pointer}/then`;
  const message = `No way leads out of the loop ${shown.join(', ')}${stuck.length > 5 ? ', ...' : ''}`;
  const fix = 'Add a `switch` whose case leaves the loop, or a timeout.';
  return [warning('endless-loop', pointer, { message, fix })];
}

/** The tasks from which the flow can leave the list. */
function leavers({ tasks }: LintList, names: Map<string, number>): Set<number> {
  const before = new Map<number, number[]>();
  const open: number[] = [];
  for (const task of tasks) {
    const to = exits(task, names);
    const leaves = to.some((exit) => exit === 'leave' || exit >= tasks.length);
    if (leaves || task.kind === 'raise' || endsInside(task.definition)) open.push(task.index);
    for (const exit of to) if (exit !== 'leave') push(before, exit, task.index);
  }
  const leaving = new Set<number>();
  for (let index = open.pop(); index !== undefined; index = open.pop()) {
    if (leaving.has(index)) continue;
    leaving.add(index);
    open.push(...(before.get(index) ?? []));
  }
  return leaving;
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

/** Whether something inside the task ends the workflow or raises an error, which leaves every loop. */
function endsInside(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(endsInside);
  if (!isObject(value)) return false;
  if (value.then === 'end' || isObject(value.raise)) return true;
  return Object.values(value).some(endsInside);
}

function exits(task: LintTask, names: Map<string, number>): Exit[] {
  const to = (then: string): Exit =>
    then === 'exit' || then === 'end' ? 'leave' : (names.get(then) ?? task.index + 1);
  // A task that is skipped goes on to the next one.
  const skipped: Exit[] = task.definition.if === undefined ? [] : [task.index + 1];
  if (task.kind === 'raise' || neverEnds(task)) return skipped;
  const own = to(text(task.definition.then) ?? 'continue');
  if (task.kind !== 'switch') return [...skipped, own];
  const all = cases(task);
  const hasDefault = all.some(({ when }) => when === undefined);
  return [...skipped, ...all.map(({ then }) => to(then)), ...(hasDefault ? [] : [own])];
}

/** Whether the task takes events or messages for ever by its own words, and no timeout ends it. */
export function neverEnds({ kind, definition, timed }: LintTask): boolean {
  if (timed) return false;
  if (kind === 'listen') {
    const to = property(definition.listen, 'to');
    return property(to, 'any') !== undefined && neverHolds(property(to, 'until'));
  }
  const consume = property(property(definition.with, 'subscription'), 'consume');
  if (kind !== 'call' || !isObject(consume) || consume.for !== undefined) return false;
  return alwaysHolds(consume.while) || neverHolds(consume.until);
}
