import { isHere, jumpsFor, PLACES } from './places';

describe('the places', () => {
  it('have keys of their own', () => expect(new Set(PLACES.map(({ key }) => key)).size).toBe(PLACES.length));
  it('know when one is in them', () => {
    expect(isHere('/runs', '/runs/123')).toBe(true);
    expect(isHere('/runs', '/runsomething')).toBe(false);
    expect(isHere('/', '/runs')).toBe(false);
  });
});

describe('what a typed text leads to', () => {
  it('nothing typed: all places', () => expect(jumpsFor('')).toHaveLength(PLACES.length));
  it('a name: the place, and a search of runs', () => {
    expect(jumpsFor('inven').map(({ href }) => href)).toEqual(['/inventory', '/runs?q=inven']);
  });
  it('a pasted id: the thing itself', () => {
    expect(jumpsFor(' 0199F3A2-1111-7222-8333-4444abcd1234 ')[0]?.href).toBe(
      '/runs/0199f3a2-1111-7222-8333-4444abcd1234',
    );
    expect(jumpsFor('a'.repeat(32))[0]?.href).toBe(`/traces/${'a'.repeat(32)}`);
  });
  it('keeps what was typed safe in the address', () =>
    expect(jumpsFor('a&b=c').at(-1)?.href).toBe('/runs?q=a%26b%3Dc'));
});
