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

  describe('under a master key', () => {
    const rotation = {
      id: '019a0000-0000-7000-8000-000000000001',
      keyId: 'new1',
      state: 'waiting',
      detail: 'Waits for process 7 on a to have the master key new1.',
      total: 0,
      moved: 0,
      unreadable: [] as string[],
      startedBy: 'ann',
      startedAt: '2026-11-23T01:00:00Z',
      endedAt: null as string | null,
    };
    const done = {
      ...rotation,
      state: 'done',
      detail: 'The one before it can go.',
      total: 3,
      moved: 3,
      endedAt: '2026-11-23T01:00:02Z',
    };
    const keys = (now: object | null) => ({
      body: {
        keys: [{ id: 'old1', state: 'active', since: '2026-11-22T01:00:00Z' }],
        processes: [{ host: 'a', pid: 7, keys: ['old1'], sealing: 'old1' }],
        uses: [{ what: 'secrets', keyId: 'old1', count: 3 }],
        rotation: now,
      },
    });

    it('says which keys there are, who has them, and what is under which', async () => {
      cli.replies['GET /v1/master-keys'] = keys(null);
      const { out } = await cli.run(['secrets', 'status']);
      for (const text of ['old1  ', '7 on a', 'secrets  old1', 'No rotation']) expect(out).toContain(text);
    });

    it('waits for the end of a rotation, and says what it waits for', async () => {
      cli.replies['POST /v1/master-keys/rotation'] = { status: 202, body: rotation };
      cli.replies['GET /v1/master-keys'] = keys(done);
      const ended = await cli.run(['secrets', 'rotate']);
      expect(ended).toMatchObject({ exitCode: EXIT.ok, out: expect.stringContaining('done, after 2.0 s') });
      const begun = await cli.run(['secrets', 'rotate', '--no-wait']);
      expect(begun.out).toContain('Waits for process 7 on a');
      cli.replies['GET /v1/master-keys'] = keys({ ...done, unreadable: ['secret "x"'] });
      const { exitCode, out } = await cli.run(['secrets', 'rotate']);
      expect([exitCode, out]).toEqual([EXIT.failed, expect.stringContaining('no key opens  secret "x"')]);
    });
  });
});
