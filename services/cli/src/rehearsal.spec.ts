import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Cassette } from '@tutti/contracts';
import { parse, stringify } from 'yaml';
import { EXIT } from './session/io.js';
import { CliHarness, type Result } from './testing/cli-harness.js';

const EXAMPLES = join(dirname(fileURLToPath(import.meta.url)), '../../../examples');
const RUN = '01a204c5-1dbc-7000-86ca-8700d34ed0aa';
const DEFINITION = {
  document: { dsl: '1.0.3', namespace: 'test', name: 'pay', version: '1.0.0' },
  do: [
    { find: { call: 'crm.contact.find:1@default', with: { email: '${ .email }' } } },
    { pay: { call: 'erp.pay:1@default', with: { to: '${ .id }', at: '${ $workflow.id }' } } },
  ],
};

/** A run that found a contact and paid them. */
function cassette(more: Partial<Cassette> = {}): Cassette {
  const of = { attempt: 1, kind: 'capability', ms: 10 };
  const offers = (name: string, capability: string, effect: 'read' | 'write') => ({
    name,
    plugin: name,
    pluginVersion: '1.0.0',
    capabilities: { [capability]: { effect, reconciles: false } },
  });
  return {
    kind: 'Cassette',
    version: 1,
    run: { id: RUN, workspaceId: 'default', startedAt: 1_795_376_356_804, trigger: 'api' },
    workflow: { namespace: 'test', name: 'pay', version: '1.0.0' },
    status: 'completed',
    output: { paid: true },
    redacted: { email: 1 },
    input: { email: 'person-1@example.com' },
    calls: [
      {
        ...of,
        task: '/do/0/find',
        position: '/do/0/find',
        capability: 'crm.contact.find',
        connection: 'crm',
        effect: 'read',
        input: { email: 'person-1@example.com' },
        outcome: { status: 'succeeded', output: { id: 'CON-1' } },
      },
      {
        ...of,
        task: '/do/1/pay',
        position: '/do/1/pay',
        capability: 'erp.pay',
        connection: 'erp',
        effect: 'write',
        input: { to: 'CON-1', at: RUN },
        outcome: { status: 'succeeded', output: { paid: true } },
      },
    ],
    children: [],
    reviews: [],
    commands: [],
    connections: [offers('crm', 'crm.contact.find', 'read'), offers('erp', 'erp.pay', 'write')],
    policies: [],
    definition: DEFINITION,
    ...more,
  };
}

interface Report {
  passed: number;
  failed: number;
  tests: { name: string; problems: string[] }[];
  coverage: { tasks: number; notReached: string[] }[];
}

describe('tutti test', () => {
  const cli = CliHarness.forSuite();
  beforeEach(() => cli.write('paid.yaml', stringify(cassette())));
  const testFile = (tests: unknown[], more: object = {}) =>
    cli.write('a.test.yaml', stringify({ kind: 'WorkflowTest', cassette: 'paid.yaml', ...more, tests }));
  const report = (result: Result) => JSON.parse(result.out) as Report;
  const problemsOf = async (test: object, more?: object) => {
    testFile([{ name: 'one', ...test }], more);
    return report(await cli.run(['test', 'a.test.yaml', '--json'])).tests[0]?.problems;
  };

  it('passes the tests of the example, which reach all but three of its tasks', async () => {
    const result = await cli.run(['test', '--json', join(EXAMPLES, 'invoice-processing')]);
    const { tests, coverage, ...counts } = report(result);
    expect(tests.flatMap(({ problems }) => problems)).toEqual([]);
    expect(counts).toEqual({ passed: 9, failed: 0 });
    expect(coverage).toMatchObject([
      { tasks: 30, notReached: ['/do/2/creditNote', '/do/5/duplicate', '/do/10/giveUp'] },
    ]);
    expect(result.exitCode).toBe(EXIT.ok);
  });

  it('asks no hub, tells what passed and what no test came to, and ends with 1 when one fails', async () => {
    testFile([{ name: 'as recorded' }, { name: 'otherwise', expect: { status: 'faulted' } }]);
    const result = await cli.run(['test']);
    const lines = result.out.replace(/\(\d+ ms\)/g, '(T)').split('\n');
    expect(lines).toEqual([
      'a.test.yaml',
      '  ok   as recorded (T)',
      '  FAIL otherwise (T)',
      '         The run is completed in place of faulted.',
      'a.test.yaml: 2 of 2 tasks reached',
      '1 passed, 1 failed',
      '',
    ]);
    expect([result.exitCode, cli.seen]).toEqual([EXIT.failed, []]);
    expect((await cli.run(['test', '--grep', 'as rec'])).exitCode).toBe(EXIT.ok);
  });

  it('says of each expectation what it found', async () => {
    const expect_ = {
      status: 'faulted',
      output: { paid: false, more: 1 },
      calls: [
        { capability: 'erp.pay', times: 2 },
        { capability: 'erp.pay', input: { to: 'CON-2' } },
        { task: 'find', times: { min: 1 } },
      ],
      reviews: [{ task: 'ask' }],
      events: [{ type: 'paid' }],
      within: 'PT0.01S',
      jq: ['.output.paid', '.calls | length', '.nonsense |'],
    };
    expect(await problemsOf({ expect: expect_ })).toEqual([
      'The run is completed in place of faulted.',
      'The output at /paid: true in place of false.',
      'The output at /more: nothing in place of 1.',
      '{"capability":"erp.pay"} was called 1 times in place of 2.',
      '{"capability":"erp.pay","input":{"to":"CON-2"}} was called 0 times in place of 1 to any number. ' +
        'One differs at /to: "CON-1" in place of "CON-2".',
      'No review was asked that fits {"task":"ask"}.',
      'No event was emitted that fits {"type":"paid"}; emitted: [].',
      'The run took 20 ms of its own time, more than 10 ms.',
      '.calls | length answers 2 in place of true.',
      expect.stringMatching(/^\.nonsense \|: /),
    ]);
  });

  it('names what came nearest when the cassette does not have a call', async () => {
    expect(await problemsOf({ input: { email: 'bob@example.com' } })).toEqual([
      'The call of crm.contact.find over crm (/do/0/find) is not on the cassette with this input. ' +
        'What came nearest differs at /email: "bob@example.com" in place of "person-1@example.com". ' +
        'Record a run that does this, or give an answer under `answers`.',
    ]);
    expect(await problemsOf({ input: { email: 'bob@example.com' } }, { ignore: ['.email'] })).toEqual([]);
  });

  it('answers a write only as often as it was recorded', async () => {
    const twice = { ...DEFINITION, do: [...DEFINITION.do.slice(0, 1), ...['a', 'b'].map(payAs)] };
    cli.write('w.yaml', stringify(twice));
    expect(await problemsOf({}, { workflow: 'w.yaml' })).toEqual([
      'The call of erp.pay over erp (/do/2/b) is a write and was asked 2 times; the cassette has 1.',
    ]);
  });

  it('gives errors, silence and new answers in place of the cassette', async () => {
    const down = { answers: [{ task: 'pay', error: { status: 422, detail: 'No account.' } }] };
    expect(
      await problemsOf({ ...down, expect: { status: 'faulted', error: { detail: 'No account.' } } }),
    ).toEqual([]);
    const silent = { answers: [{ capability: 'crm.contact.find', timeout: true }] };
    expect(await problemsOf({ ...silent, expect: { error: { status: 408 } } })).toEqual([]);
    cli.write(
      'w.yaml',
      stringify({ ...DEFINITION, do: [{ ask: { call: 'model.chat:1@default', with: {} } }] }),
    );
    const chat = { answers: [{ capability: 'model.chat', output: { text: 'hi' }, after: 'PT2S' }] };
    const told = { output: { text: 'hi' }, jq: ['.elapsedMs == 2000'] };
    expect(await problemsOf({ ...chat, expect: told }, { workflow: 'w.yaml' })).toEqual([]);
  });

  it('writes a report in JUnit’s XML', async () => {
    testFile([{ name: 'a & b', expect: { status: 'faulted' } }, { name: 'fine' }]);
    await cli.run(['test', '--junit', 'out.xml']);
    const xml = readFileSync(join(cli.folder, 'out.xml'), 'utf8');
    expect(xml).toContain('<testsuite name="a.test.yaml" tests="2" failures="1">');
    expect(xml).toContain('name="a &amp; b"');
    expect(xml).toContain('<failure message="The run is completed in place of faulted.">');
  });

  it.each([
    ['a file that is not there', ['none.yaml'], 'none.yaml cannot be read (ENOENT)'],
    ['a document that is none', ['bad.yaml'], 'bad.yaml is not as it must be:\n✖ '],
    ['a cassette that is not there', ['lost.yaml'], 'gone.yaml cannot be read (ENOENT)'],
    ['a workflow that is wrong', ['wrong.yaml'], 'w.yaml:2'],
  ])('refuses %s, with the place', async (_, args, message) => {
    cli.write('bad.yaml', 'kind: WorkflowTest\ntests: []\n');
    cli.write('lost.yaml', 'kind: WorkflowTest\ntests: [{ name: a, cassette: gone.yaml }]\n');
    cli.write('w.yaml', 'document: {}\ndo: 7\n');
    cli.write(
      'wrong.yaml',
      'kind: WorkflowTest\nworkflow: w.yaml\ncassette: paid.yaml\ntests: [{ name: a }]\n',
    );
    const result = await cli.run(['test', ...args]);
    expect([result.exitCode, result.err]).toEqual([EXIT.usage, expect.stringContaining(message)]);
  });
});

function payAs(name: string) {
  const { pay } = DEFINITION.do[1] as { pay: object };
  return { [name]: { ...pay, with: { to: 'CON-1', at: '${ $workflow.id }' } } };
}

describe('tutti record', () => {
  const cli = CliHarness.forSuite();
  const path = `GET /v1/runs/${RUN}/cassette`;
  const file = 'cassettes/pay-8700d34ed0aa.cassette.yaml';

  it('writes the cassette and a first test, which passes', async () => {
    cli.replies[path] = { body: cassette() };
    const result = await cli.run(['record', RUN, '--redact', 'name,phone', '--test', 'tests/pay.test.yaml']);
    expect([result.exitCode, result.out]).toEqual([
      EXIT.ok,
      `${file}: 2 calls, 0 reviews, 0 sub-workflows; replaced: 1 email\ntests/pay.test.yaml: tutti test runs it\n`,
    ]);
    expect(cli.seen[0]?.url).toBe(`/v1/runs/${RUN}/cassette?redact=name%2Cphone`);
    expect(parse(readFileSync(join(cli.folder, file), 'utf8'))).toEqual(cassette());
    expect(await cli.run(['test'])).toMatchObject({
      exitCode: EXIT.ok,
      out: expect.stringContaining('1 passed'),
    });
    const again = await cli.run(['record', RUN, '--test', 'tests/pay.test.yaml']);
    expect([again.exitCode, again.err]).toEqual([EXIT.usage, expect.stringContaining('is there already')]);
  });

  it('says when what was replaced leads to another end', async () => {
    cli.replies[path] = { body: cassette({ input: { email: 'person-2@example.com' } }) };
    const result = await cli.run(['record', RUN, '--out', 'other']);
    expect([result.exitCode, result.out]).toEqual([
      EXIT.failed,
      expect.stringContaining('/email: "person-2'),
    ]);
  });

  it('takes the newest runs of a workflow', async () => {
    cli.replies['GET /v1/runs'] = { body: { items: [{ id: RUN }], nextCursor: null } };
    cli.replies[path] = { body: cassette() };
    expect(
      (await cli.run(['record', '--workflow', 'test/pay', '--last', '3', '--out', 'newest'])).exitCode,
    ).toBe(EXIT.ok);
    expect(cli.seen[0]?.url).toBe('/v1/runs?workflow=test%2Fpay&status=completed&limit=3');
    expect(existsSync(join(cli.folder, 'newest'))).toBe(true);
    cli.replies['GET /v1/runs'] = { body: { items: [], nextCursor: null } };
    const none = await cli.run(['record', '--workflow', 'test/pay']);
    expect([none.exitCode, none.err]).toEqual([
      EXIT.failed,
      expect.stringContaining('There is no run of test/pay'),
    ]);
    expect((await cli.run(['record'])).exitCode).toBe(EXIT.usage);
  });
});
