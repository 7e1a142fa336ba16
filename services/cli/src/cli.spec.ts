import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const WORKFLOW = `document: { dsl: '1.0.3', namespace: a, name: b, version: '1.0.0' }\ndo:\n  - only:\n      set: { x: 1 }\n`;
const POLICY = 'apiVersion: tutti/v1\nkind: RoutingPolicy\nmetadata: { name: p }\n';
const problem = (code: string, status: number, more: object = {}) => ({
  status,
  body: {
    type: `https://tutti.dev/problems/${code}`,
    title: `Title of ${code}`,
    status,
    detail: 'What to do.',
    ...more,
  },
});

describe('tutti', () => {
  const cli = CliHarness.forSuite();

  describe('run', () => {
    it('sends the input, the key and the time to wait, and prints the output', async () => {
      cli.replies['POST /v1/workflows/a/b/runs'] = {
        body: { id: 'r1', status: 'completed', output: { sum: 3 } },
      };
      const result = await cli.run([
        'run',
        'a/b',
        '--input',
        '{"n":1}',
        '--wait',
        '10',
        '--idempotency-key',
        'k',
      ]);
      expect(result).toEqual({ exitCode: EXIT.ok, err: '', out: 'r1  completed\n{\n  "sum": 3\n}\n' });
      expect(cli.seen[0]).toMatchObject({
        body: '{"n":1}',
        headers: { authorization: 'Bearer secret', prefer: 'wait=10', 'idempotency-key': 'k' },
      });
    });

    it('shows what the calls of a run write, and how it ended', async () => {
      const part = { callId: 'c1', attempt: 1, task: '/do/0/ask', text: 'Once upon', dropped: 0 };
      cli.replies['GET /v1/runs/r1/partial-outputs'] = { body: { items: [part] } };
      cli.replies['GET /v1/runs/r1'] = { body: { id: 'r1', status: 'completed' } };
      expect((await cli.run(['runs', 'watch', 'r1'])).out).toBe(
        '/do/0/ask, attempt 1\nOnce upon\nr1 completed. Its output: npx tutti show r1\n',
      );
      expect((await cli.run(['runs', 'watch', 'r1', '--json'])).out).toContain(JSON.stringify(part));
    });

    it('reads the input from a file or standard input, and uploads files into it', async () => {
      cli.replies['POST /v1/workflows/a/b/runs'] = { status: 202, body: { id: 'r1', status: 'running' } };
      cli.replies['POST /v1/artifacts'] = {
        status: 201,
        body: { $artifact: 'id', mediaType: 'application/pdf', bytes: 4 },
      };
      cli.write('in.json', '{"n":2}');
      cli.write('bill.pdf', '%PDF');
      expect(
        (await cli.run(['run', 'a/b', '--input', '@in.json', '--file', 'document=bill.pdf'])).out,
      ).toContain('npx tutti show r1');
      expect(cli.seen[0]).toMatchObject({
        url: '/v1/artifacts?name=bill.pdf',
        body: '%PDF',
        headers: { 'content-type': 'application/pdf' },
      });
      expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({
        n: 2,
        document: { $artifact: 'id', mediaType: 'application/pdf', bytes: 4 },
      });
      await cli.run(['run', 'a/b', '--input', '-'], { stdin: '[1]' });
      expect(cli.seen[2]?.body).toBe('[1]');
    });

    it('ends with 4 for a run that faulted, and with 1 and each wrong place for one refused', async () => {
      cli.replies['POST /v1/workflows/a/b/runs'] = {
        body: {
          id: 'r1',
          status: 'faulted',
          error: { type: 't', title: 'Timeout', status: 408, detail: 'too late', instance: '/do/0' },
        },
      };
      const faulted = await cli.run(['run', 'a/b', '--wait', '1']);
      expect([faulted.exitCode, faulted.out]).toEqual([
        EXIT.runFailed,
        'r1  faulted\nTimeout: too late (at /do/0)\nTry again from there: npx tutti retry r1\n',
      ]);
      cli.replies['POST /v1/workflows/a/b/runs'] = problem('invalid-input', 422, {
        errors: [{ pointer: '/n', detail: 'must be number' }],
      });
      const refused = await cli.run(['run', 'a/b']);
      expect([refused.exitCode, refused.err]).toEqual([
        EXIT.failed,
        'Title of invalid-input (422)\n  What to do.\n  - /n: must be number\n',
      ]);
    });

    it('calls what is wrong on the command line by its name, and sends nothing', async () => {
      for (const args of [
        ['run', 'nonsense'],
        ['run', 'a/b', '--input', '{'],
        ['run', 'a/b', '--input', '@no-such-file'],
        ['run', 'a/b', '--wait', 'long'],
        ['run', 'a/b', '--file', 'x'],
        ['run', 'a/b', '--input', '[]', '--file', 'a=in.json'],
        ['run'],
        ['no-such-command'],
        ['runs', '--no-such-option'],
      ]) {
        const result = await cli.run(args);
        expect([args, result.exitCode]).toEqual([args, EXIT.usage]);
        expect(result.err).not.toBe('');
      }
      expect(cli.seen).toEqual([]);
    });
  });

  describe('apply', () => {
    it('applies a folder: connections that are missing, then policies, then workflows', async () => {
      mkdirSync(join(cli.folder, 'defs', 'deep'), { recursive: true });
      writeFileSync(join(cli.folder, 'defs', 'a-workflow.yaml'), WORKFLOW);
      writeFileSync(join(cli.folder, 'defs', 'deep', 'policy.yml'), POLICY);
      writeFileSync(
        join(cli.folder, 'defs', 'connections.yaml'),
        '- { name: there, plugin: x }\n- { name: missing, plugin: y, settings: { a: 1 }, limits: { concurrency: 4 } }\n',
      );
      writeFileSync(join(cli.folder, 'defs', 'data.json'), '{"rows":[]}');
      cli.replies = {
        'GET /v1/connections/there': { body: { name: 'there' } },
        'PUT /v1/connections/missing': { body: {} },
        'PUT /v1/policies': {
          body: { kind: 'RoutingPolicy', name: 'p', version: '1', change: 'created', findings: [] },
        },
        'PUT /v1/workflows': {
          body: {
            kind: 'Workflow',
            namespace: 'a',
            name: 'b',
            version: '1.0.0',
            change: 'updated',
            findings: [
              { severity: 'warning', code: 'w', message: 'odd', line: 3, column: 5, fix: 'mend it' },
            ],
          },
        },
      };
      const result = await cli.run(['apply', '-f', 'defs']);
      expect(result).toEqual({
        exitCode: EXIT.ok,
        err: '',
        out: [
          'defs/connections.yaml: Connection there x unchanged',
          'defs/connections.yaml: Connection missing y created',
          'defs/deep/policy.yml: RoutingPolicy p 1 created',
          'defs/a-workflow.yaml: Workflow a/b 1.0.0 updated',
          'defs/a-workflow.yaml:3:5: warning w: odd Fix: mend it',
          '',
        ].join('\n'),
      });
      expect(cli.seen.filter(({ method }) => method === 'PUT').map(({ url, body }) => [url, body])).toEqual([
        [
          '/v1/connections/missing',
          '{"plugin":"y","settings":{"a":1},"enabled":true,"limits":{"concurrency":4}}',
        ],
        ['/v1/policies', POLICY],
        ['/v1/workflows', WORKFLOW],
      ]);
    });

    it('plans, goes on behind a refused document, and ends with 1', async () => {
      cli.write('one.yaml', WORKFLOW);
      cli.write('two.yaml', POLICY);
      cli.replies = {
        'PUT /v1/policies': problem('invalid-policy', 422, {
          errors: [{ line: 2, pointer: '/spec', detail: 'is missing' }],
        }),
        'PUT /v1/workflows': {
          body: {
            kind: 'Workflow',
            namespace: 'a',
            name: 'b',
            version: '1.0.0',
            change: 'created',
            findings: [],
          },
        },
      };
      const result = await cli.run(['apply', '--plan', '-f', 'one.yaml', '-f', 'two.yaml']);
      expect(result.exitCode).toBe(EXIT.failed);
      expect(result.out).toContain(
        'two.yaml: Title of invalid-policy (422)\n  What to do.\n  - line 2 /spec: is missing\n',
      );
      expect(result.out).toContain('one.yaml: Workflow a/b 1.0.0 would be created\n');
      expect(cli.seen.map(({ url }) => url)).toEqual(['/v1/policies?plan=true', '/v1/workflows?plan=true']);
    });

    it('applies each document of a file with several, and says which one was refused', async () => {
      const second = POLICY.replace('name: p', 'name: q');
      cli.write('all.yaml', `# Policies.\n---\n${POLICY}---\n${second}`);
      cli.replies = { 'PUT /v1/policies': problem('invalid-policy', 422, { errors: [] }) };
      const result = await cli.run(['apply', '-f', 'all.yaml']);
      expect(cli.seen.map(({ body }) => body)).toEqual([POLICY, second]);
      expect(result.out).toContain('all.yaml (document 2): Title of invalid-policy');
    });

    it('refuses a named file that is no definition', async () => {
      cli.write('data.json', '{}');
      expect((await cli.run(['apply', '-f', 'data.json'])).exitCode).toBe(EXIT.usage);
    });
  });

  it('takes a routing policy back to a version, and withdraws it', async () => {
    cli.replies = {
      'POST /v1/policies/p/versions/2/restore': { body: { version: '4', change: 'updated' } },
      'DELETE /v1/policies/p': { status: 204 },
    };
    const restored = await cli.run(['policies', 'restore', 'p', '2']);
    expect(restored.out).toBe('Version 2 of p serves again, as version 4.\n');
    expect((await cli.run(['policies', 'withdraw', 'p'])).out).toContain('p was withdrawn');
    expect((await cli.run(['policies', 'restore', 'p', 'x'])).exitCode).toBe(EXIT.usage);
  });

  describe('lint', () => {
    it('needs no hub, and tells line and column', async () => {
      cli.write('good.yaml', WORKFLOW);
      cli.write('bad.yaml', WORKFLOW.replace('set: { x: 1 }', 'cal: http'));
      expect(await cli.run(['lint', 'good.yaml'], { env: { TUTTI_TOKEN: '' } })).toEqual({
        exitCode: EXIT.ok,
        err: '',
        out:
          'good.yaml: no findings\nNot looked at without a hub: capabilities and their effects, connections, ' +
          'functions of catalogs and by address, ' +
          'the timeouts and fallbacks of routing policies (tutti lint --hub does).\n',
      });
      const bad = await cli.run(['lint', '--schema-only', 'bad.yaml']);
      expect([bad.exitCode, bad.out]).toEqual([
        EXIT.failed,
        expect.stringMatching(/^bad\.yaml:\d+:\d+: error /),
      ]);
    });
  });

  describe('review', () => {
    const review = {
      id: 'v1',
      runId: 'r1',
      title: 'Check',
      because: 'unsure',
      status: 'open',
      token: 'tok',
      data: { supplier: { iban: 'DE1' }, lines: [{ n: 1 }] },
      openedAt: '2026-01-01T00:00:00Z',
    };

    it('approves with edits, which keep the type of the field', async () => {
      cli.replies = {
        'GET /v1/reviews/v1': { body: review },
        'POST /v1/reviews/v1/decision': { body: { ...review, status: 'approved' } },
      };
      const result = await cli.run([
        'review',
        'approve',
        'v1',
        '--set',
        'supplier.iban=0815',
        '--set',
        '/lines/0/n=2',
        '--comment',
        'typo',
      ]);
      expect([result.exitCode, result.out]).toEqual([
        EXIT.ok,
        'v1 is approved. The run goes on: npx tutti show r1\n',
      ]);
      expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({
        decision: 'approve',
        token: 'tok',
        comment: 'typo',
        data: { supplier: { iban: '0815' }, lines: [{ n: 2 }] },
      });
    });

    it('rejects without sending data, and says when somebody was quicker', async () => {
      cli.replies = {
        'GET /v1/reviews/v1': { body: { ...review, token: null } },
        'POST /v1/reviews/v1/decision': problem('already-decided', 409),
      };
      const result = await cli.run(['review', 'reject', 'v1']);
      expect([result.exitCode, result.err]).toEqual([
        EXIT.failed,
        'Title of already-decided (409)\n  What to do.\n',
      ]);
      expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({ decision: 'reject', token: '' });
    });
  });

  it('sends an event to one run, and says when the run has ended', async () => {
    const taken = { id: 'e1', source: '/v1/runs/r1', type: 'approved', repeated: false };
    cli.replies = { 'POST /v1/runs/r1/events': { status: 202, body: taken } };
    const sent = await cli.run(['runs', 'signal', 'r1', '--type', 'approved', '--data', '{"by":"ann"}']);
    expect([sent.exitCode, sent.err]).toEqual([EXIT.ok, '']);
    expect(sent.out).toContain('r1 has the event e1.');
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({ type: 'approved', data: { by: 'ann' } });
    cli.replies = { 'POST /v1/runs/r1/events': problem('conflict', 409) };
    const refused = await cli.run(['runs', 'signal', 'r1', '--type', 'approved']);
    expect([refused.exitCode, refused.err]).toEqual([
      EXIT.failed,
      'Title of conflict (409)\n  What to do.\n',
    ]);
  });

  it('ends with 0 for help and lists every command', async () => {
    const help = await cli.run(['--help']);
    expect(help.exitCode).toBe(EXIT.ok);
    for (const name of [
      'up',
      'apply',
      'lint',
      'run',
      'runs',
      'show',
      'cancel',
      'retry',
      'review',
      'plugins',
      'connections',
      'policies',
      'inventory',
      'traces',
      'sign-in',
      'doctor',
      'jq',
    ]) {
      expect(help.out).toMatch(new RegExp(`^  ${name} `, 'm'));
    }
  });
});
