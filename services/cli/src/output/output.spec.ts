import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { EXIT } from '../session/io.js';
import { CliHarness } from '../testing/cli-harness.js';

describe('the output of tutti', () => {
  const cli = CliHarness.forSuite();

  describe('output', () => {
    const page = {
      items: [
        {
          id: 'r1',
          workflow: { namespace: 'a', name: 'b\u001b[31m', version: '1' },
          status: 'completed',
          trigger: 'api',
          startedAt: '2026-01-02T03:04:05.678901Z',
          durationMs: 61_000,
          costMicros: 1_500,
          currency: 'EUR',
        },
      ],
      nextCursor: 'next',
    };

    it('is a table for people, cut only in a terminal, and never moves its cursor', async () => {
      cli.replies['GET /v1/runs'] = { body: page };
      const result = await cli.run(['runs', '--status', 'completed', '--limit', '1']);
      expect(cli.seen[0]?.url).toBe('/v1/runs?status=completed&limit=1');
      expect(result.out).toBe(
        'RUN  STATUS     STARTED                    TIME        COST  WORKFLOW\n' +
          'r1   completed  2026-01-02 03:04:05Z  1 min 1 s  0.0015 EUR  a/b [31m 1\n',
      );
      expect(result.err).toBe('There is more: add --cursor next\n');
      const narrow = await cli.run(['runs'], { columns: 20 });
      expect(narrow.out.split('\n').every((line) => line.length <= 20)).toBe(true);
    });

    it("is the API's own JSON with --json", async () => {
      cli.replies['GET /v1/runs'] = { body: page };
      const result = await cli.run(['runs', '--json']);
      expect(JSON.parse(result.out)).toEqual(page);
      expect(result.err).toBe('');
    });

    it('says what to do when a list is empty', async () => {
      cli.replies['GET /v1/runs'] = { body: { items: [], nextCursor: null } };
      expect((await cli.run(['runs'])).out).toContain('npx tutti run NAMESPACE/NAME');
    });
  });

  describe('the hub and its token', () => {
    it('are found in the data folder', async () => {
      mkdirSync(join(cli.folder, 'data'), { recursive: true });
      writeFileSync(
        join(cli.folder, 'data', 'hub.json'),
        JSON.stringify({ pid: 1, version: '0', urls: { api: cli.url } }),
      );
      writeFileSync(join(cli.folder, 'data', 'admin-token'), 'from-the-file\n');
      cli.replies['GET /v1/me'] = { body: { subject: 'admin', workspaceId: 'default', kind: 'admin' } };
      const result = await cli.run(['me', '--data-dir', 'data'], {
        env: { TUTTI_API_URL: '', TUTTI_TOKEN: '' },
      });
      expect(result.out).toBe('subject    admin\nworkspace  default\nkind       admin\n');
      expect(cli.seen[0]?.headers.authorization).toBe('Bearer from-the-file');
    });

    it('are asked for when they are not there', async () => {
      const noToken = await cli.run(['me', '--data-dir', 'nowhere'], { env: { TUTTI_TOKEN: '' } });
      expect([noToken.exitCode, noToken.err]).toEqual([EXIT.failed, expect.stringContaining('TUTTI_TOKEN')]);
      const noHub = await cli.run(['me'], { env: { TUTTI_API_URL: 'http://127.0.0.1:1' } });
      expect([noHub.exitCode, noHub.err]).toEqual([
        EXIT.unreachable,
        expect.stringContaining('npx tutti up'),
      ]);
      expect((await cli.run(['me'], { env: { TUTTI_API_URL: 'nonsense' } })).exitCode).toBe(EXIT.usage);
    });

    it.each([
      [true, 'do not reach them'],
      [false, 'reach them; --block-private-addresses'],
    ])('say to the doctor whether private addresses are blocked: %s', async (blocked, said) => {
      const hub = { pid: process.pid, version: '1', urls: { api: cli.url }, blockPrivateAddresses: blocked };
      mkdirSync(join(cli.folder, 'data'), { recursive: true });
      writeFileSync(join(cli.folder, 'data', 'hub.json'), JSON.stringify(hub));
      const { out } = await cli.run(['doctor', '--json', '--data-dir', 'data']);
      expect(JSON.parse(out)).toContainEqual({
        name: 'Private addresses',
        state: 'ok',
        detail: expect.stringContaining(said),
      });
    });

    it('are looked over by the doctor', async () => {
      cli.replies = {
        'GET /readyz': { body: { status: 'ok' } },
        'GET /v1/me': { body: { subject: 'admin' } },
        'GET /v1/plugins': {
          body: {
            items: [
              { name: 'x', state: 'failed', error: 'broken', guards: null },
              {
                name: 'y',
                state: 'loaded',
                guards: [{ name: 'network', held: false, detail: 'No unshare.' }],
              },
            ],
            nextCursor: null,
          },
        },
        'GET /v1/connections': { body: { items: [], nextCursor: null } },
      };
      const result = await cli.run(['doctor', '--json', '--data-dir', 'empty']);
      expect(result.exitCode).toBe(EXIT.failed);
      expect(JSON.parse(result.out)).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ name: 'API', state: 'ok' }),
          { name: 'Plugins', state: 'failed', detail: 'x: broken' },
          expect.objectContaining({ name: 'Isolation: network', state: 'warning', detail: 'No unshare.' }),
        ]),
      );
    });
  });

  describe('jq', () => {
    it('runs a program on a file or standard input', async () => {
      cli.write('data.json', '{"a":[1,2]}');
      expect((await cli.run(['jq', '-c', '.a | map(. * 2)', 'data.json'])).out).toBe('[2,4]\n');
      expect((await cli.run(['jq', '-r', '.b'], { stdin: '{"b":"text"}' })).out).toBe('text\n');
      expect((await cli.run(['jq', '-n', '1, 2'])).out).toBe('1\n2\n');
    });

    it('tells a program that does not parse from one that fails', async () => {
      expect(await cli.run(['jq', '-n', '.['])).toMatchObject({ exitCode: EXIT.usage });
      expect(await cli.run(['jq', '-n', 'error("no")'])).toMatchObject({
        exitCode: EXIT.failed,
        err: expect.stringContaining('no'),
      });
      expect(await cli.run(['jq', '.'], { stdin: '{' })).toMatchObject({ exitCode: EXIT.usage });
    });
  });
});
