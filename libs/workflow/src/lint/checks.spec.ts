import { describe, expect, test } from '@jest/globals';
import { lintWorkflow, parseWorkflow, type CapabilityFacts } from '../index.js';

const HEAD = "document: { dsl: '1.0.3', namespace: test, name: test, version: 1.0.0 }\n";
const LISTEN = 'do:\n- a: { listen: { to: ';

/** Code and pointer of what is found, but for what the hub does not run yet. */
function lint(yaml: string, capabilities?: ReadonlyMap<string, CapabilityFacts>): string[] {
  const { document, findings, locate } = parseWorkflow(HEAD + yaml);
  if (document === undefined) throw new Error(JSON.stringify(findings));
  return lintWorkflow(document, { locate, ...(capabilities && { capabilities }) })
    .filter(({ code }) => code !== 'unsupported')
    .map(({ code, pointer }) => `${code} ${pointer}`);
}

describe('flow', () => {
  test.each([
    [
      'a function that nobody calls',
      'use: { functions: { f: { do: [ { a: { set: { x: 1 }, then: b } } ] } } }\ndo: []',
      'then-nowhere /use/functions/f/do/0/a/then',
    ],
    [
      'an extension',
      'use: { extensions: [ { e: { extend: all, before: [ { a: { set: { x: 1 }, then: b } } ] } } ] }\ndo: []',
      'then-nowhere /use/extensions/0/e/before/0/a/then',
    ],
    [
      'an iterator',
      'do:\n- a: { listen: { to: { any: [] } }, foreach: { do: [ { b: { set: { x: 1 }, then: a } } ] } }',
      'then-nowhere /do/0/a/foreach/do/0/b/then',
    ],
  ])('then to nowhere in %s', (_, yaml, finding) => {
    expect(lint(yaml)).toEqual([finding]);
  });

  test('says in which list the task is that a `then` cannot reach', () => {
    const yaml = 'do:\n- a: { do: [ { b: { set: { x: 1 }, then: c } } ] }\n- c: { set: { x: 1 } }';
    const { document } = parseWorkflow(HEAD + yaml);
    const [finding] = lintWorkflow(document as NonNullable<typeof document>);
    expect(finding?.fix).toContain('"c" is in another list (/do/1/c)');
  });

  test.each([
    [
      'what follows a listen for ever',
      `${LISTEN}{ any: [], until: '\${ false }' } }, foreach: { do: [] } }\n- b: { set: { x: 1 } }`,
      ['unreachable /do/1/b'],
    ],
    [
      'what follows it, with a timeout',
      `${LISTEN}{ any: [], until: '\${ false }' } }, timeout: { after: PT1H }, foreach: { do: [] } }\n- b: { set: { x: 1 } }`,
      [],
    ],
    [
      'a loop that a case leaves',
      'do:\n- a: { set: { x: 1 } }\n- b: { switch: [ { c: { when: .y, then: exit } }, { d: { then: a } } ] }',
      [],
    ],
    [
      'a loop that a raise leaves',
      'use: { errors: { e: { type: "https://x.y/z", status: 500 } } }\ndo:\n' +
        '- a: { switch: [ { c: { when: .y, then: c } }, { d: { then: a } } ] }\n- c: { raise: { error: e } }',
      [],
    ],
    [
      'a loop that a task inside ends',
      'do:\n- a: { do: [ { b: { if: .y, set: { x: 1 }, then: end } } ], then: a }',
      [],
    ],
    ['a loop that is skipped in the end', 'do:\n- a: { if: .more, set: { more: false }, then: a }', []],
    ['a loop inside a timeout', 'timeout: { after: PT1H }\ndo:\n- a: { wait: PT1S, then: a }', []],
    ['a task that goes to itself', 'do:\n- a: { wait: PT1S, then: a }', ['endless-loop /do/0/a/then']],
    [
      'a switch that only goes back',
      'do:\n- a: { wait: PT1S }\n- b: { switch: [ { c: { when: .y, then: a } }, { d: { then: b } } ] }',
      ['endless-loop /do/1/b'],
    ],
  ])('%s', (_, yaml, found) => {
    expect(lint(yaml)).toEqual(found);
  });
});

describe('expressions', () => {
  test.each([
    ['until', `${LISTEN}{ any: [], until: '.x |' } } }`, 'expression-syntax /do/0/a/listen/to/until'],
    [
      'a filter',
      `${LISTEN}{ one: { with: { type: t, data: '\${ .x | }' } } } } }`,
      'expression-syntax /do/0/a/listen/to/one/with/data',
    ],
    [
      'a correlation',
      `${LISTEN}{ all: [ { with: { type: t }, correlate: { k: { from: '.[' } } } ] } } }`,
      'expression-syntax /do/0/a/listen/to/all/0/correlate/k/from',
    ],
    [
      'a schedule',
      "schedule: { on: { one: { with: { type: t }, correlate: { k: { from: '.[' } } } } }\ndo: []",
      'expression-syntax /schedule/on/one/correlate/k/from',
    ],
    [
      'an extension',
      "use: { extensions: [ { e: { extend: all, when: '.[' } } ] }\ndo: []",
      'expression-syntax /use/extensions/0/e/when',
    ],
    [
      'an argument of run',
      "do:\n- a: { run: { workflow: { namespace: n, name: m, version: 1.0.0, input: { x: '${ $y }' } } } }",
      'unknown-variable /do/0/a/run/workflow/input/x',
    ],
    [
      'a function that nobody calls',
      "use: { functions: { f: { set: { x: '${ .x | }' } } } }\ndo: []",
      'expression-syntax /use/functions/f/set/x',
    ],
  ])('that do not parse are found in %s', (_, yaml, finding) => {
    expect(lint(yaml)).toEqual([finding]);
  });

  test.each([
    [
      "do:\n- a: { listen: { to: { any: [] } }, foreach: { item: e, at: i, do: [ { b: { set: { x: '${ [$e, $i] }' } } } ] } }",
    ],
    ["do:\n- a: { try: [], catch: { as: problem, do: [ { b: { set: { x: '${ $problem.status }' } } } ] } }"],
    [
      "do:\n- a: { for: { each: n, at: i, in: .x }, while: '$n < 3 and $i < 9', do: [ { b: { set: { x: '${ $n }' } } } ] }",
    ],
    ["do:\n- a: { set: { text: 'costs $5', x: '${ . as $mine | $mine.y }' } }"],
    ["do:\n- a: { set: { x: 1 }, metadata: { note: '${ not jq' } }"],
  ])('that read what is there are no finding: %s', (yaml) => {
    expect(lint(yaml)).toEqual([]);
  });

  test('a secret by its name in brackets', () => {
    expect(
      lint('use: { secrets: [ b ] }\ndo:\n- a: { set: { x: \'${ $secrets["c"] + $secrets.b }\' } }'),
    ).toEqual(['unknown-secret /do/0/a/set/x']);
  });
});

describe('calls', () => {
  const call = "call: 'erp.pay:1@default'";
  const hub = (facts: Partial<CapabilityFacts>) =>
    new Map([
      [
        'erp.pay',
        {
          connected: true,
          plugins: ['erp-x'],
          effect: 'write',
          timed: false,
          fallback: false,
          ...facts,
        } as CapabilityFacts,
      ],
    ]);

  test.each([
    ['a timeout of its own', `do:\n- a: { ${call}, timeout: { after: PT1M } }`, []],
    ['one around it', `do:\n- a: { timeout: { after: PT1M }, do: [ { b: { ${call} } } ] }`, []],
    ['none', `do:\n- a: { ${call} }`, ['no-timeout /do/0/a']],
    ['a review, which may take days', "do:\n- a: { call: 'human.review:1@default' }", []],
    [
      'a function with none',
      `use: { functions: { f: { ${call} } } }\ndo:\n- a: { call: f }`,
      ['no-timeout /do/0/a'],
    ],
    [
      'a function with one',
      `use: { functions: { f: { ${call}, timeout: { after: PT1M } } } }\ndo:\n- a: { call: f }`,
      [],
    ],
  ])('the timeout of a call: %s', (_, yaml, found) => {
    expect(lint(yaml)).toEqual(found);
  });

  test.each([
    ['nothing takes over', {}, ['write-without-catch /do/0/a']],
    ['the policy has another candidate', { fallback: true }, []],
    ['it only reads', { effect: 'read' as const }, []],
    ['a repeat is harmless', { effect: 'idempotent-write' as const }, []],
  ])('a write, when %s', (_, facts, found) => {
    expect(lint(`timeout: { after: PT1H }\ndo:\n- a: { ${call} }`, hub(facts))).toEqual(found);
  });

  test('many calls without a timeout are one finding, which names them', () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];
    const { document } = parseWorkflow(`${HEAD}do:\n${names.map((n) => `- ${n}: { ${call} }\n`).join('')}`);
    const found = lintWorkflow(document as NonNullable<typeof document>);
    expect(found.map(({ message }) => message)).toEqual([
      'Nothing says how long "a" may take (the capability erp.pay); nor for "b", "c", "d", "e" and 2 more',
    ]);
  });

  test('the policy gives the timeout', () => {
    expect(lint(`do:\n- a: { ${call} }`, hub({ timed: true, effect: 'read' }))).toEqual([]);
  });

  test('a catch takes over; the tasks of the catch themselves are on their own', () => {
    const yaml = `timeout: { after: PT1H }\ndo:\n- a: { try: [ { b: { ${call} } } ], catch: { do: [ { c: { ${call} } } ] } }`;
    expect(lint(yaml, hub({}))).toEqual(['write-without-catch /do/0/a/catch/do/0/c']);
  });

  test('the effect that the author declares for a request', () => {
    const yaml =
      'timeout: { after: PT1H }\ndo:\n- a: { call: http, metadata: { tutti: { effect: write } }, ' +
      "with: { method: post, endpoint: 'https://x.y/' } }";
    expect(lint(yaml)).toEqual(['write-without-catch /do/0/a']);
    expect(lint(yaml.replace('effect: write', 'effect: read'))).toEqual([]);
  });

  test.each([
    ['run: { shell: { command: x } }', ['no-timeout /do/0/a', 'write-without-catch /do/0/a']],
    ['run: { container: { image: x } }', ['no-timeout /do/0/a', 'write-without-catch /do/0/a']],
    ['run: { shell: { command: x } }, timeout: { after: PT1M }', ['write-without-catch /do/0/a']],
    ['run: { shell: { command: x } }, metadata: { tutti: { effect: read } }', ['no-timeout /do/0/a']],
    ["run: { script: { language: js, code: '1' } }", []],
    ['run: { workflow: { namespace: n, name: m, version: 1.0.0 } }', []],
  ])('of what is started: %s', (task, findings) => {
    expect(lint(`do:\n- a: { ${task} }`).sort()).toEqual(findings);
  });
});

describe('retries', () => {
  test.each([
    ['{}', ['retry-without-limit /do/0/a/catch/retry']],
    ['{ limit: { attempt: { count: 3 } } }', []],
    ['{ limit: { duration: PT1M } }', []],
    ['{ limit: { attempt: { duration: PT1M } } }', []],
    ['named', ['retry-without-limit /do/0/a/catch/retry']],
  ])('%s', (retry, found) => {
    expect(
      lint(`use: { retries: { named: { delay: PT1S } } }\ndo:\n- a: { try: [], catch: { retry: ${retry} } }`),
    ).toEqual(found);
  });

  test('a timeout is a limit too', () => {
    expect(lint('do:\n- a: { timeout: { after: PT1H }, try: [], catch: { retry: {} } }')).toEqual([]);
  });
});

describe('listens', () => {
  const filter = (correlate: string) => `{ with: { type: t }, correlate: { k: ${correlate} } }`;
  test.each([
    ['{ all: [] }', ['listen-never-met /do/0/a/listen/to/all']],
    ['{ any: [] }', []],
    [
      "{ one: { with: { type: t, data: '${ null }' } } }",
      ['listen-never-met /do/0/a/listen/to/one/with/data'],
    ],
    ["{ one: { with: { type: t, data: '${ .false }' } } }", []],
    [
      "{ one: { with: { type: t, specversion: '0.3' } } }",
      ['listen-never-met /do/0/a/listen/to/one/with/specversion'],
    ],
    [
      `{ one: ${filter('{ from: \'"x"\', expect: y }')} }`,
      ['listen-never-met /do/0/a/listen/to/one/correlate/k'],
    ],
    [`{ one: ${filter('{ from: \'"x"\', expect: x }')} }`, []],
    [
      `{ one: ${filter("{ from: .id, expect: '${ $context.id }' }")} }`,
      ['context-never-set /do/0/a/listen/to/one/correlate/k/expect'],
    ],
    [
      `{ all: [ ${filter('{ from: .id, expect: x }')}, ${filter('{ from: .id, expect: y }')} ] }`,
      ['listen-never-met /do/0/a/listen/to/all/1/correlate/k/expect'],
    ],
    [`{ all: [ ${filter('{ from: .id, expect: x }')}, ${filter('{ from: .no, expect: x }')} ] }`, []],
    [`{ any: [ ${filter('{ from: .id, expect: x }')}, ${filter('{ from: .id, expect: y }')} ] }`, []],
    ["{ any: [], until: 'false' }", ['listen-without-end /do/0/a/listen/to/until']],
    [
      "{ any: [], until: { one: { with: { type: t, data: '${ false }' } } } }",
      ['listen-never-met /do/0/a/listen/to/until/one/with/data'],
    ],
  ])('%s', (to, found) => {
    expect(lint(`${LISTEN}${to} } }`)).toEqual(found);
  });

  test('a timeout of zero, and a schedule', () => {
    expect(lint(`${LISTEN}{ any: [] } }, timeout: { after: PT0S } }`)).toEqual([
      'listen-never-met /do/0/a/timeout',
    ]);
    expect(lint('schedule: { on: { all: [] } }\ndo: []')).toEqual(['listen-never-met /schedule/on/all']);
    expect(lint("schedule: { on: { any: [], until: '${ false }' } }\ndo: []")).toEqual([
      'listen-never-met /schedule/on/until',
    ]);
  });
});

describe('many findings', () => {
  test('are cut at a thousand, the errors first', () => {
    const tasks = Array.from({ length: 1_500 }, (_, i) => `- t${i}: { wait: PT1S, then: end }\n`);
    const found = lint(`do:\n${tasks.join('')}- last: { set: { x: 1 }, then: nowhere }`);
    expect(found).toHaveLength(1_000);
    expect(found).toContain('then-nowhere /do/1500/last/then');
  });

  test('an alias inside its own anchor is refused, not followed', () => {
    const { document, findings } = parseWorkflow(`${HEAD}do:\n- a: &x { set: { y: *x } }`);
    expect(document).toBeUndefined();
    expect(findings.map(({ code }) => code)).toEqual(['syntax']);
  });

  test('a key that stands twice, at any depth, with its place', () => {
    const { findings } = parseWorkflow(`${HEAD}do:\n- a: { set: { x: 1, "x": 2 } }`);
    expect(findings).toMatchObject([
      { code: 'syntax', message: 'Map keys must be unique', line: 3, column: 21 },
    ]);
  });
});
