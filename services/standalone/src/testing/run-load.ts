import { eventually } from '@tutti/testing';
import type { Answer, CallOptions } from './api-caller.js';

type Call = (method: string, path: string, options?: CallOptions) => Promise<Answer>;

const WORKERS = 4;
/** Between two runs of a worker, so that a slow machine does not drown in them. */
const PAUSE_MS = 50;
const ENDED = ['completed', 'faulted', 'cancelled'];

const patient = 'timeout: { after: { minutes: 5 } }';

/**
 * Three calls over HTTP, one after the other, to the stub. Each has more time than the outages of the tests:
 * a deadline that passes while nobody can answer is a timeout, as its author asked for.
 */
export const threeCalls = (stub: string) => `
document: { dsl: '1.0.3', namespace: load, name: three-calls, version: '1.0.0' }
do:
  - first: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/first', body: '\${ . }' } }
  - second: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/second', body: '\${ . }' } }
  - third: { call: http, ${patient}, with: { method: post, endpoint: '${stub}/third', body: '\${ . }' } }
`;

/** Starts runs without pause until it is stopped, and remembers those that were accepted. */
export class RunLoad {
  readonly accepted: string[] = [];
  private stopped = false;
  private readonly workers: Promise<unknown>;
  private n = 0;

  constructor(
    private readonly call: Call,
    private readonly workflow = 'load/three-calls',
  ) {
    this.workers = Promise.all(Array.from({ length: WORKERS }, () => this.work()));
  }

  async stop(): Promise<string[]> {
    this.stopped = true;
    await this.workers;
    return this.accepted;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      this.n += 1;
      try {
        const { status, body } = await this.call('POST', `/v1/workflows/${this.workflow}/runs`, {
          body: { n: this.n },
        });
        if (status === 202) this.accepted.push(String(body?.id));
      } catch {
        // Who answers is being killed: what was not answered was not accepted.
      }
      await new Promise((done) => setTimeout(done, PAUSE_MS));
    }
  }
}

/** Waits until each of the runs has ended; answers how they ended and how many did so. */
export async function endsOf(call: Call, runs: readonly string[]): Promise<Record<string, number>> {
  const ends: Record<string, number> = {};
  for (const id of runs) {
    const run = await eventually(async () => {
      const { body } = await call('GET', `/v1/runs/${id}`);
      return ENDED.includes(String(body?.status)) ? body : undefined;
    }, 90_000);
    const how =
      run.status === 'completed' ? 'completed' : `${String(run.status)}: ${JSON.stringify(run.error)}`;
    ends[how] = (ends[how] ?? 0) + 1;
  }
  return ends;
}
