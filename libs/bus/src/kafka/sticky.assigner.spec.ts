import { spread } from './sticky.assigner.js';

const members = (held: Record<string, number[]>) =>
  Object.entries(held).map(([memberId, partitions]) => ({ memberId, held: partitions }));
const sizes = (shares: Map<string, number[]>) => [...shares.values()].map(({ length }) => length).toSorted();

describe('spread', () => {
  it('gives everything to one member', () => {
    expect(spread(members({ a: [] }), 4)).toEqual(new Map([['a', [0, 1, 2, 3]]]));
  });

  it('takes from the old members only what a new one needs', () => {
    const shares = spread(members({ a: [0, 1, 2, 3], b: [4, 5, 6, 7], c: [] }), 8);
    expect(sizes(shares)).toEqual([2, 3, 3]);
    expect(shares.get('a')).toEqual([0, 1, 2]);
    expect(shares.get('b')).toEqual([4, 5, 6]);
    expect(shares.get('c')).toEqual([3, 7]);
  });

  it('leaves what the others have when a member left', () => {
    const shares = spread(members({ a: [0, 1, 2], b: [4, 5, 6] }), 8);
    expect(shares.get('a')).toEqual(expect.arrayContaining([0, 1, 2]));
    expect(shares.get('b')).toEqual(expect.arrayContaining([4, 5, 6]));
    expect(sizes(shares)).toEqual([4, 4]);
  });

  it('moves nothing when nothing changed', () => {
    const held = { a: [1, 3, 5], b: [0, 2], c: [4, 6] };
    expect(Object.fromEntries(spread(members(held), 7))).toEqual(held);
  });

  it('gives a partition that two claim to one, and none that is not there', () => {
    const shares = spread(members({ a: [0, 1, 9], b: [1, 2] }), 4);
    expect([...shares.values()].flat().toSorted()).toEqual([0, 1, 2, 3]);
    expect(sizes(shares)).toEqual([2, 2]);
  });

  it('leaves members without a share when there are more of them than partitions', () => {
    expect(sizes(spread(members({ a: [], b: [], c: [] }), 2))).toEqual([0, 1, 1]);
  });
});
