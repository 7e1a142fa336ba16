import { Health } from '@tutti/api/health';
import { HealthServer } from './health.server.js';

const instance = {
  id: '019a0000-0000-7000-8000-000000000000',
  role: 'connector-host',
  host: 'a',
  version: '1',
  alive: true,
  bus: null,
  counters: { 'calls.performed': 3 },
};

describe('the health port', () => {
  let server: HealthServer;
  let origin: string;
  let measured: typeof instance | null;

  beforeEach(async () => {
    measured = null;
    server = new HealthServer(new Health(), () => measured);
    origin = `http://127.0.0.1:${await server.listen(0, '127.0.0.1')}`;
  });
  afterEach(() => server.close());

  it('serves the metrics of its process alone, and none before there is anything to measure', async () => {
    const early = await fetch(`${origin}/metrics`);
    expect([early.status, await early.text()]).toEqual([200, '']);
    measured = instance;
    const answer = await fetch(`${origin}/metrics`);
    expect(answer.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await answer.text();
    const labels = `role="connector-host",instance_id="${instance.id}"`;
    expect(text).toContain(`tutti_calls_performed_total{${labels}} 3\n`);
    expect(text).toContain(`tutti_instance_info{${labels},host="a",version="1"} 1\n`);
  });

  it('is alive and not ready while the process starts, and says what else there is', async () => {
    const [alive, ready, other] = await Promise.all(
      ['healthz', 'readyz', 'other'].map((path) => fetch(`${origin}/${path}`)),
    );
    expect([alive?.status, ready?.status, other?.status]).toEqual([200, 503, 404]);
    expect(await other?.json()).toMatchObject({ detail: expect.stringContaining('/metrics') });
  });
});
