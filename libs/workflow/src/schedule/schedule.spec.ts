import fc from 'fast-check';
import { lintWorkflow } from '../compile.js';
import type { WorkflowDocument } from '../document.types.js';
import { parseWorkflow } from '../parse.js';
import { nextTimes, plannedTimes } from './planned-times.js';
import { workflowSchedule } from './schedule-hints.js';
import { compileScheduleInput } from './schedule-input.js';

const at = (text: string) => Date.parse(text);
const cron = (expression: string, timezone = 'UTC') => ({
  kind: 'cron' as const,
  expression,
  timezone,
  intervalMs: null,
});
const every = (intervalMs: number) => ({
  kind: 'every' as const,
  expression: '',
  timezone: 'UTC',
  intervalMs,
});
const next = (rule: ReturnType<typeof cron>, after: string, count: number) =>
  nextTimes(rule, { afterMs: at(after), count }).map((ms) =>
    new Date(ms).toISOString().replace(':00.000Z', 'Z'),
  );

describe('the next planned times of cron', () => {
  it('move a time that daylight saving leaves out to the end of the gap', () => {
    expect(next(cron('30 2 * * *', 'Europe/Berlin'), '2026-03-28T00:00Z', 3)).toEqual([
      '2026-03-28T01:30Z',
      '2026-03-29T01:00Z',
      '2026-03-30T00:30Z',
    ]);
  });

  it('take a time that comes twice once, and an interval through both hours', () => {
    expect(next(cron('30 2 * * *', 'Europe/Berlin'), '2026-10-24T12:00Z', 2)).toEqual([
      '2026-10-25T00:30Z',
      '2026-10-26T01:30Z',
    ]);
    expect(next(cron('*/30 * * * *', 'Europe/Berlin'), '2026-10-24T23:30Z', 5)).toEqual([
      '2026-10-25T00:00Z',
      '2026-10-25T00:30Z',
      '2026-10-25T01:00Z',
      '2026-10-25T01:30Z',
      '2026-10-25T02:00Z',
    ]);
  });

  it('know leap days, the ends of months and the year 2100', () => {
    expect(next(cron('0 0 29 2 *'), '2026-03-01T00:00Z', 2)).toEqual([
      '2028-02-29T00:00Z',
      '2032-02-29T00:00Z',
    ]);
    expect(next(cron('0 0 29 2 *'), '2096-03-01T00:00Z', 1)).toEqual(['2104-02-29T00:00Z']);
    expect(next(cron('0 0 31 * *'), '2026-04-01T00:00Z', 3)).toEqual([
      '2026-05-31T00:00Z',
      '2026-07-31T00:00Z',
      '2026-08-31T00:00Z',
    ]);
    expect(next(cron('0 12 L * *'), '2028-02-01T00:00Z', 2)).toEqual([
      '2028-02-29T12:00Z',
      '2028-03-31T12:00Z',
    ]);
  });

  it('take a day of the month or of the week when both are given, as cron does', () => {
    expect(next(cron('0 0 13 * FRI'), '2026-02-01T00:00Z', 3)).toEqual([
      '2026-02-06T00:00Z',
      '2026-02-13T00:00Z',
      '2026-02-20T00:00Z',
    ]);
  });
});

describe('planned times', () => {
  it('of every count from the planned time before, however late they are taken', () => {
    expect(nextTimes(every(60_000), { afterMs: 185_000, baseMs: 1_000, count: 2 })).toEqual([
      241_000, 301_000,
    ]);
    expect(nextTimes(every(60_000), { afterMs: 181_000, baseMs: 1_000 })).toEqual([241_000]);
    expect(plannedTimes(every(10), { fromMs: 5, toMs: 1_004, keep: 3 })).toEqual({
      times: [975, 985, 995],
      earlier: 97,
    });
  });

  it('of cron are the same ones, looked at forwards and backwards, in any zone', () => {
    const zones = [
      'Europe/Berlin',
      'America/New_York',
      'Australia/Lord_Howe',
      'Africa/Cairo',
      'Asia/Kolkata',
      'UTC',
    ];
    const rules = [
      '*/7 * * * *',
      '30 2 * * *',
      '0 */3 * * *',
      '15 0,12 * * MON',
      '0 0 1,31 * *',
      '5 */20 * * * *',
    ];
    fc.assert(
      fc.property(
        fc.record({
          expression: fc.constantFrom(...rules),
          timezone: fc.constantFrom(...zones),
          afterMs: fc.integer({ min: at('2025-01-01'), max: at('2029-01-01') }),
          count: fc.integer({ min: 1, max: 30 }),
        }),
        ({ expression, timezone, afterMs, count }) => {
          const rule = cron(expression, timezone);
          const times = nextTimes(rule, { afterMs, count });
          expect(times).toHaveLength(count);
          expect(times.every((time, i) => time > (times[i - 1] ?? afterMs))).toBe(true);
          const [fromMs, toMs] = [times[0] as number, times.at(-1) as number];
          expect(plannedTimes(rule, { fromMs, toMs: toMs + 999, keep: 20 })).toEqual({
            times: times.slice(-20),
            earlier: Math.max(0, count - 20),
          });
        },
      ),
      { numRuns: 60 },
    );
  });
});

function lint(
  schedule: string,
  hints = '',
): { message: string; line?: number | undefined; fix?: string | undefined }[] {
  const text = `
document:
  dsl: '1.0.3'
  namespace: test
  name: scheduled
  version: '1.0.0'
${hints && `  metadata:\n    tutti:\n      schedule: ${hints}\n`}schedule: ${schedule}
do:
  - first:
      set: { value: 1 }
`;
  const { document, findings, locate } = parseWorkflow(text);
  return document === undefined ? findings : lintWorkflow(document, { locate });
}

describe('the check of a schedule', () => {
  it('takes what can be run', () => {
    expect(
      lint(
        "{ cron: '0 6 * * MON-FRI' }",
        '{ timezone: Europe/Berlin, overlap: queue-one, catchUp: { all: 5 } }',
      ),
    ).toEqual([]);
    expect(lint("{ cron: '*/10 0 6 * * *' }")).toEqual([]);
    expect(
      lint(
        '{ every: { minutes: 5 } }',
        '{ overlap: skip, catchUp: none, input: { day: "${ .plannedAt }" } }',
      ),
    ).toEqual([]);
    expect(lint('{ after: PT1H }')).toEqual([]);
  });

  it.each([
    ["{ cron: '0 6 * *' }", '', '"0 6 * *" has 4 fields of cron, not five or six', 7],
    ["{ cron: '@daily' }", '', '"@daily" has 1 fields of cron, not five or six', 7],
    ["{ cron: '61 6 * * *' }", '', '"61 6 * * *" is no cron expression: Invalid value for minute: 61', 7],
    ["{ cron: '0 0 30 2 *' }", '', '"0 0 30 2 *" is a date that never comes', 7],
    ['{ every: { seconds: 0 } }', '', 'The interval is 0 ms; the shortest is 1 second', 7],
    ['{ after: { milliseconds: 999 } }', '', 'The interval is 999 ms; the shortest is 1 second', 7],
    ['{ every: { minutes: -5 } }', '', '{"minutes":-5} is not a duration that a schedule can use', 7],
    ['{ every: "${ .x }" }', '', '"${ .x }" is not a duration that a schedule can use', 7],
    [
      '{ every: PT1M, after: PT1M }',
      '',
      'A schedule has one of cron, every and after; here is every and after',
      7,
    ],
    [
      '{ on: { one: { with: { type: a.b } } } }',
      '{ overlap: skip }',
      'The hints of a schedule are for times, and this one is by events',
      9,
    ],
    [
      '{ on: { one: { with: { type: a.b } } }, every: PT1M }',
      '',
      'A schedule by events beside one by times is not supported',
      7,
    ],
    ["{ cron: '0 6 * * *' }", '{ timezone: Europe/Berln }', '"Europe/Berln" is no known time zone', 9],
    ['{ every: PT1M }', '{ timezone: Europe/Berlin }', 'Only cron is read in a time zone', 9],
    ['{ every: PT1M }', '{ overlap: queue }', '"overlap" is allow, skip or queue-one', 9],
    ['{ every: PT1M }', '{ catchUp: { all: 101 } }', '"catchUp" is none, last, all or { all: N }', 9],
    ['{ every: PT1M }', '{ catchup: none }', '"catchup" is no hint of a schedule', 9],
  ])('refuses %s %s', (schedule, hints, ...[message, line]) => {
    const findings = lint(schedule, hints);
    expect(findings[0]).toMatchObject({ severity: 'error', message, line: expect.any(Number) });
    expect(findings[0]?.line).toBe(line);
    expect(findings[0]?.fix).toBeTruthy();
  });

  it('refuses an input that is not jq', () => {
    expect(lint('{ every: PT1M }', '{ input: { a: "${ . | }" } }')[0]).toMatchObject({
      code: 'expression-syntax',
    });
  });
});

describe('the schedule of a document', () => {
  const document = (schedule: Record<string, unknown>, hints?: unknown) =>
    ({
      document: {
        dsl: '1.0.3',
        namespace: 'n',
        name: 'w',
        version: '1',
        metadata: { tutti: { schedule: hints } },
      },
      schedule,
      do: [],
    }) as unknown as WorkflowDocument;

  it('has its defaults by kind', () => {
    expect(workflowSchedule(document({ cron: '0 0 * * *' }))).toMatchObject({
      kind: 'cron',
      timezone: 'UTC',
      overlap: 'skip',
      catchUp: 'last',
    });
    expect(workflowSchedule(document({ every: { minutes: 1 } }))).toMatchObject({
      overlap: 'allow',
      intervalMs: 60_000,
    });
  });

  it('gives the same input for the same planned time', () => {
    const inputAt = compileScheduleInput(
      document({ every: 'PT1M' }, { input: { day: '${ .plannedAt[:10] }', at: '${ now }', fixed: [1] } }),
    );
    const planned = at('2026-02-03T04:05:06Z');
    expect(inputAt(planned)).toEqual({ day: '2026-02-03', at: planned / 1000, fixed: [1] });
    expect(inputAt(planned)).toEqual(inputAt(planned));
    expect(compileScheduleInput(document({ every: 'PT1M' }))(planned)).toEqual({});
  });
});
