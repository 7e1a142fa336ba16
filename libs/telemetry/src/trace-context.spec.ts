import { newSpanId, newTraceId } from '@tutti/contracts';
import { formatTraceparent, parseTraceparent } from './trace-context.js';

describe('a traceparent', () => {
  it('is read back as it was written', () => {
    const position = { traceId: newTraceId(), spanId: newSpanId() };
    expect(parseTraceparent(formatTraceparent(position))).toEqual(position);
  });

  it('of a later version may have further fields', () => {
    const header = `01-${'a'.repeat(32)}-${'b'.repeat(16)}-00-more`;
    expect(parseTraceparent(header)).toEqual({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16) });
  });

  it.each([
    undefined,
    '',
    'nonsense',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(32)}-${'0'.repeat(16)}-01`,
    `ff-${'a'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'A'.repeat(32)}-${'b'.repeat(16)}-01`,
    `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01-more`,
  ])('that breaks the format is not taken: %s', (header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });
});
