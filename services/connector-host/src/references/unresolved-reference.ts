/** A reference that gives no value. `away`: its source does not answer now, and may later. */
export class UnresolvedReference extends Error {
  override readonly name = 'UnresolvedReference';
  readonly away: boolean;

  constructor(message: string, { away, cause }: { away: boolean; cause?: unknown }) {
    super(message, { cause });
    this.away = away;
  }
}
