import { definePlugin, later, TransientError } from '@tutti/plugin-sdk';
import { z } from 'zod';
import { failed, output } from '../testing/requests.js';
import { TestHost } from '../testing/test-host.js';

const Promised = z.object({ state: z.unknown(), forMs: z.number() });
const capability = {
  summary: 'A job.',
  effect: 'write',
  input: z.object({ promise: Promised.optional() }),
  output: z.object({ went: z.unknown() }),
} as const;

const plugin = definePlugin({
  contract: 1,
  name: 'auto-test',
  kind: 'auto',
  settings: z.object({ token: z.string().default('canary-later-token').meta({ secret: true }) }),
  capabilities: {
    'job.run': {
      ...capability,
      run: async ({ input, callback, settings }) =>
        later((input.promise as never) ?? { state: { at: await callback(), settings }, forMs: 1_000 }),
      resume({ later: known }) {
        if (known.answer === 'away') throw new TransientError('Away.');
        return known.answer === undefined ? later({ state: 1, forMs: 5 }) : { went: known };
      },
    },
    'job.start': { ...capability, run: () => later({ state: null, forMs: 1_000 }) },
    'job.tell': { ...capability, run: async ({ callback }) => ({ went: await callback() }) },
  },
});

describe('a call that is answered later', () => {
  let host: TestHost;
  beforeAll(async () => {
    host = await TestHost.start(plugin);
    await host.connect('auto-test');
  });
  afterAll(() => host.stop());

  const call = (name: string, about: object = {}, input: object = {}) =>
    host.call(name, input, { effect: 'write', plugin: 'auto-test', ...about } as never);
  const on = (later: object) => call('job.run', { effect: 'idempotent-write', later });

  it('promises an answer, with one address over all attempts, and keeps no secret', async () => {
    const same = { runId: '018f0000-0000-7000-8000-000000000007', idempotencyKey: 'key-1' };
    const [first, second, other] = [
      await call('job.run', same),
      await call('job.run', { ...same, attempt: 2 }),
      await call('job.run', { ...same, idempotencyKey: 'key-2' }),
    ].map((outcome) => outcome as { pending: { state: { at: string } } });
    expect(first).toMatchObject({ status: 'succeeded', output: null, pending: { forMs: 1_000 } });
    expect(first?.pending.state.at).toMatch(/^https:\/\/hub\.example\/api\/v1\/callbacks\/[\w-]{32}$/);
    expect(second).toEqual(first);
    expect(other?.pending.state.at).not.toBe(first?.pending.state.at);
    expect(JSON.stringify(first)).not.toContain('canary-later-token');
  });

  it('goes on with what it kept and what it is answered', async () => {
    const known = { state: { job: 7 }, answer: { ok: true } };
    expect(output(await on(known))).toEqual({ went: known });
    expect(await on({ state: null })).toMatchObject({ pending: { state: 1, forMs: 5 } });
    expect(failed(await on({ state: null, answer: 'away' })).fate).toBe('transient');
  });

  it('promises nothing that the hub cannot keep', async () => {
    const promise = (values: object) => call('job.run', {}, { promise: values });
    expect(failed(await promise({ state: 1, forMs: 1e12 })).error.reason).toBe('invalid-output');
    expect(failed(await promise({ state: 'x'.repeat(70_000), forMs: 1 })).error.status).toBe(502);
  });

  it('is none without a "resume"', async () => {
    expect(failed(await call('job.start')).error.detail).toContain('no "resume"');
    expect(failed(await call('job.tell')).error.detail).toContain('cannot be answered later');
    expect(failed(await call('job.start', { later: { state: 1 } })).fate).toBe('permanent');
  });
});
