import { existsSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

const payload = (text: string, encoding = 'json') => ({
  encoding,
  text,
  bytes: text.length,
  truncated: false,
});
const LETTER = {
  id: 'l1',
  topic: 'tutti.run-inbox.v1',
  partition: 3,
  offset: '42',
  key: 'r1',
  reason: 'refused',
  detail: 'No such\u001b[31m run',
  status: 'open',
  bytes: 9,
  edited: false,
  redrives: 1,
  trigger: null,
  createdAt: '2026-01-02T03:04:05.000001Z',
  resolvedAt: null,
  resolvedBy: null,
  headers: { traceparent: '00-1' },
  payload: payload('{"kind":"run.due","runId":"r1"}'),
  editedPayload: null,
  run: null,
  problem: null,
};
const BATCH = {
  plan: false,
  matched: 1,
  done: 1,
  refused: [] as { id: string; detail: string }[],
  skipped: 0,
  groups: [{ topic: 't', reason: 'refused', count: 1 }],
  nextCursor: null as string | null,
};

describe('tutti dead-letters', () => {
  const cli = CliHarness.forSuite();
  const sent = (at: number): unknown => JSON.parse(cli.seen[at]?.body ?? '');

  it('lists the open ones, filtered, and says when there is none', async () => {
    cli.replies['GET /v1/dead-letters'] = { body: { items: [LETTER], nextCursor: null } };
    const { out } = await cli.run(['dead-letters', 'list', '--topic', 't', '--reason', 'refused']);
    expect(cli.seen[0]?.url).toBe('/v1/dead-letters?topic=t&reason=refused&status=open');
    expect(out).toContain(
      'l1      open    2026-01-02 03:04:05Z  tutti.run-inbox.v1   3/42     1  refused  No such [31m run',
    );
    cli.replies['GET /v1/dead-letters'] = { body: { items: [], nextCursor: null } };
    expect((await cli.run(['dead-letters'])).out).toMatch(/every message could be handled/);
  });

  it('shows a letter with its payload, and nothing that moves the cursor', async () => {
    cli.replies['GET /v1/dead-letters/l1'] = {
      body: { ...LETTER, payload: payload('a\u001b[2Jb\n', 'text'), problem: 'It is not JSON.' },
    };
    const { out } = await cli.run(['dead-letters', 'show', 'l1']);
    expect(out).toContain('redrive     would be refused: It is not JSON.');
    expect(out).toContain('header      traceparent: 00-1');
    expect(out).toContain('payload\na [2Jb\n');
    expect(out).not.toContain('\u001b');
  });

  describe('edit', () => {
    beforeEach(() => {
      cli.replies = {
        'GET /v1/dead-letters/l1': { body: LETTER },
        'PUT /v1/dead-letters/l1/payload': { body: LETTER },
      };
    });

    it('sets fields of what was edited last', async () => {
      cli.replies['GET /v1/dead-letters/l1'] = {
        body: { ...LETTER, editedPayload: payload('{"a":{"b":1},"c":"0"}') },
      };
      const result = await cli.run(['dead-letters', 'edit', 'l1', '--set', 'a.b=2', '--set', '/c=007']);
      expect(result.exitCode).toBe(EXIT.ok);
      expect(sent(1)).toEqual({ text: '{"a":{"b":2},"c":"007"}' });
    });

    it('takes a file as text, and as bytes when it is none', async () => {
      cli.write('new.json', '{"x":1}');
      await cli.run(['dead-letters', 'edit', 'l1', '--file', 'new.json']);
      expect(sent(0)).toEqual({ text: '{"x":1}' });
      await cli.run(['dead-letters', 'edit', 'l1', '--file', '-'], { stdin: '[]' });
      expect(sent(1)).toEqual({ text: '[]' });
    });

    it('opens the editor with indented JSON, and sends what was saved', async () => {
      const EDITOR = `/bin/sed -i 's/"r1"/"r2"/'`;
      expect((await cli.run(['dead-letters', 'edit', 'l1'], { env: { EDITOR } })).exitCode).toBe(EXIT.ok);
      expect(sent(1)).toEqual({ text: '{\n  "kind": "run.due",\n  "runId": "r2"\n}\n' });
    });

    it('changes nothing when nothing was saved, the editor failed or there is none', async () => {
      for (const env of [{ EDITOR: ':' }, { EDITOR: '/bin/false' }, { EDITOR: '', VISUAL: '' }])
        expect((await cli.run(['dead-letters', 'edit', 'l1'], { env })).exitCode).not.toBe(EXIT.ok);
      expect(cli.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
    });

    it('keeps what was typed when the hub refuses it', async () => {
      cli.replies['PUT /v1/dead-letters/l1/payload'] = {
        status: 422,
        body: {
          type: 'https://tutti.dev/problems/invalid-input',
          title: 'Refused',
          status: 422,
          errors: [{ pointer: '/runId', line: 3, column: 3, detail: 'no' }],
        },
      };
      const EDITOR = `/bin/sed -i 's/"r1"/7/'`;
      const { exitCode, err } = await cli.run(['dead-letters', 'edit', 'l1'], { env: { EDITOR } });
      expect([exitCode, err]).toEqual([EXIT.failed, expect.stringContaining('- line 3:3 /runId: no')]);
      const kept = /kept in (.+)/.exec(err)?.[1] ?? '';
      expect(existsSync(kept)).toBe(true);
      rmSync(dirname(kept), { recursive: true });
    });

    it('takes the edit back', async () => {
      cli.replies['DELETE /v1/dead-letters/l1/payload'] = { body: LETTER };
      expect((await cli.run(['dead-letters', 'edit', 'l1', '--restore'])).out).toBe('l1 is as it came.\n');
    });
  });

  describe('redrive and discard', () => {
    it('want ids, a filter or --all, and not several of them', async () => {
      for (const args of [[], ['l1', '--all'], ['l1', '--topic', 't']]) {
        for (const action of ['redrive', 'discard'])
          expect((await cli.run(['dead-letters', action, ...args])).exitCode).toBe(EXIT.usage);
      }
      expect(cli.seen).toEqual([]);
    });

    it('go on until the hub has no further batch, and tell what was left open', async () => {
      const replies = [
        { ...BATCH, matched: 3, done: 2, nextCursor: 'next' },
        { ...BATCH, matched: 1, done: 0, refused: [{ id: 'l9', detail: 'It is not JSON.' }] },
      ];
      Object.defineProperty(cli.replies, 'POST /v1/dead-letters/redrive', {
        get: () => ({ body: replies.shift() }),
      });
      const result = await cli.run(['dead-letters', 'redrive', '--reason', 'refused']);
      expect(cli.seen.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
        { filter: { reason: 'refused' } },
        { filter: { reason: 'refused' }, cursor: 'next' },
      ]);
      expect(result).toEqual({
        exitCode: EXIT.failed,
        err: '',
        out: 't  refused  2\n2 of 3 were redriven.\nl9 is left open: It is not JSON.\n',
      });
    });

    it('plan only, and take ids in bounded batches', async () => {
      cli.replies['POST /v1/dead-letters/discard'] = { body: { ...BATCH, plan: true } };
      const ids = Array.from({ length: 201 }, (_, i) => `l${i}`);
      const { out } = await cli.run(['dead-letters', 'discard', ...ids, '--plan']);
      expect(cli.seen.map(({ url }) => url)).toEqual(Array(2).fill('/v1/dead-letters/discard?plan=true'));
      expect((sent(0) as { ids: string[] }).ids).toHaveLength(200);
      expect(out).toContain('2 of 2 would be discarded.');
      cli.replies['POST /v1/dead-letters/discard'] = { body: { ...BATCH, matched: 0, done: 0 } };
      expect((await cli.run(['dead-letters', 'discard', '--all'])).out).toBe('No open letter matches.\n');
      expect(sent(2)).toEqual({ filter: {} });
    });
  });

  it('reopens', async () => {
    cli.replies['POST /v1/dead-letters/l1/reopen'] = { body: LETTER };
    expect((await cli.run(['dead-letters', 'reopen', 'l1'])).out).toBe('l1 is open\n');
  });

  describe('tutti system', () => {
    const system = {
      at: '2026-01-01T00:00:00Z',
      warnings: [{ code: 'x', severity: 'error', message: 'No orchestrator is alive.', fix: 'Start one.' }],
      instances: [
        {
          id: 'i1',
          role: 'api',
          host: 'a',
          pid: 7,
          version: '1',
          state: 'serving',
          alive: true,
          seenAt: '',
          uptimeSeconds: 61,
          bus: { transport: 'kafka', connected: true, handling: 2, shards: { owned: [1, 2], count: 16 } },
        },
        {
          id: 'i2',
          role: 'collector',
          host: 'b',
          pid: 8,
          alive: false,
          version: '1',
          state: 'serving',
          seenAt: '2026-01-01T00:00:00Z',
          uptimeSeconds: 1,
          bus: null,
        },
      ],
      topics: [{ topic: 'tutti.calls.v1', partitions: 16, group: 'connector-host', lag: 12 }],
      runs: { pending: 1, running: 2, waiting: 3, suspended: 0, queued: 0, oldestQueuedAt: null, overdue: 0 },
      deadLetters: { open: 4, oldestAt: '2026-01-01T00:00:00Z' },
      outbox: { events: 0, oldestAt: null },
      duplicates: { total: 5 },
      database: { bytes: 1048576, version: '18', connections: 3, connectionsMax: 100 },
    };

    it('puts what to do first, shows who is alive, and fails when a part is missing', async () => {
      cli.replies['GET /v1/system'] = { body: system };
      const { exitCode, out } = await cli.run(['system']);
      expect(exitCode).toBe(EXIT.failed);
      expect(out).toMatch(/^✗ No orchestrator is alive\. Start one\.\n\nROLE/);
      expect(out).toMatch(/^api\s+a:7\s+1\s+serving\s+1 min 1 s\s+2 of 16\s+kafka\s+2$/m);
      expect(out).not.toContain('collector');
      expect(out).toMatch(/^tutti\.calls\.v1\s+connector-host\s+16\s+12$/m);
      expect(out).toMatch(/^dead letters\s+4 open, the oldest since 2026-01-01 00:00:00Z$/m);
      expect((await cli.run(['system', '--gone'])).out).toContain('gone since');
    });

    it('is looked over by the doctor', async () => {
      cli.replies = {
        'GET /readyz': { body: { status: 'ok' } },
        'GET /v1/me': { body: { subject: 'admin' } },
        'GET /v1/plugins': { body: { items: [], nextCursor: null } },
        'GET /v1/connections': { body: { items: [], nextCursor: null } },
        'GET /v1/system': { body: system },
      };
      const checks = JSON.parse(
        (await cli.run(['doctor', '--json', '--data-dir', join('none')])).out,
      ) as object[];
      expect(checks).toContainEqual({
        name: 'System',
        state: 'failed',
        detail: 'No orchestrator is alive.',
        remedy: 'Start one.',
      });
    });
  });
});
