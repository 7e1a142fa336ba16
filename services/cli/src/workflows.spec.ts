import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const VERSION = {
  id: 'v1',
  number: 1,
  version: '1.0.0',
  contentHash: 'abcdef0123456789',
  note: 'first',
  createdAt: '2026-01-02T03:04:05.000000Z',
  createdBy: 'ann',
  current: false,
  runsUnderWay: 3,
  canaryPercent: null,
};

describe('tutti workflows', () => {
  const cli = CliHarness.forSuite();

  it('shows the versions with their notes and runs under way', async () => {
    cli.replies = {
      'GET /v1/workflows/a/b/versions': {
        body: { items: [{ ...VERSION, number: 2, current: true, note: null }, VERSION], nextCursor: 'x' },
      },
    };
    const { exitCode, out, err } = await cli.run(['workflows', 'versions', 'a/b', '--limit', '2']);
    expect(exitCode).toBe(EXIT.ok);
    expect(cli.seen[0]?.url).toBe('/v1/workflows/a/b/versions?limit=2');
    expect(out.split('\n')[1]).toMatch(/^\* {2}2 {2}1\.0\.0 {4}abcdef012345 /);
    expect(out.split('\n')[2]).toMatch(/ann +3 {2}first$/);
    expect(err).toContain('--cursor x');
  });

  it('publishes a version with a note, and says when it was the current one', async () => {
    const path = 'POST /v1/workflows/a/b/versions/1/publish';
    cli.replies = {
      [path]: { body: { change: 'published', version: { ...VERSION, current: true }, findings: [] } },
    };
    const first = await cli.run(['workflows', 'publish', 'a/b', '1', '--note', 'two is wrong']);
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({ note: 'two is wrong' });
    expect(first.out).toContain('a/b #1 (abcdef012345) is the current version; runs under way stay');
    cli.replies = {
      [path]: { body: { change: 'unchanged', version: { ...VERSION, current: true }, findings: [] } },
    };
    const second = await cli.run(['workflows', 'publish', 'a/b', '1']);
    expect(second.out).toContain('is the current version already');
  });

  it('publishes for a share of the runs, says what lint finds, and forces', async () => {
    const path = 'POST /v1/workflows/a/b/versions/1/publish';
    const findings = [{ severity: 'warning', code: 'no-timeout', message: 'The call has no timeout' }];
    cli.replies = { [path]: { body: { change: 'canary', version: VERSION, findings } } };
    const { out } = await cli.run(['workflow', 'publish', 'a/b', '1', '--percent', '10', '--force']);
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({ percent: 10, force: true });
    expect(out).toContain('a/b #1: warning no-timeout: The call has no timeout\n');
    expect(out).toContain('takes 10 % of the new runs');
    expect(
      (await cli.run(['workflow', 'publish', 'a/b', '1', '--percent', '10', '--dry-run'])).out,
    ).toContain('would take 10 % of the new runs');
  });

  it('shows a canary beside the current version, and stops it', async () => {
    const figures = {
      version: { ...VERSION, number: 2, current: true },
      runs: 90,
      ended: 80,
      faulted: 4,
      faultedShare: 0.05,
      p50Ms: 1200,
      p95Ms: 3400,
      costMicros: 2_000_000,
      currency: 'EUR',
    };
    const none = { ended: 0, faulted: 0, faultedShare: null, p50Ms: null, p95Ms: null, costMicros: 0 };
    const canary = { ...figures, ...none, runs: 10, version: { ...VERSION, canaryPercent: 10 } };
    const since = '2026-01-02T03:04:05.000000Z';
    const path = '/v1/workflows/a/b/canary';
    cli.replies = {
      [`GET ${path}`]: { body: { canary: { percent: 10, since, by: 'ann', current: figures, canary } } },
      [`DELETE ${path}`]: { body: { canary: null } },
    };
    const { out } = await cli.run(['workflows', 'canary', 'a/b']);
    expect(out).toMatch(/current +2 +90 +80 +4 \(5\.0 %\)/);
    expect(out).toMatch(/canary +1 +10 +0 +-/);
    expect(out).toContain('#1 takes 10 % of the new runs since 2026-01-02T03:04:05Z');
    expect((await cli.run(['workflows', 'canary', 'a/b', '--stop'])).out).toContain('on the current version');
    cli.replies = { [`GET ${path}`]: { body: { canary: null } } };
    expect((await cli.run(['workflows', 'canary', 'a/b'])).out).toContain('has no canary');
  });

  it('disables with a reason, which it wants, and enables', async () => {
    cli.replies = {
      'POST /v1/workflows/a/b/disable': { body: { recent: { active: 4 } } },
      'POST /v1/workflows/a/b/enable': { body: {} },
    };
    expect((await cli.run(['workflows', 'disable', 'a/b'])).exitCode).toBe(EXIT.usage);
    const { out } = await cli.run(['workflows', 'disable', 'a/b', '--reason', 'it double-pays']);
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({ reason: 'it double-pays' });
    expect(out).toContain('4 under way go on');
    expect((await cli.run(['workflows', 'enable', 'a/b'])).out).toBe('a/b is enabled\n');
    expect((await cli.run(['workflow', 'disable', 'a/b'])).exitCode).toBe(EXIT.usage);
    expect((await cli.run(['workflow', 'enable', 'a/b'])).out).toBe('a/b is enabled\n');
  });

  const PREVIEW = {
    namespace: 'a',
    name: 'b',
    version: '1.1.0',
    contentHash: 'ff',
    change: 'updated',
    findings: [],
    current: { ...VERSION, current: true },
    known: null,
    enabled: true,
    tasks: [
      { change: 'added', pointer: '/do/1/pay', name: 'pay', keywords: [] },
      { change: 'changed', pointer: '/do/0/first', name: 'first', keywords: ['set'] },
    ],
    sections: [{ change: 'removed', pointer: '/timeout' }],
    input: [{ pointer: '/note', detail: 'is required now', certain: true }],
    capabilities: { added: [{ name: 'erp.pay', offered: false }], removed: [] },
    triggers: [{ name: 'orders', kind: 'kafka', enabled: true }],
    breaks: [{ code: 'input-stricter', message: 'The input schema refuses what it took before.' }],
  };
  const WORKFLOW = `document: { dsl: '1.0.3', namespace: a, name: b, version: '1.1.0' }\ndo:\n  - x: { set: { y: 2 } }\n`;

  it('shows what an apply would change and break, with the difference of the texts', async () => {
    cli.replies = {
      'POST /v1/workflows/preview': { body: PREVIEW },
      'GET /v1/workflows/a/b': { body: { source: WORKFLOW.replace('y: 2', 'y: 1') } },
    };
    const { exitCode, out } = await cli.run(['workflows', 'diff', cli.write('w.yaml', WORKFLOW)]);
    expect(exitCode).toBe(EXIT.failed);
    expect(cli.seen.map(({ method, body }) => [method, body])).toEqual([
      ['POST', WORKFLOW],
      ['GET', ''],
    ]);
    expect(out.split('\n')).toEqual([
      'a/b: would be updated, from #1',
      '  + task /do/1/pay',
      '  ~ task /do/0/first (set)',
      '  - /timeout',
      '  ! input /note is required now',
      '  + capability erp.pay (nobody offers it)',
      '  runs under way: 3, which stay on #1',
      '  trigger orders (kafka)',
      '  BREAKS input-stricter: The input schema refuses what it took before.',
      '',
      ` ${WORKFLOW.split('\n')[0]}`,
      ' do:',
      '-  - x: { set: { y: 1 } }',
      '+  - x: { set: { y: 2 } }',
      '',
    ]);
  });

  it('previews workflows in a dry run of apply, and applies nothing', async () => {
    cli.replies = { 'POST /v1/workflows/preview': { body: { ...PREVIEW, breaks: [] } } };
    const { exitCode, out } = await cli.run(['apply', '-f', cli.write('w.yaml', WORKFLOW), '--dry-run']);
    expect([exitCode, cli.seen.map(({ method }) => method)]).toEqual([EXIT.ok, ['POST']]);
    expect(out).toContain('w.yaml: a/b: would be updated, from #1\n  + task /do/1/pay\n');
  });

  it('retries many runs by a filter, and says which could not be', async () => {
    const answer = { dryRun: false, matched: 2, more: true, sample: [] };
    const body = {
      ...answer,
      retried: [{ id: 'r1', retriedBy: 'r9' }],
      refused: [{ id: 'r2', reason: 'no' }],
    };
    cli.replies = { 'POST /v1/runs/retry': { body } };
    const { exitCode, out } = await cli.run([
      'runs',
      'retry',
      '--workflow',
      'a/b',
      '--error-type',
      'timeout',
    ]);
    const sent = { limit: 100, workflow: 'a/b', errorType: 'timeout', dryRun: false };
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual(sent);
    expect(exitCode).toBe(EXIT.failed);
    expect(out.split('\n')).toEqual([
      'r1 goes on as r9',
      'r2 not: no',
      '1 retried, 1 not',
      'There are more: repeat the command for them.',
      '',
    ]);
  });

  it('still lists, with and without the word', async () => {
    cli.replies = { 'GET /v1/workflows': { body: { items: [], nextCursor: null } } };
    for (const args of [
      ['workflows', '--q', 'x'],
      ['workflows', 'list', '--q', 'x'],
    ])
      expect((await cli.run(args)).out).toContain('There are no workflows');
    expect(cli.seen.map(({ url }) => url)).toEqual(['/v1/workflows?q=x', '/v1/workflows?q=x']);
  });
});
