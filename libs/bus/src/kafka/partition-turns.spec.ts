import { PartitionTurns } from './partition-turns.js';

const calls = { name: 'calls', partitions: 3 };

function take(turns: PartitionTurns, count: number, topic = calls): number[] {
  return Array.from({ length: count }, () => turns.next(topic));
}

describe('partitions in turn', () => {
  it('keeps sixteen messages of a request together, and then takes the next', () => {
    const turns = new PartitionTurns();
    const taken = take(turns, 64);
    const [first = 0] = taken;
    expect(taken).toEqual(Array.from({ length: 64 }, (_, i) => (first + Math.floor(i / 16)) % 3));
  });

  it('takes the next for every request, each topic by itself', () => {
    const turns = new PartitionTurns();
    const spans = { name: 'spans', partitions: 8 };
    const [first = 0] = take(turns, 2);
    const [firstOfSpans = 0] = take(turns, 1, spans);
    turns.begin();
    turns.begin();
    expect(take(turns, 2)).toEqual([(first + 1) % 3, (first + 1) % 3]);
    expect(take(turns, 1, spans)).toEqual([(firstOfSpans + 1) % 8]);
  });

  it('begins anywhere', () => {
    const first = Array.from({ length: 200 }, () => new PartitionTurns().next(calls));
    expect(new Set(first)).toEqual(new Set([0, 1, 2]));
  });
});
