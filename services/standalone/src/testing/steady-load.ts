import type { Answer, CallOptions } from './api-caller.js';

type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

/** A start that nobody answered is tried again after this. */
const RETRY_MS = 250;

export interface LoadPlan {
  /** As `namespace/name`. */
  workflow: string;
  perSecond: number;
}

/**
 * Starts runs at a steady rate, as a careful client does: each start has an Idempotency-Key and is repeated
 * with it until it is accepted. So in the end there is exactly one run for every start, whatever died
 * meanwhile.
 */
export class SteadyLoad {
  /** Accepted runs by their key. */
  readonly runs = new Map<string, string>();
  /** Answers that told the client to come back later, by status. */
  readonly refusals = new Map<number, number>();
  private readonly under = new Set<Promise<void>>();
  private readonly timer: NodeJS.Timeout;
  private n = 0;
  private givenUp = false;

  constructor(
    private readonly call: Call,
    private readonly plan: LoadPlan,
  ) {
    this.timer = setInterval(() => this.start(), 1_000 / plan.perSecond);
  }

  /** Stops starting, and resolves when every start was accepted. */
  async stop(): Promise<ReadonlyMap<string, string>> {
    clearInterval(this.timer);
    await Promise.all(this.under);
    return this.runs;
  }

  /** Ends without waiting for what was not accepted, for a test that has failed. */
  abandon(): void {
    clearInterval(this.timer);
    this.givenUp = true;
  }

  private start(): void {
    this.n += 1;
    const start = this.untilAccepted(this.n).finally(() => this.under.delete(start));
    this.under.add(start);
  }

  private async untilAccepted(n: number): Promise<void> {
    const { workflow } = this.plan;
    const key = `${workflow}-${n}`;
    while (!this.givenUp) {
      try {
        const { status, body } = await this.call('POST', `/v1/workflows/${workflow}/runs`, {
          body: { n: key },
          headers: { 'idempotency-key': key },
        });
        if (status === 202) {
          this.runs.set(key, String(body?.id));
          return;
        }
        this.refusals.set(status, (this.refusals.get(status) ?? 0) + 1);
      } catch {
        // Who answers is being killed.
      }
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}
