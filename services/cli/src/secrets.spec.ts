import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const ITEM = {
  name: 'crm',
  createdAt: '2026-01-02T03:04:05.000000Z',
  updatedAt: '2026-01-02T03:04:05.000000Z',
  updatedBy: 'ann',
};

describe('tutti secrets', () => {
  const cli = CliHarness.forSuite();

  it('sets one from standard input, without the line break at its end, and prints no value', async () => {
    cli.replies['PUT /v1/secrets/crm'] = { body: ITEM };
    const result = await cli.run(['secrets', 'set', 'crm'], { stdin: 'canary \n' });
    expect(result).toEqual({ exitCode: EXIT.ok, err: '', out: 'crm is set\n' });
    expect(JSON.parse(cli.seen.at(-1)?.body ?? '')).toEqual({ value: 'canary ' });
    await cli.run(['secrets', 'set', 'crm', '--object'], { stdin: '{"username":"ann"}' });
    expect(JSON.parse(cli.seen.at(-1)?.body ?? '')).toEqual({ value: { username: 'ann' } });
  });

  it.each([
    [[], ''],
    [['--object'], 'canary'],
    [['--object'], '["canary"]'],
  ])('refuses what is no secret: %j %j', async (flags, stdin) => {
    const before = cli.seen.length;
    const { exitCode, err } = await cli.run(['secrets', 'set', 'crm', ...flags], { stdin });
    expect(exitCode).toBe(EXIT.usage);
    expect(err).toContain('standard input');
    expect(err).not.toContain('canary');
    expect(cli.seen).toHaveLength(before);
  });

  it('lists and removes them', async () => {
    cli.replies['GET /v1/secrets'] = { body: { items: [ITEM], nextCursor: null } };
    cli.replies['DELETE /v1/secrets/crm'] = { status: 204 };
    expect((await cli.run(['secrets'])).out).toMatch(/^SECRET +CHANGED +BY +CREATED\ncrm +.* +ann +/);
    expect((await cli.run(['secrets', 'remove', 'crm'])).out).toBe('crm is removed\n');
    expect(cli.seen.at(-1)).toMatchObject({ method: 'DELETE', url: '/v1/secrets/crm' });
  });
});
