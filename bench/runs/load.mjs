// The load generator, a process of its own. Gets one plan by IPC, says when it measures, and sends what it
// measured.
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

const errorSamplesMax = 5;
const bodyBytes = 1_024;

/** One KiB of JSON that looks like an order; `n` decides which way the switch goes. */
function bodyOf(n) {
  const order = {
    n,
    customer: { name: 'Ada Example', city: 'Vienna' },
    items: [{ sku: 'A-1', quantity: 2 }],
    padding: '',
  };
  order.padding = 'x'.repeat(bodyBytes - Buffer.byteLength(JSON.stringify(order)));
  return JSON.stringify(order);
}

function percentile(sorted, share) {
  if (sorted.length === 0) return null;
  return Number(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))].toFixed(2));
}

class Load {
  #plan;
  #pool;
  #next = 0;
  #samples = [];
  #errors = 0;
  #errorSamples = [];
  #measureFrom = Infinity;
  #measureTo = Infinity;

  constructor(plan) {
    this.#plan = plan;
    this.#pool = new Pool(new URL(plan.url).origin, { connections: plan.concurrency, pipelining: 1 });
  }

  /**
   * One start, timed from when it was due. A wrong answer is an error: the work must really have been done.
   */
  async #start(dueAt) {
    const n = this.#next++;
    const headers = { 'content-type': 'application/json', ...this.#plan.headers };
    try {
      const { pathname: path } = new URL(this.#plan.url);
      const { statusCode, body } = await this.#pool.request({
        path,
        method: 'POST',
        headers,
        body: bodyOf(n),
      });
      const text = await body.text();
      const answer = statusCode === 200 ? JSON.parse(text) : null;
      const branch = (answer?.output ?? answer)?.branch;
      if (branch !== (n % 2 === 0 ? 'even' : 'odd')) throw new Error(`${statusCode} ${text.slice(0, 300)}`);
      this.#record(performance.now(), dueAt);
    } catch (error) {
      if (performance.now() < this.#measureTo) this.#errors += 1;
      if (this.#errorSamples.length < errorSamplesMax) this.#errorSamples.push(String(error.message));
      // A system that refuses everything must not turn the load into a busy loop.
      await delay(20);
    }
  }

  #record(endedAt, dueAt) {
    if (endedAt >= this.#measureFrom && endedAt < this.#measureTo) this.#samples.push(endedAt - dueAt);
  }

  async #closedLoop() {
    const worker = async () => {
      while (performance.now() < this.#measureTo) await this.#start(performance.now());
    };
    await Promise.all(Array.from({ length: this.#plan.concurrency }, worker));
  }

  async #openLoop() {
    const intervalMs = 1_000 / this.#plan.startsPerSecond;
    const under = new Set();
    for (let dueAt = performance.now(); dueAt < this.#measureTo; dueAt += intervalMs) {
      const waitMs = dueAt - performance.now();
      if (waitMs > 0) await delay(waitMs);
      const run = this.#start(dueAt).finally(() => under.delete(run));
      under.add(run);
    }
    await Promise.all(under);
  }

  async run() {
    const { warmUpSeconds, seconds, startsPerSecond } = this.#plan;
    const from = performance.now() + warmUpSeconds * 1_000;
    this.#measureTo = from + seconds * 1_000;
    setTimeout(() => {
      this.#measureFrom = performance.now();
      process.send({ measuring: true });
    }, warmUpSeconds * 1_000);
    const measured = delay((warmUpSeconds + seconds) * 1_000).then(() => process.send({ measured: true }));
    await Promise.all([measured, startsPerSecond ? this.#openLoop() : this.#closedLoop()]);
    await this.#pool.close();
    return this.#summary();
  }

  #summary() {
    const sorted = this.#samples.sort((a, b) => a - b);
    const measuredSeconds = (this.#measureTo - this.#measureFrom) / 1_000;
    return {
      runs: sorted.length,
      started: this.#next,
      runsPerSecond: Math.round(sorted.length / measuredSeconds),
      p50Ms: percentile(sorted, 0.5),
      p99Ms: percentile(sorted, 0.99),
      errors: this.#errors,
      errorSamples: this.#errorSamples,
    };
  }
}

process.once('message', (plan) => {
  // A defect in here ends the process, which the harness notices.
  void new Load(plan).run().then((result) => process.send({ result }, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
