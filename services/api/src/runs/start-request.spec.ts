import { idempotencyKeyOf, requestHash, waitSecondsOf } from './start-request.js';

describe('waitSecondsOf', () => {
  it.each([
    ['wait=10', 10],
    ['wait=9999', 300],
    ['respond-async, wait=5', 5],
    ['wait="7"', 7],
    ['WAIT = 3; foo', 3],
    ['return=minimal', undefined],
    ['wait=soon', undefined],
    ['wait=-1', undefined],
    ['await=5', undefined],
  ])('reads %s', (header, seconds) => {
    expect(waitSecondsOf(header, 300)).toBe(seconds);
  });
  it('ignores a header that is not there', () => {
    expect(waitSecondsOf(undefined, 300)).toBeUndefined();
  });
});

describe('idempotencyKeyOf', () => {
  it('takes a structured string and a bare one for the same key', () => {
    expect(idempotencyKeyOf('"a \\"b\\""')).toBe('a "b"');
    expect(idempotencyKeyOf(' abc ')).toBe('abc');
    expect(idempotencyKeyOf(undefined)).toBeUndefined();
  });
  it.each(['', '""', 'é', 'x'.repeat(256)])('refuses %j', (header) => {
    expect(() => idempotencyKeyOf(header)).toThrow(/Idempotency-Key/);
  });
});

describe('requestHash', () => {
  it('differs for different inputs', () => {
    expect(requestHash('{"a":1}')).not.toEqual(requestHash('{"a":2}'));
  });
});
