import { ApiHarness } from '../testing/api-harness.js';
import { answers, failingProblem, Health } from './health.js';

describe('Health', () => {
  it('is ready only between start and drain, and while everything that it needs works', async () => {
    let away = false;
    const health = new Health().needs('bus', () => (away ? 'The bus is not connected.' : null));
    expect(await health.unready()).toEqual([{ part: 'process', detail: 'The process is starting.' }]);
    health.state = 'ready';
    expect(await health.unready()).toEqual([]);
    away = true;
    expect(await health.unready()).toEqual([{ part: 'bus', detail: 'The bus is not connected.' }]);
    away = false;
    health.state = 'draining';
    expect(await health.unready()).toEqual([{ part: 'process', detail: 'The process is draining.' }]);
  });

  it('names every part that fails, and one whose check breaks', async () => {
    const health = new Health('ready')
      .needs('database', answers({ query: () => Promise.reject(new Error('gone')) }))
      .needs('bus', () => {
        throw new Error('broken');
      });
    expect(failingProblem(await health.unready())).toMatchObject({
      status: 503,
      detail: 'The database does not answer. The bus could not be asked: broken',
      errors: [{ part: 'database' }, { part: 'bus' }],
    });
  });

  it('takes a loop that hangs for dead, and nothing that is only away', async () => {
    let stuck = false;
    const health = new Health('ready')
      .needs('database', () => 'The database does not answer.')
      .lives('turn loop', () => (stuck ? 'The turn loop has not moved for 300 s.' : null));
    expect(await health.dead()).toEqual([]);
    stuck = true;
    expect(await health.dead()).toEqual([
      { part: 'turn loop', detail: 'The turn loop has not moved for 300 s.' },
    ]);
  });

  it('is served by the API, and says why the API is not ready', async () => {
    const api = await ApiHarness.start();
    const health = api.app.get(Health, { strict: false });
    try {
      expect((await api.call('GET', '/readyz', { token: null })).body).toEqual({ status: 'ok' });
      expect((await api.call('GET', '/healthz', { token: null })).status).toBe(200);
      health.needs('bus', () => 'The bus is not connected.').lives('loop', () => 'The loop hangs.');
      const answer = await api.call('GET', '/readyz', { token: null });
      expect(answer).toMatchObject({ status: 503, body: { errors: [{ part: 'bus' }] } });
      expect(answer.headers.get('retry-after')).toBe('2');
      expect((await api.call('GET', '/healthz', { token: null })).body.detail).toBe('The loop hangs.');
    } finally {
      await api.close();
    }
  });
});
