import { PermanentError, TransientError } from './errors.js';
import type { HttpMethod, HttpPort } from './ports.js';
import { Session } from './session.js';

/** A system that knows one session at a time, and how often it was signed in to. */
class System {
  opened = 0;
  valid = 'none';
  readonly seen: (string | undefined)[] = [];
  /** What the next sign-in waits for. */
  gate: Promise<unknown> = Promise.resolve();

  readonly session = new Session(async () => {
    await this.gate;
    this.opened += 1;
    this.valid = `s${this.opened}`;
    return { authorization: this.valid };
  });

  readonly port: HttpPort = (() => {
    const method = ((_path: string, request?: { headers?: Record<string, string> }) => {
      const given = request?.headers?.['authorization'];
      this.seen.push(given);
      if (given !== this.valid) return Promise.reject(new PermanentError('no', { status: 401 }));
      return Promise.resolve(given);
    }) as HttpMethod;
    const stream = async function* (path: string, request?: { headers?: Record<string, string> }) {
      yield { data: String(await method(path, request)) };
    };
    return { get: method, post: method, put: method, patch: method, delete: method, stream };
  })();

  readonly http = this.session.over({ http: this.port, opening: this.port });
}

it('opens one session for all calls that need it at the time', async () => {
  const system = new System();
  expect(await Promise.all([system.http.get('/a'), system.http.post('/b'), system.http.get('/c')])).toEqual([
    's1',
    's1',
    's1',
  ]);
  expect(await system.http.get('/d')).toBe('s1');
  expect(system.opened).toBe(1);
});

it('signs in once more, whoever is refused, and repeats what was refused', async () => {
  const system = new System();
  await system.http.get('/a');
  system.valid = 'ended';
  expect(await Promise.all([system.http.get('/b'), system.http.get('/c')])).toEqual(['s2', 's2']);
  expect(system.opened).toBe(2);
});

it('streams in a session, and begins anew when it has ended', async () => {
  const system = new System();
  const streamed = async () => {
    const items: string[] = [];
    for await (const { data } of system.http.stream('/a')) items.push(data);
    return items;
  };
  expect(await streamed()).toEqual(['s1']);
  system.valid = 'ended';
  expect(await streamed()).toEqual(['s2']);
});

it('repeats once only', async () => {
  const system = new System();
  const refusing = Object.assign({}, system.port, {
    get: () => Promise.reject(new PermanentError('never', { status: 401 })),
  }) as HttpPort;
  const http = system.session.over({ http: refusing, opening: system.port });
  await expect(http.get('/a')).rejects.toMatchObject({ status: 401 });
  expect(system.opened).toBe(2);
});

it('lets another refusal through', async () => {
  const system = new System();
  const failing = { ...system.port, get: () => Promise.reject(new TransientError('away')) } as HttpPort;
  const http = system.session.over({ http: failing, opening: system.port });
  await expect(http.get('/a')).rejects.toMatchObject({ fate: 'transient' });
  expect(system.opened).toBe(1);
});

it('is not lost to the others when the call that opened it was cancelled', async () => {
  const system = new System();
  let cancel: (error: Error) => void = () => undefined;
  system.gate = new Promise((_resolve, reject) => (cancel = reject));
  const first = system.http.get('/a');
  const second = system.http.get('/b');
  system.gate = Promise.resolve();
  cancel(new TransientError('cancelled'));
  await expect(first).rejects.toMatchObject({ message: 'cancelled' });
  expect(await second).toBe('s1');
});

it('asks once where the password is wrong', async () => {
  let asked = 0;
  const session = new Session(() => {
    asked += 1;
    return Promise.reject(new PermanentError('wrong password', { status: 401 }));
  });
  const { port } = new System();
  const http = session.over({ http: port, opening: port });
  const calls = await Promise.allSettled([http.get('/a'), http.get('/b')]);
  expect(calls.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  expect(asked).toBe(1);
});
