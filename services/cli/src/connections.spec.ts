import { EXIT } from './session/io.js';
import { CliHarness } from './testing/cli-harness.js';

describe('tutti connections', () => {
  const cli = CliHarness.forSuite();

  it('changes one setting, keeps the others, and takes no secret from the command line', async () => {
    cli.replies = {
      'GET /v1/connections/c': {
        body: { name: 'c', plugin: 'p', enabled: true, settings: { url: 'u', token: '********' } },
      },
      'PUT /v1/connections/c': { body: {} },
    };
    expect(
      (await cli.run(['connections', 'set', 'c', '--setting', 'size=5', '--setting', 'url=v'])).exitCode,
    ).toBe(EXIT.ok);
    expect(JSON.parse(cli.seen[1]?.body ?? '')).toEqual({
      plugin: 'p',
      enabled: true,
      settings: { url: 'v', size: 5, token: '********' },
    });
    await cli.run(['connections', 'set', 'c', '--secret', 'token=-'], { stdin: 'new-secret\n' });
    expect(JSON.parse(cli.seen[3]?.body ?? '')).toMatchObject({ settings: { token: 'new-secret' } });
    expect((await cli.run(['connections', 'set', 'c', '--secret', 'token=in-the-open'])).exitCode).toBe(
      EXIT.usage,
    );
  });

  it('sets owner and environment, and leaves them as they are when they are not named', async () => {
    cli.replies = {
      'GET /v1/connections/c': { body: { plugin: 'p', enabled: true, settings: {} } },
      'PUT /v1/connections/c': { body: {} },
    };
    await cli.run(['connections', 'set', 'c', '--owner', 'ops@example.com', '--environment', '']);
    expect(JSON.parse(cli.seen[1]?.body ?? '')).toMatchObject({ owner: 'ops@example.com', environment: '' });
    await cli.run(['connections', 'set', 'c', '--disable']);
    expect(Object.keys(JSON.parse(cli.seen[3]?.body ?? '') as object)).not.toContain('owner');
  });

  it('sets, changes and clears limits, each by itself', async () => {
    const rateLimit = { requests: 60, perMs: 60_000 };
    const body = { name: 'c', plugin: 'p', enabled: true, settings: {} };
    const limitsSent = async (limits: object | null, ...options: string[]) => {
      cli.replies = {
        'GET /v1/connections/c': { body: { ...body, limits } },
        'PUT /v1/connections/c': { body: {} },
      };
      cli.seen = [];
      expect((await cli.run(['connections', 'set', 'c', ...options])).exitCode).toBe(EXIT.ok);
      return (JSON.parse(cli.seen[1]?.body ?? '') as { limits?: unknown }).limits;
    };
    expect(await limitsSent(null, '--concurrency', '4', '--rate-limit', '60/min')).toEqual({
      concurrency: 4,
      rateLimit,
    });
    expect(await limitsSent({ concurrency: 4, rateLimit }, '--concurrency', '8')).toEqual({
      concurrency: 8,
      rateLimit,
    });
    expect(await limitsSent({ concurrency: 4, rateLimit }, '--rate-limit', 'none')).toEqual({
      concurrency: 4,
    });
    expect(await limitsSent({ concurrency: 4 }, '--concurrency', 'none')).toBeNull();
    expect(await limitsSent({ concurrency: 4 }, '--rate-limit', '5/10s')).toEqual({
      concurrency: 4,
      rateLimit: { requests: 5, perMs: 10_000 },
    });
    expect(await limitsSent({ concurrency: 4 }, '--disable')).toBeUndefined();
  });

  it('shows what a connection found, and approves just that', async () => {
    const item = {
      title: null,
      description: 'Search.',
      effect: 'read',
      hinted: true,
      parts: ['description'],
    };
    const found = {
      connection: 'c',
      state: 'changed',
      mode: 'pin',
      hash: 'h1',
      error: null,
      items: [{ ...item, name: 'tools.c.search', use: 'refused', change: 'changed' }],
      leftOut: [{ name: 'odd', why: 'Its schema cannot be used.' }],
    };
    cli.replies = {
      'GET /v1/connections/c/capabilities': { body: found },
      'POST /v1/connections/c/capabilities/find': { body: found },
      'PATCH /v1/connections/c/capabilities': { body: found },
      'POST /v1/connections/c/capabilities/approve': { body: { ...found, state: 'approved' } },
    };
    cli.seen = [];
    const shown = await cli.run(['connections', 'capabilities', 'c', '--find']);
    expect(shown.out).toContain(
      '~ tools.c.search (read, as the other side says; refused) [description changed]: Search.',
    );
    expect(shown.out).toContain('! odd is left out');
    const effect = ['--approve', '--effect', 'tools.c.search=write'];
    expect((await cli.run(['connections', 'capabilities', 'c', ...effect])).exitCode).toBe(EXIT.ok);
    expect(JSON.parse(cli.seen.at(-1)?.body ?? '')).toEqual({
      hash: 'h1',
      effects: { 'tools.c.search': 'write' },
    });
    await cli.run(['connections', 'capabilities', 'c', '--mode', 'follow', '--prefix', 'none']);
    expect(JSON.parse(cli.seen.at(-3)?.body ?? '')).toEqual({ mode: 'follow', prefix: null });
    const odd = await cli.run(['connections', 'capabilities', 'c', '--mode', 'sometimes']);
    expect(odd.exitCode).toBe(EXIT.usage);
  });

  it('refuses a limit that it cannot read, and sends nothing', async () => {
    cli.replies = { 'GET /v1/connections/c': { body: { plugin: 'p', enabled: true, settings: {} } } };
    for (const options of [
      ['--rate-limit', '60'],
      ['--rate-limit', '60/week'],
      ['--rate-limit', '-1/s'],
      ['--concurrency', 'many'],
    ])
      expect((await cli.run(['connections', 'set', 'c', ...options])).exitCode).toBe(EXIT.usage);
    expect(cli.seen.filter(({ method }) => method === 'PUT')).toEqual([]);
  });

  it('lists the limits that connections set', async () => {
    const recent = { calls: 0, failed: 0, p50Ms: null, p95Ms: null, cost: [] };
    const CONNECTION = {
      plugin: 'p',
      enabled: true,
      owner: 'ops',
      environment: 'production',
      state: 'sign-in-needed',
      health: 'ok',
      checkedAt: null,
      capabilities: [],
      recent,
    };
    const item = (name: string, limits: object | null) => ({
      ...CONNECTION,
      name,
      limits,
    });
    const items = [
      item('a', { concurrency: 4, rateLimit: { requests: 60, perMs: 60_000 } }),
      item('b', { rateLimit: { requests: 5, perMs: 900_000 } }),
      item('c', null),
    ];
    cli.replies = { 'GET /v1/connections': { body: { items, nextCursor: null } } };
    const { out } = await cli.run([
      'connections',
      'list',
      '--environment',
      'production',
      '--state',
      'failing',
    ]);
    expect(cli.seen[0]?.url).toContain('environment=production&state=failing');
    expect(out).toMatch(/production +sign-in-needed/);
    expect((await cli.run(['connections', 'list', '--state', 'fine'])).exitCode).toBe(EXIT.usage);
    expect(out).toContain('4 at once, 60/min');
    expect(out).toContain('5/15min');
  });

  it('ends with 1 when the tested connection does not work', async () => {
    cli.replies = { 'POST /v1/connections/c/test': { body: { ok: false, detail: '401', durationMs: 3 } } };
    expect(await cli.run(['connections', 'test', 'c'])).toMatchObject({
      exitCode: EXIT.failed,
      out: 'c does not work (3 ms): 401\n',
    });
  });

  it('prints the address of a sign-in, waits for its end, and says how it ended', async () => {
    const begun = {
      id: 'i',
      url: 'https://login.test/?a=b',
      redirectUri: 'https://hub.test/cb',
      expiresAt: '',
    };
    const attempt = { id: 'i', expiresAt: '', detail: null };
    cli.replies = {
      'POST /v1/connections/c/authorization': { status: 201, body: begun },
      'GET /v1/connections/c/authorization/i': { body: { ...attempt, status: 'done' } },
    };
    const done = await cli.run(['connections', 'authorize', 'c']);
    expect(done).toMatchObject({ exitCode: EXIT.ok, out: expect.stringContaining('c is signed in') });
    expect(done.err).toContain(begun.url);
    expect(done.err).toContain(begun.redirectUri);
    cli.replies['GET /v1/connections/c/authorization/i'] = {
      body: { ...attempt, status: 'failed', detail: 'Access was not granted.' },
    };
    expect(await cli.run(['connections', 'authorize', 'c'])).toMatchObject({
      exitCode: EXIT.failed,
      out: 'c is not signed in: Access was not granted.\n',
    });
    cli.seen = [];
    expect((await cli.run(['connections', 'authorize', 'c', '--no-wait'])).out).toContain(begun.url);
    expect(cli.seen).toHaveLength(1);
  });

  it('shows a connection, what its secrets are masked with, and that somebody has to sign in', async () => {
    const signIn = { state: 'needed', detail: 'it was revoked', by: null, at: null, scopes: null };
    const item = {
      name: 'c',
      plugin: 'crm-x',
      enabled: true,
      capabilities: ['crm.contact.find'],
      settings: { token: '********', size: 5 },
      limits: null,
      signIn,
      health: 'failing',
      healthDetail: '401',
      checkedAt: null,
      owner: null,
      environment: 'test',
      state: 'sign-in-needed',
      recent: {
        calls: 3,
        failed: 1,
        p50Ms: 12,
        p95Ms: 80,
        cost: [{ currency: 'EUR', micros: 12_000 }],
      },
      lastError: {
        at: '2026-01-01T00:00:00Z',
        title: 'It broke',
        status: 503,
        capability: 'crm.contact.find',
        runId: 'r1',
      },
      headroom: {
        at: '2026-01-01T00:00:00Z',
        quotas: [{ name: 'requests', limit: 60, remaining: 59, resetAt: null }],
        retryAt: null,
      },
      hours: [],
      checks: [{ at: '2026-01-01T00:00:00Z', by: 'ada', ok: false, detail: '401', durationMs: 9 }],
      usedBy: {
        policies: [{ name: 'finding', capability: 'crm.contact.find' }],
        workflows: [{ namespace: 'sales', name: 'finds', capabilities: [] }],
        triggers: [],
      },
    };
    cli.replies = { 'GET /v1/connections/c': { body: item } };
    const { out, exitCode } = await cli.run(['connections', 'show', 'c']);
    expect(exitCode).toBe(EXIT.ok);
    expect(out).toMatch(/Health +failing: 401/);
    expect(out).toContain('needed (it was revoked): npx tutti connections authorize c');
    expect(out).toMatch(/3 calls, 1 failed, median 12 ms, 95 % within 80 ms, 0.0120 EUR/);
    expect(out).toMatch(/State +sign-in-needed: npx tutti connections authorize c/);
    expect(out).toMatch(/Last error +2026-01-01 00:00:00Z crm.contact.find: 503 It broke \(run r1\)/);
    expect(out).toMatch(/Headroom +requests 59 of 60; told at/);
    expect(out).toMatch(/Policies +finding\nWorkflows +sales\/finds\nTriggers +-/);
    expect(out).toMatch(/Last tests +2026-01-01 00:00:00Z by ada: does not work \(9 ms\): 401/);
    expect(out).toMatch(/ {2}token +\*{8}/);
    cli.replies = { 'GET /v1/connections/c': { body: { ...item, signIn: null } } };
    expect((await cli.run(['connections', 'show', 'c'])).out).not.toContain('Sign-in');
  });
});
