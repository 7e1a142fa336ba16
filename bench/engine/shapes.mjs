// How the cost of a transition grows with the shape of a run: tasks, branches, turns. Each shape in three
// sizes, so that what is not linear shows as a ratio within one run of the benchmark.
import { getHeapStatistics } from 'node:v8';

const call = (name) => ({
  [name]: { call: 'http', with: { method: 'post', endpoint: 'http://127.0.0.1:1/' } },
});
const named = (count, task) => Array.from({ length: count }, (_, i) => task(`t${i}`));
const small = { output: { as: '{ n: 1 }' } };
const turns = (count) => ({ items: Array.from({ length: count }, (_, i) => i) });
const loopOf = (task) => [{ loop: { for: { in: '$input.items' }, do: [task], input: { from: '.' } } }];

/** What is measured: the tasks of a size, the run's input, and how many decisions one turn has (1). */
export const shapes = {
  tasks: {
    sizes: [1, 20, 200],
    of: (size) => ({ tasks: named(size, call), input: { n: 1 } }),
  },
  fork: {
    sizes: [10, 100, 1_000],
    of: (size) => ({ tasks: [{ fork: { fork: { branches: named(size, call) } } }], input: { n: 1 } }),
  },
  // As a wide fork is answered under load: the hub decides what came together in one turn.
  forkTogether: {
    sizes: [10, 100, 1_000],
    together: 100,
    of: (size) => shapes.fork.of(size),
  },
  loop: {
    sizes: [100, 1_000, 10_000],
    of: (size) => ({
      tasks: loopOf({ add: { set: { sum: '${ ((try .sum catch 0) // 0) + $item }' } } }),
      input: turns(size),
    }),
  },
  callLoop: {
    sizes: [100, 1_000, 10_000],
    of: (size) => ({ tasks: loopOf({ ask: { ...call('ask').ask, ...small } }), input: turns(size) }),
  },
};

/**
 * Adds up what the heap grows by between two calls of `tick`. Where the collector came in between, that step
 * is left out; `bytes` fills it in with the mean of the others.
 */
export class Allocations {
  #last = 0;
  #sum = 0;
  #steps = 0;
  #counted = 0;

  begin() {
    this.#last = getHeapStatistics().used_heap_size;
  }

  tick() {
    const used = getHeapStatistics().used_heap_size;
    this.#steps += 1;
    if (used >= this.#last) {
      this.#sum += used - this.#last;
      this.#counted += 1;
    }
    this.#last = used;
  }

  get bytes() {
    return this.#counted === 0 ? 0 : (this.#sum / this.#counted) * this.#steps;
  }
}

/** How many times a figure per unit is of the smallest size that it is of the largest: 1 is linear. */
export function growth(rows, read) {
  const [first, last] = [rows[0], rows.at(-1)];
  return Number((read(last) / read(first)).toFixed(2));
}
