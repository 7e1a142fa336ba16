import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventually } from '@tutti/testing';
import { EventLoad } from './testing/event-load.js';
import { databasePidOf, endLeftDatabase, HubProcess, temporaryFolder } from './testing/hub-process.js';

/** A side effect that the stub saw: one per request, by the key that the hub sent. */
interface Seen {
  key: string;
  path: string;
  body: string;
}

interface Family {
  status: string;
  output: unknown;
  children: { id: string; status: string }[];
}

const WORKFLOW = (stub: string) => `
document: { dsl: '1.0.3', namespace: crash, name: three-calls, version: '1.0.0' }
do:
  - first: { call: http, with: { method: post, endpoint: '${stub}/first', body: '\${ . }' } }
  - second: { call: http, with: { method: post, endpoint: '${stub}/second', body: '\${ . }' } }
  - choose:
      switch:
        - even: { when: .even, then: third }
        - odd: { then: third }
  - third: { call: http, with: { method: post, endpoint: '${stub}/third', body: '\${ . }' } }
`;

describe('a hub that is killed', () => {
  const folder = temporaryFolder();
  const seen: Seen[] = [];
  let stub: Server;
  let stubUrl: string;
  let hub: HubProcess;
  const PUBLIC_URL = 'http://hub.example';
  const start = () =>
    HubProcess.start(folder.path, ['--no-dashboard', '--no-examples', '--public-api-url', PUBLIC_URL]);

  beforeAll(async () => {
    stub = createServer(
      (request, response) =>
        void answer(request).then((reply) => {
          response.setHeader('content-type', 'application/json').end(JSON.stringify(reply));
        }),
    );
    await new Promise<void>((done) => stub.listen(0, '127.0.0.1', done));
    stubUrl = `http://127.0.0.1:${(stub.address() as AddressInfo).port}`;
    hub = await start();
    expect((await hub.call('PUT', '/v1/workflows', { text: WORKFLOW(stubUrl) })).status).toBe(200);
  });

  afterAll(async () => {
    await hub.end('SIGTERM');
    await endLeftDatabase(folder.path);
    stub.closeAllConnections();
    stub.close();
    folder.remove();
  });

  async function answer(request: IncomingMessage): Promise<{ n: number; even: boolean }> {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    seen.push({ key: String(request.headers['idempotency-key']), path: request.url ?? '', body });
    const { n } = JSON.parse(body) as { n: number };
    // A few milliseconds, so that calls are in flight when the hub dies.
    await new Promise((done) => setTimeout(done, 5));
    return { n, even: n % 2 === 0 };
  }

  /** Starts runs without pause until told to stop; answers the ids that the hub accepted. */
  async function load(stopped: () => boolean, workflow = 'three-calls'): Promise<string[]> {
    const accepted: string[] = [];
    let n = 0;
    const worker = async () => {
      while (!stopped()) {
        n += 1;
        try {
          const { status, body } = await hub.call('POST', `/v1/workflows/crash/${workflow}/runs`, {
            body: { n },
          });
          if (status === 202) accepted.push(String(body?.id));
        } catch {
          // The hub is being killed: what it did not answer it did not accept.
        }
      }
    };
    await Promise.all(Array.from({ length: 16 }, worker));
    return accepted;
  }

  it('ends every accepted run, and repeats calls only with their first key', async () => {
    const accepted: string[] = [];
    for (let round = 0; round < 3; round++) {
      let stopped = false;
      const loading = load(() => stopped);
      await eventually(() => seen.length > (round + 1) * 150);
      await hub.end('SIGKILL');
      stopped = true;
      accepted.push(...(await loading));
      hub = await start();
    }
    expect(accepted.length).toBeGreaterThan(20);
    for (const id of accepted) {
      const run = await eventually(async () => {
        const { body } = await hub.call('GET', `/v1/runs/${id}`);
        return ['completed', 'faulted', 'cancelled'].includes(String(body?.status)) ? body : undefined;
      }, 60_000);
      expect(run).toMatchObject({ status: 'completed', output: { n: expect.any(Number) } });
    }
    // One key names one step of one run: a repeat after the kill has the key of the first try, and two steps
    // never share one.
    const byKey = new Map<string, Set<string>>();
    for (const { key, path, body } of seen)
      byKey.set(key, (byKey.get(key) ?? new Set()).add(`${path} ${body}`));
    expect([...byKey.values()].filter((requests) => requests.size > 1)).toEqual([]);
    expect([...byKey.keys()]).not.toContain('undefined');
    const steps = (path: string) =>
      new Set(seen.filter((one) => one.path === path).map(({ key }) => key)).size;
    expect(steps('/third')).toBeGreaterThanOrEqual(accepted.length);
  });

  it('lives on when its database is killed, and ends every accepted run', async () => {
    const { pid } = hub;
    let stopped = false;
    const loading = load(() => stopped);
    try {
      for (let round = 0; round < 3; round++) {
        const before = seen.length;
        await eventually(() => seen.length > before + 150, 30_000);
        const database = databasePidOf(folder.path);
        process.kill(database, 'SIGKILL');
        await eventually(() => databasePidOf(folder.path) !== database, 30_000);
      }
    } finally {
      stopped = true;
      // A hub that ended has said why.
      expect(hub.running ? 'it runs' : hub.output).toBe('it runs');
    }
    const accepted = await loading;
    expect(accepted.length).toBeGreaterThan(20);
    for (const id of accepted) {
      const run = await eventually(async () => {
        const { body } = await hub.call('GET', `/v1/runs/${id}`);
        return ['completed', 'faulted', 'cancelled'].includes(String(body?.status)) ? body : undefined;
      }, 60_000).catch(async (error: unknown) => {
        const { body } = await hub.call('GET', `/v1/runs/${id}`);
        throw new Error(`${(error as Error).message}\n${JSON.stringify(body)}\n${hub.output.slice(-20_000)}`);
      });
      expect(run).toMatchObject({ status: 'completed' });
    }
    // Signal 0 asks whether the process is there: it is the one that was there before.
    expect([hub.pid, process.kill(pid, 0)]).toEqual([pid, true]);
  });

  it('goes on with a job that is answered after it was killed, once', async () => {
    const connection = { plugin: 'auto-webhook', settings: { baseUrl: `${stubUrl}/jobs` } };
    await eventually(
      async () => (await hub.call('PUT', '/v1/connections/robot', { body: connection })).status < 300,
    );
    const text = `
document: { dsl: '1.0.3', namespace: crash, name: job, version: '1.0.0' }
do:
  - job: { call: 'auto.job.run:1@default', with: { data: { n: 1 } } }
`;
    expect((await hub.call('PUT', '/v1/workflows', { text })).status).toBe(200);
    const id = String((await hub.call('POST', '/v1/workflows/crash/job/runs', { body: {} })).body?.id);
    const statusOf = async () => (await hub.call('GET', `/v1/runs/${id}`)).body;
    await eventually(async () => (await statusOf())?.status === 'waiting', 60_000);
    const jobs = seen.filter(({ path }) => path === '/jobs');
    const { callbackUrl } = JSON.parse(jobs[0]?.body ?? '{}') as { callbackUrl: string };
    expect(callbackUrl).toMatch(`${PUBLIC_URL}/v1/callbacks/`);
    await hub.end('SIGKILL');
    hub = await start();
    const answer = (path: string) => hub.call('POST', path, { body: { status: 'completed', result: 'ok' } });
    const path = callbackUrl.slice(PUBLIC_URL.length);
    expect((await answer(`${path}x`)).status).toBe(404);
    expect([(await answer(path)).status, (await answer(path)).status]).toEqual([202, 202]);
    const run = await eventually(async () => {
      const body = await statusOf();
      return body?.status === 'completed' ? body : undefined;
    }, 60_000);
    expect(run.output).toEqual({ result: 'ok', execution: null });
    expect(seen.filter((one) => one.path === '/jobs')).toHaveLength(1);
  });

  it('keeps a review waiting and a timer running', async () => {
    const text = `
document: { dsl: '1.0.3', namespace: crash, name: patient, version: '1.0.0' }
do:
  - pause: { wait: { seconds: 1 } }
  - ask: { call: 'human.review:1@default', with: { title: Still there?, because: test, data: { total: '10' } } }
`;
    expect((await hub.call('PUT', '/v1/workflows', { text })).status).toBe(200);
    const { body } = await hub.call('POST', '/v1/workflows/crash/patient/runs', { body: {} });
    const id = String(body?.id);
    await hub.end('SIGKILL');
    hub = await start();
    const review = await eventually(async () => {
      const page = (await hub.call('GET', `/v1/reviews?status=open&runId=${id}`)).body as unknown as {
        items: { id: string }[];
      };
      return page.items[0];
    });
    await hub.end('SIGKILL');
    hub = await start();
    const { token } = (await hub.call('GET', `/v1/reviews/${review.id}`)).body as unknown as {
      token: string;
    };
    const decide = () =>
      hub.call('POST', `/v1/reviews/${review.id}/decision`, {
        body: { decision: 'approve', token, data: { total: '12' } },
      });
    expect((await decide()).status).toBe(200);
    expect((await decide()).status).toBe(409);
    const run = await eventually(async () => {
      const answer = await hub.call('GET', `/v1/runs/${id}`);
      return answer.body?.status === 'completed' ? answer.body : undefined;
    });
    expect(run).toMatchObject({ output: { approved: true, data: { total: '12' } } });
  });

  it('starts every sub-workflow once, hears of its end, and cancels what it started', async () => {
    const flow = (name: string, tasks: string) =>
      `document: { dsl: '1.0.3', namespace: crash, name: ${name}, version: '1.0.0' }\ndo:\n${tasks}`;
    const runs = (name: string) => `workflow: { namespace: crash, name: ${name}, version: latest }`;
    const call = `{ call: http, with: { method: post, endpoint: '${stubUrl}/child', body: '\${ . }' } }`;
    for (const text of [
      flow('child', `- ask: ${call}`),
      flow('slow', '- wait: { wait: PT1H }'),
      flow(
        'parent',
        `- alone: { run: { ${runs('child')}, await: false } }\n- sub: { run: { ${runs('child')} } }`,
      ),
      flow('patient-parent', `- sub: { run: { ${runs('slow')} } }`),
    ])
      expect((await hub.call('PUT', '/v1/workflows', { text })).status).toBe(200);
    const endOf = (id: string, status: string) =>
      eventually(async () => (await hub.call('GET', `/v1/runs/${id}`)).body?.status === status, 60_000);

    const patient = String(
      (await hub.call('POST', '/v1/workflows/crash/patient-parent/runs', { body: {} })).body?.id,
    );
    const [slow] = await eventually(async () => {
      const { body } = await hub.call('GET', `/v1/runs/${patient}`);
      const { children } = body as unknown as Family;
      return children.length > 0 ? children : undefined;
    }, 60_000);
    expect((await hub.call('POST', `/v1/runs/${patient}/cancel`)).status).toBe(202);

    let stopped = false;
    const before = seen.length;
    const loading = load(() => stopped, 'parent');
    await eventually(() => seen.length > before + 60, 60_000);
    await hub.end('SIGKILL');
    stopped = true;
    const accepted = await loading;
    hub = await start();
    expect(accepted.length).toBeGreaterThan(20);
    for (const id of accepted) {
      const run = await eventually(async () => {
        const body = (await hub.call('GET', `/v1/runs/${id}`)).body as unknown as Family;
        return body.status === 'completed' && body.children.every(({ status }) => status === 'completed')
          ? body
          : undefined;
      }, 60_000);
      expect(run).toMatchObject({ output: { n: expect.any(Number) }, children: [{}, {}] });
    }
    await endOf(patient, 'cancelled');
    await endOf(String(slow?.id), 'cancelled');
  });

  it('gives an accepted event once to who listens and to the workflow that it starts', async () => {
    const load = new EventLoad(() => hub);
    await load.prepare();
    await load.send(10);
    const sending = load.send(30);
    const telling = load.tell();
    await hub.end('SIGKILL');
    hub = await start();
    await sending;
    await telling;
    await load.check();
  }, 300_000);
});
