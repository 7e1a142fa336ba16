import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

describe('tutti workflows migrate', () => {
  const cli = CliHarness.forSuite();
  const PATH = 'POST /v1/workflows/a/b/migrate';
  const answer = {
    dryRun: true,
    to: { number: 3 },
    matched: 2,
    can: 1,
    cannot: 1,
    asked: 0,
    items: [
      { id: 'r1', number: 1, can: true, reasons: [] },
      { id: 'r2', number: 2, can: false, reasons: ['/do/0/w is active, and not in the new version'] },
    ],
    nextCursor: null,
  };

  it('says which can and why the others cannot', async () => {
    cli.replies = { [PATH]: { body: answer } };
    const { exitCode, out } = await cli.run([
      'workflows',
      'migrate',
      'a/b',
      '3',
      '--dry-run',
      '--from',
      '1',
      '--run',
      'r1',
      '--run',
      'r2',
    ]);
    expect(exitCode).toBe(EXIT.failed);
    expect(JSON.parse(cli.seen[0]?.body ?? '')).toEqual({
      to: '3',
      limit: 200,
      dryRun: true,
      from: '1',
      runs: ['r1', 'r2'],
    });
    expect(out).toBe(
      'r2 stays on #2: /do/0/w is active, and not in the new version\n' +
        '1 runs can go on with a/b #3, 1 cannot\n',
    );
  });

  it('asks those that can', async () => {
    const asked = { ...answer, dryRun: false, cannot: 0, asked: 1, items: [] };
    cli.replies = { [PATH]: { body: asked } };
    const { exitCode, out } = await cli.run(['workflows', 'migrate', 'a/b', '3']);
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toContain('1 runs are asked to go on with a/b #3');
  });
});
