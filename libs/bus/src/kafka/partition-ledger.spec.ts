import { PartitionLedger } from './partition-ledger.js';

describe('PartitionLedger', () => {
  let ledger: PartitionLedger;
  beforeEach(() => {
    ledger = new PartitionLedger(0);
    ledger.continueAt(10);
  });

  it('offers nothing to commit before anything is done', () => {
    ledger.add(10, 1);
    expect(ledger.committable).toBeNull();
  });

  it('offers the end of what is done without a gap', () => {
    const [first, second, third] = [10, 11, 12].map((offset) => ledger.add(offset, 1));
    if (!first || !second || !third) throw new Error('unreachable');
    ledger.finish(second);
    expect(ledger.committable).toBeNull();
    ledger.finish(first);
    expect(ledger.committable).toBe(12);
    ledger.finish(third);
    expect(ledger.committable).toBe(13);
    expect(ledger.span).toBe(0);
  });

  it('steps over offsets that do not exist', () => {
    const [first, later] = [ledger.add(10, 1), ledger.add(15, 1)];
    ledger.finish(first);
    ledger.finish(later);
    expect(ledger.committable).toBe(16);
  });

  it('does not fall back behind what another owner committed', () => {
    const mine = ledger.add(10, 1);
    ledger.continueAt(20);
    expect(ledger.committable).toBeNull();
    expect(ledger.next).toBe(20);
    const next = ledger.add(20, 1);
    ledger.finish(mine);
    ledger.finish(next);
    expect(ledger.committable).toBe(21);
  });

  it('keeps what is under way when the group continues before it', () => {
    const [first, second] = [ledger.add(10, 1), ledger.add(11, 1)];
    ledger.finish(first);
    ledger.continueAt(10);
    expect(ledger.next).toBe(12);
    expect(ledger.committable).toBe(11);
    ledger.finish(second);
    expect(ledger.committable).toBe(12);
  });

  it('offers nothing while it is unknown where the group stands', () => {
    const fresh = new PartitionLedger(0);
    fresh.finish(fresh.add(10, 1));
    expect(fresh.committable).toBeNull();
    fresh.continueAt(10);
    expect(fresh.committable).toBe(11);
  });

  it('offers nothing while the partition is someone else’s', () => {
    ledger.finish(ledger.add(10, 1));
    ledger.owned = false;
    expect(ledger.committable).toBeNull();
  });

  it('stays right over many thousand messages', () => {
    for (let offset = 10; offset < 10_000; offset++) ledger.finish(ledger.add(offset, 1));
    expect(ledger.committable).toBe(10_000);
    expect(ledger.span).toBe(0);
  });
});
