import fc from 'fast-check';
import { connection, type Setup } from './driver.js';

export interface RandomWorkflow {
  yaml: string;
  setup: Setup;
}

type Task = Record<string, unknown>;
type List = Record<string, Task>[];

const duration = fc.constantFrom('PT0S', 'PT1S', 'PT10S', 'PT5M');
const error = { error: { type: 'https://serverlessworkflow.io/spec/1.0.0/errors/runtime', status: 500 } };
const condition = fc.constantFrom('true', 'false', '.n > 2', '.n == null', '$context.seen', '.boom.x[0]');

const simple: fc.Arbitrary<Task> = fc.oneof(
  fc.constant({ set: { n: '${ (try .n catch 0 // 0) + 1 }' } }),
  fc.constant({ set: '${ . }', export: { as: '$context + { seen: true }' } }),
  fc.constant({ raise: error }),
  duration.map((wait) => ({ wait })),
  fc.constant({ emit: { event: { with: { source: 'https://x.y', type: 'a.b' } } } }),
  fc
    .constantFrom('read.it', 'keep.it', 'write.it')
    .map((name) => ({ call: `${name}:1@default`, with: { n: 1 } })),
  fc.constantFrom('get', 'post').map((method) => ({ call: 'http', with: { method, endpoint: 'http://x/' } })),
  fc.constant({ call: 'human.review:1@default', with: { data: { n: 1 } } }),
  fc.constant({ call: 'twice' }),
  fc.record({ await: fc.boolean(), cascade: fc.constantFrom('cancel', 'leave') }).map((more) => ({
    run: {
      workflow: { namespace: 'sub', name: 'flow', version: 'latest', input: { n: '${ .n }' } },
      await: more.await,
    },
    metadata: { tutti: { run: { cascade: more.cascade } } },
  })),
);

const common = fc.record(
  {
    if: condition,
    timeout: duration.map((after) => ({ after })),
    output: fc.constant({ as: '{ n: 3 }' }),
  },
  { requiredKeys: [] },
);

/** Adds jumps: forward ones, and back ones that a condition on the number of visits ends. */
function asList(tasks: Task[], thens: number[]): List {
  return tasks.map((task, index) => {
    const choice = thens[index] ?? 0;
    const then =
      choice === 1 ? 'exit' : choice === 2 ? 'end' : choice === 3 ? `t${tasks.length - 1}` : undefined;
    const forward = choice !== 3 || index < tasks.length - 1;
    return { [`t${index}`]: then !== undefined && forward && !('raise' in task) ? { ...task, then } : task };
  });
}

const { list } = fc.letrec<{ task: Task; list: List; branches: List }>((tie) => ({
  list: fc
    .tuple(fc.array(tie('task'), { minLength: 1, maxLength: 4 }), fc.array(fc.nat(9), { maxLength: 4 }))
    .map(([tasks, thens]) => asList(tasks, thens)),
  branches: fc
    .array(tie('task'), { maxLength: 3 })
    .map((tasks) => tasks.map((task, i) => ({ [`b${i}`]: task }))),
  task: fc
    .tuple(
      fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        simple,
        tie('list').map((tasks) => ({ do: tasks })),
        fc
          .tuple(tie('branches'), fc.boolean())
          .map(([branches, compete]) => ({ fork: { branches, compete } })),
        fc
          .tuple(tie('list'), fc.constantFrom('[1, 2]', '[]', '$context.list // [1]', '[., 2]'))
          .map(([tasks, source]) => ({ for: { in: source }, do: tasks })),
        fc
          .tuple(tie('list'), tie('list'), fc.nat(3))
          .map(([tasks, caught, kind]) => ({ try: tasks, catch: catchClause(kind, caught) })),
        fc.constant({ switch: [{ yes: { when: '.n > 3', then: 'exit' } }, { no: { then: 'continue' } }] }),
        fc.constant({
          do: [
            { count: { set: { n: '${ (try .n catch 0 // 0) + 1 }' } } },
            {
              ask: {
                call: 'http',
                with: { method: 'post', endpoint: 'http://x/' },
                output: { as: '{ n: $input.n }' },
              },
            },
            { look: { switch: [{ more: { when: '.n < 3', then: 'count' } }] } },
          ],
        }),
      ),
      common,
    )
    .map(([task, more]) => ({ ...task, ...more })),
}));

function catchClause(kind: number, caught: List): Task {
  if (kind === 0) return {};
  if (kind === 1) return { do: caught };
  const retry = { delay: 'PT1S', backoff: { exponential: {} }, limit: { attempt: { count: 2 } } };
  return kind === 2 ? { retry } : { errors: { with: { status: 500 } }, retry, do: caught };
}

const policies = fc.constantFrom<readonly string[]>(
  [],
  [
    policy(
      'confidence: { floor: 0.8, below: next }, exhausted: review, review: { timeout: 60s, timeoutThen: ' +
        'reject }',
    ),
  ],
  [policy('confidence: { floor: 0.8, below: review }, fallbackOn: [unavailable, rejected, defect, timeout]')],
  [policy('objective: weighted, exhausted: review')],
);

function policy(spec: string): string {
  const candidates =
    'candidates: [{ connection: a, retry: { attempts: 2 } }, { connection: b, when: ".n == 1" }]';
  return `{ apiVersion: tutti/v1, kind: RoutingPolicy, metadata: { name: p }, spec: { capability:
      read.it, ${candidates}, ${spec} } }`;
}

const extensions = fc.subarray<Task>([
  { plain: { extend: 'all', before: [{ look: { set: { seen: '${ $task.reference }' } } }] } },
  {
    calls: {
      extend: 'call',
      when: '$input.n == 1',
      before: [
        { first: { call: 'keep.it:1@default' } },
        { leave: { if: '.n > 1', set: { left: true }, then: 'exit' } },
      ],
      after: [{ told: { call: 'twice' } }],
    },
  },
  { around: { extend: 'composite', after: [{ pause: { wait: 'PT1S' } }] } },
]);

/** A workflow of all task types, nested, in extensions or not, with a policy or none. */
export const randomWorkflow: fc.Arbitrary<RandomWorkflow> = fc
  .tuple(list, policies, fc.boolean(), fc.oneof(fc.constant([]), extensions))
  .map(([tasks, chosen, limited, extending]) => {
    const document = { dsl: '1.0.3', namespace: 'test', name: 'random', version: '1.0.0' };
    const functions = { twice: { do: [{ one: { call: 'keep.it:1@default' } }, { two: { set: { n: 2 } } }] } };
    const timeout = limited ? { timeout: { after: 'PT1H' } } : {};
    return {
      yaml: JSON.stringify({ document, ...timeout, use: { functions, extensions: extending }, do: tasks }),
      setup: {
        policies: chosen,
        connections: [
          connection('a', ['read.it'], 'read'),
          connection('b', ['read.it'], 'read'),
          connection('k', ['keep.it'], 'idempotent-write'),
          connection('w', ['write.it'], 'write'),
        ],
      },
    };
  });
