import type { SpanItem } from '@tutti/contracts';
import { makeScale } from './scale';
import { barOf, spanRows, stretchesOf, traceTotals } from './waterfall';

const T0 = Date.parse('2026-11-22T00:00:00Z');
const span = (
  [spanId, parentSpanId]: readonly [own: string, parent: string | null],
  [startMs, durationMs]: readonly [start: number, duration: number],
  more: Partial<SpanItem> = {},
): SpanItem => ({
  traceId: 't',
  spanId,
  parentSpanId,
  name: spanId,
  kind: 'step',
  service: 's',
  managed: true,
  startedAt: new Date(T0 + startMs).toISOString(),
  durationMs,
  status: 'ok',
  statusMessage: null,
  model: null,
  provider: null,
  inputTokens: null,
  outputTokens: null,
  costMicros: null,
  currency: null,
  runId: null,
  open: false,
  attributes: {},
  events: [],
  links: [],
  ...more,
});
const SPANS = [
  span(['b', 'root'], [50, 10]),
  span(['root', null], [0, 100]),
  span(['a', 'root'], [10, 20]),
  span(['a1', 'a'], [12, 5]),
  span(['lost', 'not-here'], [70, 5]),
];

describe('the waterfall', () => {
  it('puts children under their parent, by start, and spans without a known parent at the top', () => {
    expect(spanRows(SPANS, new Set(), T0).map(({ span: { spanId }, depth }) => `${depth}${spanId}`)).toEqual([
      '0root',
      '1a',
      '2a1',
      '1b',
      '0lost',
    ]);
  });
  it('hides what is below a folded span', () => {
    const rows = spanRows(SPANS, new Set(['a']), T0);
    expect(rows.map(({ span: { spanId } }) => spanId)).toEqual(['root', 'a', 'b', 'lost']);
    expect(rows[1]).toMatchObject({ hiddenBelow: true, children: 1 });
  });
  it('survives a circle of parents', () => {
    expect(spanRows([span(['x', 'x'], [0, 1]), span(['y', null], [0, 1])], new Set(), T0)).toHaveLength(2);
  });
  it('lets an open span reach to now', () => {
    expect(spanRows([span(['o', null], [0, 0], { open: true })], new Set(), T0 + 5000)[0]?.endMs).toBe(
      T0 + 5000,
    );
  });
  it('sums tokens and cost over model calls only', () => {
    const usage = { inputTokens: 10, outputTokens: 5, costMicros: 7, currency: 'USD' };
    expect(
      traceTotals(
        [
          span(['agent', null], [0, 10], { kind: 'agent', ...usage }),
          span(['m', 'agent'], [1, 5], { kind: 'llm', ...usage, status: 'error' }),
        ],
        T0,
      ),
    ).toEqual({
      fromMs: T0,
      toMs: T0 + 10,
      inputTokens: 10,
      outputTokens: 5,
      costMicros: 7,
      currency: 'USD',
      errors: 1,
      open: false,
    });
  });
});

describe('the time axis', () => {
  it('is even when work fills it', () => {
    const scale = makeScale([{ startMs: 0, endMs: 100, idle: false }], 0, 100);
    expect([scale.at(0), scale.at(50), scale.at(100)]).toEqual([0, 0.5, 1]);
    expect(scale.pieces).toHaveLength(1);
  });
  it('squeezes a wait that dwarfs the work, and keeps the order', () => {
    const scale = makeScale(
      [
        { startMs: 0, endMs: 1000, idle: false },
        { startMs: 1000, endMs: 1e8, idle: true },
        { startMs: 1e8, endMs: 1e8 + 1000, idle: false },
      ],
      0,
      1e8 + 1000,
    );
    expect(scale.pieces.map(({ squeezed }) => squeezed)).toEqual([false, true, false]);
    expect(scale.at(1000)).toBeCloseTo(0.45);
    expect(scale.at(1e8)).toBeCloseTo(0.55);
    expect(scale.at(1e8 + 1000)).toBeCloseTo(1);
  });
  it('never leaves the axis', () => {
    const scale = makeScale([], 5, 5);
    expect([scale.at(-100), scale.at(1e9)]).toEqual([0, 1]);
  });
  it('keeps a bar visible', () => {
    const scale = makeScale([{ startMs: 0, endMs: 1e6, idle: false }], 0, 1e6);
    expect(barOf(1e6, 1e6, scale).left).toBe(99.6);
    expect(barOf(0, 1, scale).width).toBe(0.4);
  });
  it('takes only leaves for work, and a review for waiting', () => {
    const rows = spanRows(
      [span(['root', null], [0, 100]), span(['r', 'root'], [0, 90], { kind: 'review' })],
      new Set(),
      T0,
    );
    expect(stretchesOf(rows)).toEqual([{ startMs: T0, endMs: T0 + 90, idle: true }]);
  });
});
