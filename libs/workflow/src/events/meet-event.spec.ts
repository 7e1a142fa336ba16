import { describe, expect, test } from '@jest/globals';
import type { CloudEvent } from '@tutti/contracts';
import { compileWorkflow } from '../compile.js';
import type { EventStrategy, ListenTask } from '../compiled.types.js';
import { parseWorkflow } from '../parse.js';
import { eventStart, type EventSetProgress, type EventStart } from '../schedule/event-start.js';
import { eventTypesOf } from './compile-strategy.js';
import { meetEvent, type StrategyProgress } from './meet-event.js';

const HEAD = "document: { dsl: '1.0.3', namespace: a, name: b, version: 1.0.0 }\n";

function documentOf(text: string) {
  const { document, findings } = parseWorkflow(HEAD + text);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return document;
}
function strategyOf(to: string): EventStrategy {
  const { tasks } = compileWorkflow(documentOf(`do:\n- l: { listen: { to: ${to} } }`));
  return (tasks.get('/do/0/l') as ListenTask).strategy;
}
const event = (type: string, more: Partial<CloudEvent> = {}): CloudEvent => ({
  specversion: '1.0',
  id: '1',
  source: '/s',
  type,
  ...more,
});
const VALUES = { input: { order: 7 }, variables: { variable: () => null } };
const meet = (to: string, one: CloudEvent, progress: StrategyProgress = {}) =>
  meetEvent(strategyOf(to), one, { progress, values: VALUES });

describe('the types that a strategy is looked for by', () => {
  test.each([
    ['{ one: { with: { type: a.b } } }', ['a.b']],
    [
      '{ all: [ { with: { type: b } }, { with: { type: a } }, { with: { type: b, subject: s } } ] }',
      ['a', 'b'],
    ],
    ['{ any: [ { with: { type: a } } ], until: { one: { with: { type: stop } } } }', ['a', 'stop']],
    ['{ any: [] }', undefined],
    ['{ any: [ { with: { type: a } } ], until: { any: [] } }', undefined],
    ['{ one: { with: { source: https://x.y/ } } }', undefined],
    ["{ one: { with: { type: 'a.*' } } }", undefined],
    ["{ one: { with: { type: '${ . }' } } }", undefined],
    [`{ one: { with: { type: ${'x'.repeat(300)} } } }`, undefined],
  ])('of %s', (to, types) => {
    expect(eventTypesOf(strategyOf(to))).toEqual(types);
  });
});

describe('an event meets', () => {
  test('one filter of `all` that was not met, and says when all were', () => {
    const all = '{ all: [ { with: { type: a } }, { with: { type: a } }, { with: { type: b } } ] }';
    const first = meet(all, event('a'));
    expect(first).toEqual({ progress: { met: [0] }, complete: false });
    expect(meet(all, event('a'), { met: [0, 1] })).toBeUndefined();
    expect(meet(all, event('b'), { met: [0, 1] })).toEqual({ progress: { met: [0, 1, 2] }, complete: true });
  });

  test('what correlations expect, of which the first event decides', () => {
    const both = 'correlate: { room: { from: .data.room }, floor: { from: .subject } }';
    const one = `{ any: [ { with: { type: a }, ${both} } ] }`;
    const first = meet(one, event('a', { subject: '2', data: { room: { n: 1 } } }));
    expect(first?.progress).toEqual({ expected: { room: { n: 1 }, floor: '2' } });
    const progress = first?.progress ?? {};
    expect(meet(one, event('a', { subject: '2', data: { room: { n: 1 } } }), progress)).toBeDefined();
    expect(meet(one, event('a', { subject: '3', data: { room: { n: 1 } } }), progress)).toBeUndefined();
    expect(meet(one, event('a', { data: { room: { n: 1 } } }), progress)).toBeUndefined();
  });

  test.each([
    ['7', 7, true],
    ['"7"', 7, true],
    ['.order', 7, true],
    ["'${ .order + 1 }'", 8, true],
    ["'${ .order + 1 }'", '8', false],
    ['"true"', true, true],
    ['yes', 'no', false],
  ])('a correlation that expects %s with %j: %j', (expect_, value, wanted) => {
    const written = expect_ === '7' ? '"7"' : expect_;
    const to = `{ one: { with: { type: a }, correlate: { k: { from: .data, expect: ${written} } } } }`;
    expect(meet(to, event('a', { data: value })) !== undefined).toBe(wanted);
  });

  test('no prototype of a name that it lacks', () => {
    const to = '{ one: { with: { constructor: x } } }';
    expect(meet(to, event('a'))).toBeUndefined();
    const keyed = '{ one: { with: { type: a }, correlate: { __proto__: { from: .data } } } }';
    expect(meet(keyed, event('a', { data: 1 }))?.complete).toBe(true);
  });

  test('a pattern only with its whole value, and a pattern that is none as text', () => {
    expect(meet("{ one: { with: { subject: 'a|b' } } }", event('t', { subject: 'ab' }))).toBeUndefined();
    expect(meet("{ one: { with: { subject: 'a|b' } } }", event('t', { subject: 'b' }))).toBeDefined();
    expect(meet("{ one: { with: { subject: 'a(' } } }", event('t', { subject: 'a(' }))).toBeDefined();
  });
});

describe('the events that start a workflow', () => {
  test('are those of schedule.on', () => {
    const text =
      "schedule: { on: { any: [ { with: { type: a } }, { with: { type: b, data: '${ .n > 1 }' } } ] } }";
    const start = eventStart(documentOf(`${text}\ndo: []`));
    expect(start?.types).toEqual(['a', 'b']);
    const wanted = [event('a'), event('b'), event('b', { data: { n: 2 } })].map((one) =>
      start?.meet(null, one),
    );
    expect(wanted.map((met) => met?.complete)).toEqual([true, undefined, true]);
    expect(start?.collects).toBe(false);
    expect(eventStart(documentOf('do: []'))).toBeNull();
  });

  const started = (on: string) => eventStart(documentOf(`schedule: { on: ${on} }\ndo: []`)) as EventStart;
  /** What becomes of a set, event by event, until it is whole. */
  function collect(start: EventStart, events: readonly CloudEvent[]): unknown[] {
    let progress: EventSetProgress | null = null;
    const kept: CloudEvent[] = [];
    return events.map((one) => {
      const met = start.meet(progress, one);
      if (met === undefined) return 'unwanted';
      progress = met.progress;
      if (met.keeps) kept.push(one);
      if (!met.complete && !start.isEnough(kept)) return 'kept';
      return start.inputOf(progress, kept).map(({ type, data }) => data ?? type);
    });
  }

  test('of all are one of each filter, in the order of the filters', () => {
    const start = started('{ all: [ { with: { type: a } }, { with: { type: b } }, { with: { type: a } } ] }');
    expect(start.collects).toBe(true);
    const events = [event('b'), event('a', { data: 1 }), event('c'), event('b'), event('a', { data: 2 })];
    expect(collect(start, events)).toEqual(['kept', 'kept', 'unwanted', 'unwanted', [1, 'b', 2]]);
    expect(collect(started('{ all: [ { with: { type: a } } ] }'), [event('a')])).toEqual([['a']]);
  });

  test('of all belong together by their correlation', () => {
    const filter = (type: string) => `{ with: { type: ${type} }, correlate: { order: { from: .data } } }`;
    const start = started(`{ all: [ ${filter('a')}, ${filter('b')} ] }`);
    const events = [event('a', { data: 7 }), event('b', { data: 8 }), event('b', { data: 7 })];
    expect(collect(start, events)).toEqual(['kept', 'unwanted', [7, 7]]);
  });

  test('of any are collected until the condition holds', () => {
    const start = started("{ any: [ { with: { type: a } } ], until: 'length == 2' }");
    expect(collect(start, [event('a'), event('b'), event('a')])).toEqual(['kept', 'unwanted', ['a', 'a']]);
    const sum = started("{ any: [], until: 'map(.data) | add > 5' }");
    expect(
      collect(
        sum,
        [2, 2, 2].map((data) => event('x', { data })),
      ),
    ).toEqual(['kept', 'kept', [2, 2, 2]]);
  });

  test('of any are collected until other events, which are none of them and begin nothing', () => {
    const start = started('{ any: [], until: { all: [ { with: { type: c } }, { with: { type: d } } ] } }');
    const types = ['c', 'a', 'd', 'b', 'c'];
    expect(
      collect(
        start,
        types.map((type) => event(type)),
      ),
    ).toEqual(['unwanted', 'kept', 'kept', 'kept', ['a', 'b']]);
  });
});
