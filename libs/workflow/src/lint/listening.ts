import type { Finding } from '@tutti/contracts';
import { durationMs } from '../duration.js';
import { pointerToken } from '../pointer.js';
import { constantOf, neverHolds } from './constant.js';
import { error, isObject, property, text, warning, type LintedDocument, type LintTask } from './walk.js';
import { neverEnds } from './flow.js';

interface Filter {
  pointer: string;
  definition: unknown;
}

/** What listens for events (tasks and `schedule.on`) and can never be met, or never ends. */
export function listenFindings({ document, tasks }: LintedDocument): Finding[] {
  const on = property(document.schedule, 'on');
  return [
    ...tasks.filter(({ kind }) => kind === 'listen').flatMap(ofTask),
    ...(on === undefined ? [] : [...strategyFindings(on, '/schedule/on'), ...startFindings(on)]),
  ];
}

/** Events that are collected for a run until a condition that never holds. */
function startFindings(on: unknown): Finding[] {
  const until = text(property(on, 'until'));
  if (until === undefined || property(on, 'any') === undefined || !neverHolds(until)) return [];
  const message = 'The condition of `until` is constant and never holds, so that no run starts';
  const fix = 'Write a condition on the events so far, such as `length >= 10`.';
  return [error('listen-never-met', '/schedule/on/until', { message, fix })];
}

function ofTask(task: LintTask): Finding[] {
  const findings = strategyFindings(property(task.definition.listen, 'to'), `${task.pointer}/listen/to`);
  if (durationMs(property(task.definition.timeout, 'after')) === 0) {
    const message = 'No event can come in a time of zero';
    findings.push(
      error('listen-never-met', `${task.pointer}/timeout`, {
        message,
        fix: 'Give it time: PT1H, say, for an hour.',
      }),
    );
  }
  if (neverEnds(task) && task.definition.foreach === undefined) {
    const message = `"${task.name}" collects events for ever and never hands them on`;
    const fix =
      'Write an `until` that can hold, a timeout, or a `foreach` that works on each event as it comes.';
    findings.push(warning('listen-without-end', `${task.pointer}/listen/to/until`, { message, fix }));
  }
  return findings;
}

function strategyFindings(strategy: unknown, pointer: string): Finding[] {
  const all = property(strategy, 'all');
  const any = property(strategy, 'any');
  const one = property(strategy, 'one');
  const until = property(strategy, 'until');
  if (Array.isArray(all)) return allFindings(all as unknown[], `${pointer}/all`);
  if (Array.isArray(any)) {
    const filters = listed(any as unknown[], `${pointer}/any`);
    return [
      ...filters.flatMap(impossible),
      ...(isObject(until) ? strategyFindings(until, `${pointer}/until`) : []),
    ];
  }
  return one === undefined ? [] : impossible({ pointer: `${pointer}/one`, definition: one });
}

function allFindings(all: unknown[], pointer: string): Finding[] {
  if (all.length > 0) return [...listed(all, pointer).flatMap(impossible), ...quarrels(listed(all, pointer))];
  const message = '`all` names no event, so that there is nothing to wait for';
  return [
    error('listen-never-met', pointer, {
      message,
      fix: 'Name at least one event, or write `any: []` for any event.',
    }),
  ];
}

function listed(filters: unknown[], pointer: string): Filter[] {
  return filters.map((definition, index) => ({ definition, pointer: `${pointer}/${index}` }));
}

/** What keeps one filter from ever matching. */
function impossible({ pointer, definition }: Filter): Finding[] {
  const attributes = property(definition, 'with');
  return [
    ...Object.entries(isObject(attributes) ? attributes : {}).flatMap(([name, value]) =>
      attribute(name, value, `${pointer}/with/${pointerToken(name)}`),
    ),
    ...correlations(definition).flatMap(({ key, from, expect }) => {
      const found = constantOf(from);
      const wanted = expected(expect);
      if (found === undefined || wanted === undefined || String(found.value) === wanted) return [];
      const message = `The correlation "${key}" reads a constant from every event and expects another value`;
      const at = `${pointer}/correlate/${pointerToken(key)}`;
      return [
        error('listen-never-met', at, {
          message,
          fix: 'Read the value from the event, such as `from: .data.orderId`.',
        }),
      ];
    }),
  ];
}

function attribute(name: string, value: unknown, pointer: string): Finding[] {
  if (/^\s*\$\{/.test(String(value)) && neverHolds(value)) {
    const message = `The condition on "${name}" is constant and never holds`;
    return [
      error('listen-never-met', pointer, {
        message,
        fix: 'Write a condition on the event, or leave it out.',
      }),
    ];
  }
  if (name === 'specversion' && typeof value === 'string' && value !== '1.0' && !value.includes('${')) {
    const message = 'The hub takes CloudEvents of version 1.0 only';
    return [
      error('listen-never-met', pointer, { message, fix: "Write specversion: '1.0', or leave it out." }),
    ];
  }
  return [];
}

interface Correlation {
  key: string;
  from: unknown;
  expect: unknown;
}

function correlations(definition: unknown): Correlation[] {
  const correlate = property(definition, 'correlate');
  return Object.entries(isObject(correlate) ? correlate : {}).map(([key, value]) => ({
    key,
    from: property(value, 'from'),
    expect: property(value, 'expect'),
  }));
}

/** The value that a correlation expects, when it is written down. */
function expected(expect: unknown): string | undefined {
  const written = text(expect);
  if (written === undefined) return undefined;
  if (!/^\s*\$\{/.test(written)) return /^[.$(]/.test(written.trim()) ? undefined : constantText(written);
  return constantOf(written) === undefined ? undefined : constantText(written);
}

function constantText(written: string): string {
  const constant = constantOf(written);
  return constant === undefined ? written : String(constant.value);
}

/** Events of one `all` share their correlations: two that expect different values cannot both come. */
function quarrels(filters: Filter[]): Finding[] {
  const first = new Map<string, string>();
  return filters.flatMap(({ definition, pointer }) =>
    correlations(definition).flatMap(({ key, expect }) => {
      const wanted = expected(expect);
      if (wanted === undefined) return [];
      const before = first.get(key) ?? wanted;
      first.set(key, before);
      if (before === wanted) return [];
      const message = `In one \`all\` the correlation "${key}" expects two values`;
      const at = `${pointer}/correlate/${pointerToken(key)}/expect`;
      const fix = 'Expect the same value in each, or give the correlations different names.';
      return [warning('listen-never-met', at, { message, fix })];
    }),
  );
}
