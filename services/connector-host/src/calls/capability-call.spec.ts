import { WORKFLOW_ERROR_BASE } from '@tutti/contracts';
import { PermanentError, TransientError } from '@tutti/plugin-sdk';
import { eventually } from '@tutti/testing';
import { LIMITS } from '../limits.js';
import { json } from '../testing/http-stub.js';
import { failed, output } from '../testing/requests.js';
import { CANARY, TestHub, script, throwing } from '../testing/test-plugin.js';

const hub = TestHub.use();

describe('a call of a capability', () => {
  it('gives the output and the confidence that the output tells', async () => {
    script.behave = () => ({ n: 1, confidence: 0.5 });
    expect(await hub.host.call('util.do', { text: 'ab' })).toEqual({
      status: 'succeeded',
      output: { n: 1, confidence: 0.5 },
      confidence: 0.5,
    });
    script.behave = () => ({ n: 1, confidence: 7 });
    expect(await hub.host.call('util.do', { text: 'ab' })).toEqual({
      status: 'succeeded',
      output: { n: 1, confidence: 7 },
    });
  });

  it('gives the confidence and the usage that the capability computes', async () => {
    expect(await hub.host.call('util.confident', {})).toEqual({
      status: 'succeeded',
      output: { certainty: 0.25 },
      confidence: 0.25,
      usage: { model: 'm1', inputTokens: 3, costMicros: 12, currency: 'EUR' },
    });
  });

  it.each([
    [
      'wrong input',
      {},
      () => ({ n: 1 }),
      { fate: 'permanent', type: 'validation', status: 400, reason: undefined },
    ],
    [
      'wrong output',
      { text: 'ab' },
      () => ({ n: 'x' }),
      { fate: 'permanent', type: 'validation', status: 502, reason: 'invalid-output' },
    ],
    [
      'a permanent error',
      { text: 'ab' },
      throwing(new PermanentError('no')),
      { fate: 'permanent', type: 'validation', status: 400, reason: 'rejected' },
    ],
    [
      'a conflict',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 409 })),
      { fate: 'permanent', type: 'communication', status: 409, reason: 'rejected' },
    ],
    [
      'missing rights',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 403 })),
      { fate: 'permanent', type: 'authorization', status: 403, reason: 'rejected' },
    ],
    [
      'an impossible status',
      { text: 'ab' },
      throwing(new PermanentError('no', { status: 200 })),
      { fate: 'permanent', type: 'validation', status: 400, reason: 'rejected' },
    ],
    [
      'a transient error',
      { text: 'ab' },
      throwing(new TransientError('later')),
      { fate: 'transient', type: 'communication', status: 503, reason: 'unavailable' },
    ],
    [
      'a bug',
      { text: 'ab' },
      throwing(new TypeError('bug')),
      { fate: 'defect', type: 'runtime', status: 500, reason: 'defect' },
    ],
    [
      'something that is no error',
      { text: 'ab' },
      () => Promise.reject('text'),
      { fate: 'defect', type: 'runtime', status: 500, reason: 'defect' },
    ],
  ])('classifies %s', async (_title, input, behaviour, expected) => {
    script.behave = behaviour;
    const { fate, error } = failed(await hub.host.call('util.do', input));
    expect({
      fate,
      type: error.type.replace(WORKFLOW_ERROR_BASE, ''),
      status: error.status,
      reason: error.reason,
    }).toEqual(expected);
  });

  it('says where input is wrong, and gives the stack of a bug', async () => {
    expect(failed(await hub.host.call('util.do', { text: 'a' })).error.detail).toContain('/text: ');
    script.behave = throwing(new TypeError('bug'));
    expect(failed(await hub.host.call('util.do', { text: 'ab' })).error.detail).toMatch(
      /TypeError: bug\n\s+at /,
    );
  });

  it('passes retryAfterMs, type, reason and reply of an error on', async () => {
    script.behave = throwing(
      new TransientError('later', {
        retryAfterMs: 1234,
        reason: 'throttled',
        type: 'https://x.test/e',
        reply: { a: 1 },
      }),
    );
    expect(failed(await hub.host.call('util.do', { text: 'ab' }))).toEqual({
      status: 'failed',
      fate: 'transient',
      retryAfterMs: 1234,
      error: { type: 'https://x.test/e', status: 503, title: 'later', reason: 'throttled', reply: { a: 1 } },
    });
  });

  it('refuses an output that is too large for messages', async () => {
    script.behave = () => ({ n: 1, extra: 0 });
    expect(output(await hub.host.call('util.do', { text: 'ab' }))).toEqual({ n: 1 });
    hub.stub.behaviour = (_request, response) => json(response, 200, 'x'.repeat(LIMITS.outputBytesMax));
    expect(failed(await hub.host.call('util.fetch', { path: '/' })).error.detail).toContain('files.write');
  });

  it('says what is wrong with the connection', async () => {
    expect(failed(await hub.host.call('util.do', {}, { connection: 'gone' }))).toMatchObject({
      fate: 'permanent',
      error: { type: `${WORKFLOW_ERROR_BASE}configuration`, detail: 'There is no connection "gone".' },
    });
    expect(failed(await hub.host.call('util.nothing', {})).error.detail).toContain(
      'has no capability "util.nothing"',
    );
    await hub.host.database.query(`UPDATE connections SET enabled = false, revision = revision + 1`);
    hub.host.host.directory.notify();
    expect(failed(await hub.host.call('util.do', {})).error).toMatchObject({
      reason: 'unavailable',
      detail: expect.stringContaining('switched off'),
    });
    await hub.host.database.query(
      `UPDATE connections SET enabled = true, settings = '{}', revision = revision + 1`,
    );
    hub.host.host.directory.notify();
    expect(failed(await hub.host.call('util.do', {})).error.detail).toContain(
      'settings of connection "main" are not valid. /baseUrl',
    );
  });
});

describe('the deadline', () => {
  it('ends a call that hangs as a timeout', async () => {
    // A hanging call keeps its place for a while, so it gets a connection of its own.
    await hub.host.connect('util-test', { baseUrl: hub.stub.origin, token: CANARY }, 'hanging');
    script.behave = () => new Promise(() => undefined);
    const { fate, error } = failed(
      await hub.host.call('util.do', { text: 'ab' }, { timeoutMs: 50, connection: 'hanging' }),
    );
    expect({ fate, status: error.status, reason: error.reason }).toEqual({
      fate: 'transient',
      status: 408,
      reason: 'timeout',
    });
  });

  it('ends requests that are under way', async () => {
    let closed = false;
    hub.stub.behaviour = (_request, response) => {
      response.on('close', () => {
        closed = true;
      });
    };
    // Long enough for a busy machine to send the request.
    const outcome = await hub.host.call('util.fetch', { path: '/slow' }, { timeoutMs: 1_000 });
    expect(failed(outcome).error.status).toBe(408);
    await eventually(() => closed);
  });

  it('holds while a call waits for its turn', async () => {
    const first = hub.host.call('util.narrow', {});
    await eventually(() => script.releases.length === 1);
    const second = hub.host.call('util.narrow', {}, { timeoutMs: 20 });
    const third = hub.host.call('util.narrow', {});
    const dueMs = performance.now() + 40;
    await eventually(() => performance.now() > dueMs);
    script.releases[0]?.();
    expect(output(await first)).toEqual({ running: 1 });
    expect(failed(await second).error.status).toBe(408);
    // On a machine so busy that the second call came late, it had its turn too and is let go with the third.
    let ended = false;
    void third.finally(() => (ended = true));
    await eventually(() => {
      for (const release of script.releases) release();
      return ended;
    });
    expect(output(await third)).toEqual({ running: 1 });
  });
});

describe('the bounds of a connection', () => {
  it('let a heavy capability run one at a time', async () => {
    const calls = [
      hub.host.call('util.narrow', {}),
      hub.host.call('util.narrow', {}),
      hub.host.call('util.narrow', {}),
    ];
    for (let i = 0; i < 3; i++) {
      await eventually(() => script.releases.length === i + 1);
      expect(script.running).toBe(1);
      script.releases[i]?.();
    }
    expect((await Promise.all(calls)).map(output)).toEqual([{ running: 1 }, { running: 1 }, { running: 1 }]);
  });

  it('let sixteen other calls run at once', async () => {
    await hub.host.connect('util-test', { baseUrl: hub.stub.origin, token: CANARY }, 'busy');
    let most = 0;
    let now = 0;
    const waiting: (() => void)[] = [];
    script.behave = async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise<void>((release) => waiting.push(release));
      now -= 1;
      return { n: 1 };
    };
    const calls = Array.from({ length: 40 }, () =>
      hub.host.call('util.do', { text: 'ab' }, { connection: 'busy' }),
    );
    let released = 0;
    await eventually(() => {
      while (waiting.length > released) waiting[released++]?.();
      return released === 40;
    });
    await Promise.all(calls);
    expect(most).toBe(LIMITS.callsPerConnectionMax);
  });
});

describe('a connection that was changed', () => {
  it('is used in its new form without a restart', async () => {
    await hub.host.call('util.fetch', { path: '/' });
    expect(hub.stub.last.headers.authorization).toBe(`Bearer ${CANARY}`);
    await hub.host.connect('util-test', { baseUrl: hub.stub.origin, token: 'second-token' });
    await hub.host.call('util.fetch', { path: '/' });
    expect(hub.stub.last.headers.authorization).toBe('Bearer second-token');
    await hub.host.database.query('DELETE FROM connections');
    hub.host.host.directory.notify();
    expect(failed(await hub.host.call('util.fetch', { path: '/' })).error.detail).toContain(
      'no connection "main"',
    );
  });
});
