import type { RunDefinition } from '../../src/index.js';
import { connection, define } from '../driver.js';
import { LISTEN_FOR_EACH, LISTENS } from './listens.js';
import { numberOf, Random } from './random.js';

export type Task = Record<string, unknown>;
export type List = Record<string, Task>[];

/**
 * A workflow of the simulation. A steady one has one outcome, whatever happens around it: no timeouts, no
 * competition, and in a fork nothing that faults, exports or ends the run.
 */
export interface SimulatedWorkflow {
  seed: number;
  steady: boolean;
  document: { do: List; use: { functions: Record<string, Task> }; output?: { as: string } };
  definition: RunDefinition;
}

type Expression = (value: unknown, at: { context: unknown; input: unknown }) => unknown;
type Bag = Record<string, unknown>;

const N = '(try .n catch 0 // 0)';
const isBag = (value: unknown): value is Bag =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const n = (value: unknown): number => (isBag(value) ? ((value.n ?? 0) as number) : 0);

/** What each expression of a steady workflow means, written down without jq. */
export const EXPRESSIONS: Readonly<Record<string, Expression>> = {
  true: () => true,
  false: () => false,
  [`${N} > 2`]: (value) => n(value) > 2,
  [`${N} < 3`]: (value) => n(value) < 3,
  [`${N} % 2 == 0`]: (value) => n(value) % 2 === 0,
  '$context.seen == true': (_, { context }) => (context as Bag).seen === true,
  [`\${ { n: (${N} + 1) } }`]: (value) => ({ n: n(value) + 1 }),
  '${ . }': (value) => value,
  '{ n: 3 }': () => ({ n: 3 }),
  '{ n: 1 }': () => ({ n: 1 }),
  '{ n: .data.n }': (value) => ({ n: n((value as Bag).data) }),
  '{ n: $input.n }': (_, { input }) => ({ n: (input as Bag).n ?? null }),
  '{ result: ., seen: $context.seen }': (value, { context }) => ({
    result: value,
    seen: (context as Bag).seen ?? null,
  }),
  '$context + { seen: true }': (_, { context }) => ({ ...(context as Bag), seen: true }),
  '{ n: length }': (value) => ({ n: (value as unknown[]).length }),
  '[1, 2]': () => [1, 2],
  '[]': () => [],
  '[., 2]': (value) => [value, 2],
};
const PLUS_ONE = `\${ { n: (${N} + 1) } }`;
const CONDITIONS = ['true', 'true', 'false', `${N} > 2`, `${N} % 2 == 0`, '$context.seen == true'];
const RAISED = { error: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime', status: 500 } };

/** Outcome of an attempt that the workflow's seed decides: the `ordinal`-th one of a call. */
export function plannedOutcome(
  { seed }: { seed: number },
  name: string,
  ordinal: number,
): { fails: 'transient' | 'permanent' } | { output: { n: number } } {
  // Names of what must not fail begin with q: see `steady`.
  const kind = name.startsWith('q') ? 9 : numberOf(seed, name) % 10;
  if (kind < 2 && ordinal === 1) return { fails: 'transient' };
  if (kind === 2) return { fails: 'permanent' };
  return { output: { n: ordinal + (kind % 3) } };
}

/** Makes tasks, at most about `left` of them. */
class Maker {
  private named = 0;

  constructor(
    private readonly random: Random,
    private readonly steady: boolean,
    private left: number,
  ) {}

  list(depth: number, quiet: boolean): List {
    const count = 1 + this.random.below(depth === 0 ? 4 : 3);
    const tasks: List = [];
    for (let i = 0; i < count && (i === 0 || this.left > 0); i += 1) tasks.push(this.named1(depth, quiet));
    return this.withJumps(tasks, quiet);
  }

  /** Directs some tasks forward, out of their list, or to the end of the run. */
  private withJumps(tasks: List, quiet: boolean): List {
    const last = Object.keys(tasks.at(-1) as Task)[0] as string;
    return tasks.map((item, index) => {
      const [[name, task]] = Object.entries(item) as [[string, Task]];
      if (!this.random.chance(0.12) || 'raise' in task || 'switch' in task) return item;
      const choices = [
        'exit',
        'continue',
        ...(quiet ? [] : ['end']),
        ...(index < tasks.length - 1 ? [last] : []),
      ];
      return { [name]: { ...task, then: this.random.pick(choices) } };
    });
  }

  private name(quiet: boolean): string {
    return `${quiet && this.steady ? 'q' : 't'}${this.named++}`;
  }

  private named1(depth: number, quiet: boolean): Record<string, Task> {
    this.left -= 1;
    const name = this.name(quiet);
    const composite = depth < 3 && this.left > 0 && this.random.chance(0.4);
    const task = composite ? this.composite(depth, quiet) : this.simple(quiet);
    return { [name]: { ...task, ...this.common(task, quiet) } };
  }

  private common(task: Task, quiet: boolean): Task {
    const { random } = this;
    const more: Task = {};
    if (random.chance(0.15)) more.if = random.pick(CONDITIONS);
    if (random.chance(0.1)) more.input = { from: PLUS_ONE };
    if (task.output === undefined && random.chance(0.1)) more.output = { as: '{ n: 3 }' };
    if (!(quiet && this.steady) && random.chance(0.1)) more.export = { as: '$context + { seen: true }' };
    if (!this.steady && random.chance(0.2))
      more.timeout = { after: random.pick(['PT0S', 'PT1S', 'PT10S', 'PT5M']) };
    return more;
  }

  private simple(quiet: boolean): Task {
    const { random, steady } = this;
    const kinds = 'set call call call direct wait emit review twice switch listen run run'.split(' ');
    switch (random.pick(quiet && steady ? kinds : [...kinds, 'raise'])) {
      case 'set':
        return { set: random.pick([PLUS_ONE, '${ . }']) };
      case 'raise':
        return { raise: RAISED };
      case 'wait':
        return { wait: random.pick(['PT0S', 'PT1S', 'PT1S', 'PT10S', 'PT5M']) };
      case 'emit':
        return {
          emit: { event: { with: { source: 'https://x.y', type: 'a.b' } } },
          output: { as: '{ n: 1 }' },
        };
      case 'direct':
        return this.direct();
      case 'review':
        return { call: 'human.review:1@default', with: { data: { n: 1 } }, output: { as: '{ n: .data.n }' } };
      case 'listen':
        return random.pick(LISTENS);
      case 'twice':
        return { call: 'twice' };
      case 'run':
        return this.run(quiet);
      case 'switch':
        return {
          switch: [{ yes: { when: `${N} > 2`, then: 'exit' } }, { no: { then: 'continue' } }],
        };
      default:
        return { call: `${random.pick(['read.it', 'keep.it', 'write.it'])}:1@default`, with: { n: 1 } };
    }
  }

  /** A run of another workflow: awaited or not, left alone or not, seldom of one that is not there. */
  private run(quiet: boolean): Task {
    const { random, steady } = this;
    const missing = !(quiet && steady) && random.chance(0.1);
    const workflow = {
      namespace: 'sub',
      name: missing ? 'missing' : 'flow',
      version: 'latest',
      input: { n: 1 },
    };
    const cascade = random.pick(['cancel', 'leave', undefined, undefined]);
    return {
      run: { workflow, ...(random.chance(0.3) && { await: false }) },
      ...(cascade !== undefined && { metadata: { tutti: { run: { cascade } } } }),
    };
  }

  /** A call that no policy routes: what it is sent is in the workflow. */
  private direct(): Task {
    const { random } = this;
    const document = { endpoint: 'http://x/api.json' };
    const transport = { http: { endpoint: 'http://x/' } };
    switch (random.pick(['http', 'http', 'openapi', 'mcp'])) {
      case 'http':
        return { call: 'http', with: { method: random.pick(['get', 'post']), endpoint: 'http://x/' } };
      case 'openapi':
        return { call: 'openapi', with: { document, operationId: 'find', parameters: { n: '${ . }' } } };
      default:
        return {
          call: 'mcp',
          with: { method: 'tools/call', parameters: { name: 'add' }, transport, timeout: 'PT10S' },
          metadata: { tutti: { effect: random.pick(['read', 'idempotent-write', 'write']) } },
        };
    }
  }

  private composite(depth: number, quiet: boolean): Task {
    const inner = depth + 1;
    const kinds = ['do', 'for', 'fork', 'fork', 'try', 'try', 'rounds', 'each event'];
    switch (this.random.pick(this.steady ? kinds : [...kinds, 'impatient'])) {
      case 'do':
        return { do: this.list(inner, quiet) };
      case 'for': {
        const held = this.random.chance(0.3) ? { while: `${N} < 3` } : {};
        return {
          for: { in: this.random.pick(['[1, 2]', '[1, 2]', '[]', '[., 2]']) },
          ...held,
          do: this.list(inner, quiet),
        };
      }
      case 'fork': {
        const compete = !this.steady && this.random.chance(0.5);
        const count = this.random.below(4);
        return { fork: { branches: Array.from({ length: count }, () => this.named1(inner, true)), compete } };
      }
      case 'each event':
        return { ...LISTEN_FOR_EACH, foreach: { do: this.list(inner, quiet) } };
      case 'rounds':
        return { do: this.rounds(quiet) };
      case 'impatient':
        return this.impatient(quiet);
      default:
        return { try: this.list(inner, quiet), catch: this.catches(inner, quiet) };
    }
  }

  /** A write that is given up while it is under way, and that is come to again. */
  private impatient(quiet: boolean): Task {
    const after = this.random.pick(['PT1S', 'PT10S']);
    const pay = { call: 'write.it:1@default', with: { n: 1 }, timeout: { after } };
    const delay = this.random.pick(['PT0S', 'PT1S']);
    const retry = { delay, limit: { attempt: { count: 2 } } };
    return { try: [{ [this.name(quiet)]: pay }], catch: { retry } };
  }

  /** A jump back, which a count ends. */
  private rounds(quiet: boolean): List {
    const [count, ask, look] = [this.name(quiet), this.name(quiet), this.name(quiet)];
    const http = { call: 'http', with: { method: 'post', endpoint: 'http://x/' } };
    return [
      { [count]: { set: PLUS_ONE } },
      { [ask]: { ...http, output: { as: '{ n: $input.n }' } } },
      { [look]: { switch: [{ more: { when: `${N} < 3`, then: count } }] } },
    ];
  }

  private catches(depth: number, quiet: boolean): Task {
    const retry = { delay: this.random.pick(['PT0S', 'PT1S']), limit: { attempt: { count: 2 } } };
    const caught = this.random.chance(0.5) ? { do: this.list(depth, quiet) } : {};
    const filter = this.random.chance(0.3) ? { errors: { with: { status: 500 } } } : {};
    return { ...filter, ...(this.random.chance(0.5) && { retry }), ...caught };
  }
}

const POLICIES = [
  'confidence: { floor: 0.8, below: next }, exhausted: review, review: { timeout: 60s, timeoutThen: reject }',
  'confidence: { floor: 0.8, below: review }, fallbackOn: [unavailable, rejected, defect, timeout]',
  'objective: weighted, exhausted: review',
];

function policiesOf(random: Random): string[] {
  if (random.chance(0.5)) return [];
  const candidates =
    'candidates: [{ connection: a, retry: { attempts: 2 } }, { connection: b, when: ".n == 1" }]';
  const spec = `{ capability: read.it, ${candidates}, ${random.pick(POLICIES)} }`;
  return [`{ apiVersion: tutti/v1, kind: RoutingPolicy, metadata: { name: p }, spec: ${spec} }`];
}

/** The workflow of a seed; half of them are steady. */
export function simulatedWorkflow(seed: number): SimulatedWorkflow {
  const random = new Random(seed);
  const steady = random.chance(0.5);
  const head = { document: { dsl: '1.0.3', namespace: 'test', name: 'simulated', version: '1.0.0' } };
  const twice = { do: [{ q1: { call: 'keep.it:1@default', with: { n: 1 } } }, { q2: { set: PLUS_ONE } }] };
  const tasks = new Maker(random, steady, 1 + random.below(8)).list(0, false);
  const document = {
    ...head,
    use: { functions: { twice } },
    ...(random.chance(0.2) && { output: { as: '{ result: ., seen: $context.seen }' } }),
    ...(!steady && random.chance(0.2) && { timeout: { after: 'PT1H' } }),
    do: tasks,
  };
  const offers = [
    connection('a', ['read.it'], 'read'),
    ...(steady ? [] : [connection('b', ['read.it'], 'read')]),
    connection('k', ['keep.it'], 'idempotent-write'),
    connection('w', ['write.it'], 'write'),
  ];
  const setup = { connections: offers, policies: steady ? [] : policiesOf(random) };
  return { seed, steady, document, definition: define(JSON.stringify(document), setup) };
}
