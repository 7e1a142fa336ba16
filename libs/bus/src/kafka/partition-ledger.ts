/** One message that was handed over and is done or not. */
export interface LedgerEntry {
  readonly ledger: PartitionLedger;
  readonly offset: number;
  readonly bytes: number;
  done: boolean;
}

const COMPACT_FROM = 1_024;

/**
 * What of one partition was handed over and how much of it is done without a gap: only that may be committed.
 * It outlives a rebalance while messages are under way, so that those are not handed over a second time when
 * the partition comes back.
 */
export class PartitionLedger {
  /** The lowest offset that was never handed over. */
  next = 0;
  /** Messages below it may have been handed over before, by another process or an earlier one. */
  repeatsBelow: number | null = null;
  owned = true;
  /** Counts how often the partition came to this process from another. */
  assignment = 0;
  /** What the group has committed, as far as known. */
  committed = -1;
  /** Continues fetching when it had to be paused because too much waits behind one message. */
  resume: (() => void) | null = null;

  private watermark = -1;
  private entries: LedgerEntry[] = [];
  private head = 0;

  constructor(readonly partition: number) {}

  /** Messages behind the first that is not done, itself included. */
  get span(): number {
    return this.entries.length - this.head;
  }

  /**
   * A position to commit; null when there is none, or another owner may be further on: where the group stands
   * is not known until the first batch after an assignment.
   */
  get committable(): number | null {
    return this.owned && this.committed >= 0 && this.watermark > this.committed ? this.watermark : null;
  }

  add(offset: number, bytes: number): LedgerEntry {
    const entry: LedgerEntry = { ledger: this, offset, bytes, done: false };
    this.entries.push(entry);
    this.next = offset + 1;
    return entry;
  }

  finish(entry: LedgerEntry): void {
    entry.done = true;
    this.advance();
  }

  /**
   * The group continues at this offset: what is below was done, by whomever. Until it is known nothing is
   * committed, because a position from before the last owner would throw the group back.
   */
  continueAt(offset: number): void {
    for (let i = this.head; i < this.entries.length; i++) {
      const entry = this.entries[i] as LedgerEntry;
      if (entry.offset >= offset) break;
      this.head = i + 1;
    }
    this.next = Math.max(this.next, offset);
    this.committed = offset;
    this.watermark = Math.max(this.watermark, offset);
    this.advance();
  }

  private advance(): void {
    for (let entry = this.entries[this.head]; entry?.done; entry = this.entries[this.head]) {
      this.watermark = entry.offset + 1;
      this.head++;
    }
    if (this.head < COMPACT_FROM) return;
    this.entries = this.entries.slice(this.head);
    this.head = 0;
  }
}
